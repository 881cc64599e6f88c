from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "eguichet_rdv.accounts"
    label = "accounts"
    verbose_name = _("Staff")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from eguichet_rdv.accounts.menu import Entry, add_entry

        add_entry(
            Entry(
                "wagtailadmin_home",
                _("Texts and settings"),
                _("Edit procedures, pages, hours and closures."),
                lambda user: user.has_perm("wagtailadmin.access_admin"),
                position=40,
            )
        )
