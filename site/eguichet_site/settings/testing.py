"""The embedded shape or, when the environment names a database, the production one; faster passwords."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="eguichet-tests-")
    # Only the process that made it: children inherit the variable.
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # Tests run side by side: each side keeps its files and its channel layer to itself. Children inherit both as they
    # are, and do not go one deeper.
    if Path(os.environ["DATA_DIR"]).name != worker:
        os.environ["DATA_DIR"] += f"/{worker}"
        Path(os.environ["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
    if redis := os.environ.get("EGUICHET_REDIS_URL"):
        os.environ["EGUICHET_REDIS_URL"] = f"{redis.rpartition('/')[0]}/{worker.removeprefix('gw')}"

from eguichet_site.settings.base import *
from eguichet_site.settings.base import DATA_DIR, DATABASES, STORAGES

SECRET_KEY = "only-for-tests"  # noqa: S105
TOKEN_KEY = "only-for-tests-too"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: several processes and threads meet in it.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
# A test that wants the installed services in its database says so.
EGUICHET_SYNC_AFTER_MIGRATE = False
