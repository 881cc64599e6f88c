"""Let another process work on the database of this test."""

import os

from django.db import connection

from tests.harness.databases import get_database_url, is_postgres
from tests.harness.processes import ROOT


def environment_for_processes(**more: str) -> dict[str, str]:
    """Environment of a process with this test's settings and database."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "eguichet_site.settings.testing",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
        "EGUICHET_DATABASE_URL": database_url_of_this_test(),
        **more,
    }


def database_url_of_this_test() -> str:
    """URL of the database this process is connected to."""
    name = connection.settings_dict["NAME"]
    if is_postgres(get_database_url()):
        return f"{get_database_url().rsplit('/', 1)[0]}/{name}"
    return f"sqlite:///{name}"
