from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "eguichet_rdv.scheduling"
    label = "scheduling"
    verbose_name = _("Agenda")
    default_auto_field = "django.db.models.BigAutoField"
