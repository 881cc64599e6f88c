from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "eguichet_rdv.desk"
    label = "desk"
    verbose_name = _("Desk")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from eguichet_rdv.accounts.menu import Entry, add_entry
        from eguichet_rdv.townhall.domain.roles import open_to
        from eguichet_rdv.townhall.enums import Role

        add_entry(
            Entry(
                "desk",
                _("Desk"),
                _("Call, serve and send on the people who wait."),
                open_to(Role.CLERK),
                position=10,
            )
        )
