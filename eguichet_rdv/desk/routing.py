from channels.auth import AuthMiddlewareStack
from django.urls import URLPattern, path

from eguichet_rdv.desk.consumers import DeskSocket

websocket_urlpatterns: list[URLPattern] = [
    # Of all sockets only this one is for people who have signed in.
    path("ws/desk/", AuthMiddlewareStack(DeskSocket.as_asgi())),  # type: ignore[arg-type]
]
