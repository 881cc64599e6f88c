"""PostgreSQL, Redis, several processes, HTTPS in front. Everything secret comes from the environment."""

from eguichet_site.settings.base import *
from eguichet_site.settings.base import DATABASES, env

SECRET_KEY = env.str("EGUICHET_SECRET_KEY")
TOKEN_KEY = env.str("EGUICHET_TOKEN_KEY")
ALLOWED_HOSTS = env.list("EGUICHET_HOSTS")
PUBLIC_URL = env.str("EGUICHET_PUBLIC_URL").rstrip("/")
env.str("EGUICHET_DATABASE_URL")  # must be named: nobody keeps the appointments of a city in a file by mistake
# One lasting connection per thread, tried before use. No pool: the background worker forks, and processes that inherit
# the connections of a pool read each other's answers.
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = False  # the proxy in front does it
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
