"""What both shapes share. Values come from the environment; every default is safe on a closed network."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from eguichet_rdv.common.redaction import redact_event
from eguichet_rdv.common.redis_layer import describe_layer
from eguichet_rdv.plugin.loader import discover

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parents[3]
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def kept_secret(name: str) -> str:
    """A secret made once and kept in the data directory, readable by its owner only."""
    path = DATA_DIR / name
    if not path.exists():
        handle, new = tempfile.mkstemp(dir=DATA_DIR, prefix=f".{name}.")
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # Whole or not at all: of two processes that start together, both use the secret of the first.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(new)
        Path(new).unlink()
    return path.read_text()


DEBUG = False
SECRET_KEY = env.str("EGUICHET_SECRET_KEY", "") or kept_secret("secret_key")
TOKEN_KEY = env.str("EGUICHET_TOKEN_KEY", "") or kept_secret("token_key")
"""Key of all derived tokens; it lives outside the database."""
ALLOWED_HOSTS = env.list("EGUICHET_HOSTS", default=["127.0.0.1", "localhost"])
PUBLIC_URL = env.str("EGUICHET_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
"""How citizens reach the site; used in mails, letters and tickets."""
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

PLUGINS = discover(
    cache=DATA_DIR / "plugins.json", disabled=frozenset(env.list("EGUICHET_DISABLED_PLUGINS", default=[]))
)

INSTALLED_APPS = [
    "daphne",
    "eguichet_rdv.common",
    "eguichet_rdv.accounts",
    "eguichet_rdv.ledger",
    "eguichet_rdv.messaging",
    "eguichet_rdv.catalogue",
    "eguichet_rdv.townhall",
    "eguichet_rdv.scheduling",
    "eguichet_rdv.waiting",
    "eguichet_rdv.booking",
    "eguichet_rdv.follow",
    "eguichet_rdv.reception",
    "eguichet_rdv.desk",
    "eguichet_rdv.kiosk",
    "eguichet_rdv.screens",
    "eguichet_rdv.api",
    "eguichet_rdv.demo",
    *dict.fromkeys(plugin.package for plugin in PLUGINS if plugin.service is not None),  # one may hold two services
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "channels",
    "django_q",
    "django_htmx",
    "formtools",
    "axes",
    "ninja",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "eguichet_site.static_files.StaticFiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "eguichet_rdv.common.languages.LanguageOfRequest",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "eguichet_rdv.common.security.ContentSecurityPolicy",
    "django_htmx.middleware.HtmxMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "eguichet_site.urls"
ASGI_APPLICATION = "eguichet_site.asgi.application"
WSGI_APPLICATION = "eguichet_site.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    }
]

SQLITE_OPTIONS = {
    "timeout": 20,
    # A deferred transaction that reads, then writes, fails « locked » as soon as another one wrote in between.
    "transaction_mode": "IMMEDIATE",
    # FULL: a power cut must not lose an acknowledged booking.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
}
POSTGRES_OPTIONS = {
    # Statements asked again and again are planned once per connection (docs/decisions/0018).
    "server_side_binding": True,
    "prepare_threshold": 3,
}
DATABASES = {
    "default": env.db_url("EGUICHET_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'eguichet.sqlite3'}"),
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["OPTIONS"] = POSTGRES_OPTIONS | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

REDIS_URL = env.str("EGUICHET_REDIS_URL", "")
CHANNEL_LAYERS: dict[str, Any] = {
    "default": (
        describe_layer(REDIS_URL, env.str("EGUICHET_REDIS_PREFIX", "eguichet"))
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 500}}
    )
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "eguichet_rdv.accounts.backends.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "staff-login"
LOGIN_REDIRECT_URL = "staff-home"
LOGOUT_REDIRECT_URL = "staff-login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Behind our own proxy every request comes from the same address: anybody could lock a clerk out by name alone.
AXES_CLIENT_IP_CALLABLE = "eguichet_rdv.common.addresses.client_address"
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

LANGUAGE_CODE = env.str("EGUICHET_LANGUAGE", "fr")
LANGUAGES = [("fr", _("French")), ("nl", _("Dutch")), ("de", _("German")), ("en", _("English"))]
# The first of them is the usual one wherever all are offered, on the kiosk too.
LANGUAGES.sort(key=lambda language: language[0] != LANGUAGE_CODE)
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_I18N_ENABLED = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("EGUICHET_TIME_ZONE", "Europe/Brussels")
LOCALE_PATHS = [BASE_DIR / "eguichet_rdv" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
CITY_FILES = DATA_DIR / "city"
"""Files of the municipality's own: colours, logo."""
STATICFILES_DIRS = [CITY_FILES] if CITY_FILES.is_dir() else []
EGUICHET_CITY_CSS = env.str("EGUICHET_CITY_CSS", "")
"""A file in ``CITY_FILES`` that overrides the properties of tokens.css."""
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SESSION_ENGINE = "eguichet_rdv.accounts.sessions"
SESSION_COOKIE_NAME = "eguichet_session"
# A working day: staff sit at shared computers. Citizens' pages set a shorter one.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "eguichet_rdv.booking.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not « no-referrer »: browsers then send every form with « Origin: null », which the protection of forms refuses.
# Addresses that hold a token answer with « no-referrer » themselves and redirect at once.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
CMS_CONTENT_SECURITY_POLICY = {
    # Wagtail's admin uses inline scripts and styles; its pages are for signed-in staff only.
    "default-src": [SELF],
    "script-src": [SELF, "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
}

EMAIL_CONFIG = env.email_url("EGUICHET_SMTP_URL", default="smtp://127.0.0.1:1025")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EGUICHET_FROM_EMAIL", "rendez-vous@localhost.localdomain")
EGUICHET_BOUNCE_EMAIL = env.str("EGUICHET_BOUNCE_EMAIL", "")
"""Where mail servers send what they could not deliver; by default the sender."""

Q_CLUSTER = {
    "name": "eguichet",
    "orm": "default",
    "workers": 1,
    "timeout": 60,
    "retry": 120,
    "max_attempts": 3,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 250,
    "poll": 1,
    "label": _("Background work"),
}

WAGTAIL_SITE_NAME = "eguichet-rdv"
WAGTAILADMIN_BASE_URL = PUBLIC_URL
# Wagtail's admin would otherwise ask its makers for news and show pictures from elsewhere.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_EXTENSIONS = ["pdf", "odt", "docx"]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
            ],
            "foreign_pre_chain": [
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.add_log_level,
                redact_event,
            ],
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": env.str("EGUICHET_LOG_LEVEL", "WARNING")},
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.stdlib.add_log_level,
        redact_event,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
)

EGUICHET_VOICES = {"fr": "fr-be", "nl": "nl", "de": "de", "en": "en-gb", **env.dict("EGUICHET_VOICES", default={})}
"""The voices of espeak-ng: ``fr-be`` says septante and nonante, ``fr-ch`` too, ``fr-fr`` soixante-dix."""
EGUICHET_VOICE_CLIPS = env.str("EGUICHET_VOICE_CLIPS", "")
"""A directory of recorded words, which come before espeak-ng."""

EGUICHET_HOLD_MINUTES = env.int("EGUICHET_HOLD_MINUTES", 10)
EGUICHET_HOLDS_PER_ADDRESS = env.int("EGUICHET_HOLDS_PER_ADDRESS", 120)
"""How many times of day may be chosen from one address in ten minutes; a library or a town hall is one address too."""
EGUICHET_BOOKINGS_PER_RECIPIENT = env.int("EGUICHET_BOOKINGS_PER_RECIPIENT", 10)
"""How many appointments may be made online in a day for one e-mail address."""
EGUICHET_HOLD_EXTENSIONS = env.int("EGUICHET_HOLD_EXTENSIONS", 10)
EGUICHET_IDENTITY_DAYS = env.int("EGUICHET_IDENTITY_DAYS", 30)
"""Days after the visit until the person is erased."""

EGUICHET_API_READS_PER_MINUTE = env.int("EGUICHET_API_READS_PER_MINUTE", 600)
"""Per address, or per key of the API."""
EGUICHET_API_WRITES_PER_MINUTE = env.int("EGUICHET_API_WRITES_PER_MINUTE", 600)
"""Per key of the API."""

EGUICHET_ROSTER_DAYS = env.int("EGUICHET_ROSTER_DAYS", 4)
"""For how many days, today included, a kiosk knows who is expected when the network fails."""
