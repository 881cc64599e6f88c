from django.urls import URLPattern, path

from eguichet_rdv.desk.consumers import DeskSocket

websocket_urlpatterns: list[URLPattern] = [
    path("ws/desk/", DeskSocket.as_asgi()),  # type: ignore[arg-type]
]
