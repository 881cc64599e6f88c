from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowConfig(AppConfig):
    name = "eguichet_rdv.follow"
    label = "follow"
    verbose_name = _("My ticket")
    default_auto_field = "django.db.models.BigAutoField"
