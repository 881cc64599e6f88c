from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookingConfig(AppConfig):
    name = "eguichet_rdv.booking"
    label = "booking"
    verbose_name = _("Booking")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer the pages to those who book for others."""
        from eguichet_rdv.accounts.menu import Entry, add_entry
        from eguichet_rdv.townhall.domain.roles import open_to
        from eguichet_rdv.townhall.enums import Role

        add_entry(
            Entry(
                "catalogue",
                _("Book for somebody"),
                _("Make appointments for people who come to you for help."),
                open_to(Role.HELPER),
                position=30,
            )
        )
