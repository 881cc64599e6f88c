from django.urls import path

from eguichet_rdv.follow import views

urlpatterns = [
    path("", views.show, name="ticket"),
    path("state/", views.show_state, name="ticket-state"),
    path("<str:token>/", views.enter, name="ticket-enter"),
]
