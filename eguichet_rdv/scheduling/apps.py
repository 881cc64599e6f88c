from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "eguichet_rdv.scheduling"
    label = "scheduling"
    verbose_name = _("Agenda")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what changes the agenda."""
        from eguichet_rdv.scheduling import receivers  # noqa: PLC0415 - models exist only now

        receivers.connect()
