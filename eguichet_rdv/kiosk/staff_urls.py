from django.urls import path

from eguichet_rdv.kiosk import staff

urlpatterns = [
    path("<slug:slug>/etat/", staff.show_troubles, name="kiosk-troubles"),
    path("<slug:slug>/ordre/<slug:order>/", staff.order_kiosk, name="kiosk-order"),
    path("arrivee/<int:arrival>/", staff.clear_arrival, name="kiosk-arrival-cleared"),
]
