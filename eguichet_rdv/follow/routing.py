from django.urls import URLPattern, path

from eguichet_rdv.follow.consumers import TicketSocket

websocket_urlpatterns: list[URLPattern] = [
    path("ws/ticket/", TicketSocket.as_asgi()),  # type: ignore[arg-type]
]
