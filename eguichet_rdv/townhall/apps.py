from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TownhallConfig(AppConfig):
    name = "eguichet_rdv.townhall"
    label = "townhall"
    verbose_name = _("Town hall")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Give the editors their permissions once the tables are there, and the CMS to whom the role is given."""
        from django.db.models.signals import post_delete, post_migrate, post_save

        from eguichet_rdv.townhall.models import Assignment
        from eguichet_rdv.townhall.receivers import allow_editors_after_migrate, follow_roles

        post_migrate.connect(allow_editors_after_migrate, sender=self)
        for change in (post_save, post_delete):
            change.connect(follow_roles, sender=Assignment)
