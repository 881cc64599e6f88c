from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "eguichet_rdv.scheduling"
    label = "scheduling"
    verbose_name = _("Agenda")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what changes the agenda, write messages, register the nightly work."""
        from eguichet_rdv.scheduling import messages, receivers, tasks

        receivers.connect()
        messages.connect()
        tasks.register_jobs()
