"""``manage.py check`` repeats what is wrong with an installed plugin; the site starts all the same."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004 - the name Django gives it

from eguichet_rdv.plugin.loader import Status


def check_plugins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """One warning for each plugin with a problem; never an error, which would stop the site."""
    return [
        Warning(
            f"The plugin « {plugin.name} » ({plugin.distribution} {plugin.version}) is {plugin.status}: {plugin.problem}",
            id="catalogue.W001" if plugin.status is Status.ACTIVE else "catalogue.W002",
        )
        for plugin in settings.PLUGINS
        if plugin.problem
    ]
