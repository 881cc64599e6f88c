from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WaitingConfig(AppConfig):
    name = "eguichet_rdv.waiting"
    label = "waiting"
    verbose_name = _("Waiting")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what happens to appointments, register the nightly work."""
        from eguichet_rdv.waiting import receivers, tasks

        receivers.connect()
        tasks.register_jobs()
