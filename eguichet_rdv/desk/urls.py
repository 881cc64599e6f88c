from django.urls import URLPattern, path

from eguichet_rdv.desk import sheets, views

urlpatterns: list[URLPattern] = [
    path("", views.show_desk, name="desk"),
    path("etat/", views.show_state, name="desk-state"),
    path("ouvrir/", views.sit_down, name="desk-open"),
    path("ordre/<slug:command>/", views.run_command, name="desk-command"),
    path("personne/<int:stop>/", sheets.show_waiting, name="desk-waiting"),
    path("personne/<int:stop>/transfert/", sheets.show_targets, name="desk-send-on"),
    path("personne/<int:stop>/fin/", sheets.show_ending, name="desk-ending"),
    path("personne/<int:stop>/suite/", sheets.show_follow_up, name="desk-follow-up"),
    path("personne/<int:stop>/suite/reserver/", sheets.keep_follow_up, name="desk-keep-follow-up"),
]
