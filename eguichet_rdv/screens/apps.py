from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScreensConfig(AppConfig):
    name = "eguichet_rdv.screens"
    label = "screens"
    verbose_name = _("Call screens")
    default_auto_field = "django.db.models.BigAutoField"
