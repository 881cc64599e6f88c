"""Sockets (and, in the embedded shape, pages)."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.production")
pages = get_asgi_application()

from eguichet_rdv.common.sockets import ExactOrigin  # noqa: E402
from eguichet_rdv.desk.routing import websocket_urlpatterns as desk  # noqa: E402
from eguichet_rdv.follow.routing import websocket_urlpatterns as follow  # noqa: E402
from eguichet_rdv.screens.routing import websocket_urlpatterns as screens  # noqa: E402
from eguichet_rdv.waiting.bell import remember_loop  # noqa: E402
from eguichet_site.loaded import settle  # noqa: E402

# Patterns and middleware are typed as Django's and Channels' own, which do not agree with each other.
routes: Any = [*screens, *desk, *follow]
sockets: Any = URLRouter(routes)
application = remember_loop(
    ProtocolTypeRouter(
        {
            "http": pages,
            "websocket": ExactOrigin(sockets, settings.PUBLIC_URL),
        }
    )
)

settle()
