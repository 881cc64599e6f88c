from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReceptionConfig(AppConfig):
    name = "eguichet_rdv.reception"
    label = "reception"
    verbose_name = _("Reception")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from eguichet_rdv.accounts.menu import Entry, add_entry
        from eguichet_rdv.townhall.domain.roles import open_to
        from eguichet_rdv.townhall.enums import Role

        add_entry(
            Entry(
                "reception",
                _("Reception"),
                _("Find, book, check in, give a ticket, print."),
                open_to(Role.RECEPTION),
                position=20,
            )
        )
        add_entry(
            Entry(
                "reception-deadlines",
                _("Legal deadlines"),
                _("How many people found no time within their deadline."),
                open_to(Role.MANAGER),
                position=50,
            )
        )
        add_entry(
            Entry(
                "reception-level",
                _("Service level"),
                _("How long people waited, and how right the waits told to them were."),
                open_to(Role.MANAGER),
                position=45,
            )
        )
