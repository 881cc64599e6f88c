from django.urls import path

from eguichet_rdv.kiosk import views

urlpatterns = [
    path("config", views.config, name="kiosk-config"),
    path("roster", views.roster, name="kiosk-roster"),
    path("check-in", views.check_in, name="kiosk-check-in"),
    path("walk-in", views.walk_in, name="kiosk-walk-in"),
    path("journal", views.journal, name="kiosk-journal"),
    path("heartbeat", views.heartbeat, name="kiosk-heartbeat"),
]
