from django.urls import URLPattern, path

from eguichet_rdv.screens.consumers import ScreenSocket

websocket_urlpatterns: list[URLPattern] = [
    path("ws/screens/<slug:slug>/", ScreenSocket.as_asgi()),  # type: ignore[arg-type]
]
