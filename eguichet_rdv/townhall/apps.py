from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TownhallConfig(AppConfig):
    name = "eguichet_rdv.townhall"
    label = "townhall"
    verbose_name = _("Town hall")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the editors their permissions once the tables are there."""
        from django.db.models.signals import post_migrate

        from eguichet_rdv.townhall.receivers import allow_editors_after_migrate

        post_migrate.connect(allow_editors_after_migrate, sender=self)
