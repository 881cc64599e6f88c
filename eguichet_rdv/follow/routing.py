from channels.sessions import CookieMiddleware
from django.urls import URLPattern, path

from eguichet_rdv.follow.consumers import TicketSocket

websocket_urlpatterns: list[URLPattern] = [
    path("ws/ticket/", CookieMiddleware(TicketSocket.as_asgi())),
]
