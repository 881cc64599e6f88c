"""The settings of the tests with the keys of the installation that is measured."""

from eguichet_site.settings.base import env
from eguichet_site.settings.testing import *  # noqa: F403

SECRET_KEY = env.str("EGUICHET_SECRET_KEY")
TOKEN_KEY = env.str("EGUICHET_TOKEN_KEY")
ALLOWED_HOSTS = ["testserver"]
