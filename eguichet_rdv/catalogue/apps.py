"""What is offered: services, procedures and the pages editors work on."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "eguichet_rdv.catalogue"
    label = "catalogue"
    verbose_name = _("Catalogue")
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        # The pages show what the domain reads, so they stand above it, and `models` below.
        super().import_models()
        import_module("eguichet_rdv.catalogue.pages")

    def ready(self) -> None:
        from django.core.checks import register
        from django.db.models.signals import post_migrate

        from eguichet_rdv.catalogue import receivers
        from eguichet_rdv.catalogue.checks import check_plugins

        register(check_plugins)
        receivers.connect()
        post_migrate.connect(receivers.sync_after_migrate, sender=self)
