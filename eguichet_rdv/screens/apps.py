from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScreensConfig(AppConfig):
    name = "eguichet_rdv.screens"
    label = "screens"
    verbose_name = _("Call screens")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from eguichet_rdv.accounts.menu import Entry, add_entry
        from eguichet_rdv.townhall.domain.roles import open_to
        from eguichet_rdv.townhall.enums import Role

        add_entry(
            Entry(
                "screen-list",
                _("Screens and kiosks"),
                _("See which devices in the hall are alive."),
                open_to(Role.RECEPTION, Role.CLERK),
                position=30,
            )
        )
