from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TownhallConfig(AppConfig):
    name = "eguichet_rdv.townhall"
    label = "townhall"
    verbose_name = _("Town hall")
    default_auto_field = "django.db.models.BigAutoField"
