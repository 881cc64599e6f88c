"""The pages, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.production")
application = get_wsgi_application()

from eguichet_site.loaded import settle  # noqa: E402 - when Django is set up

settle()
