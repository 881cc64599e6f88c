from django.urls import URLPattern, path

from eguichet_rdv.desk import views

urlpatterns: list[URLPattern] = [
    path("", views.show_desk, name="desk"),
    path("etat/", views.show_state, name="desk-state"),
    path("ouvrir/", views.sit_down, name="desk-open"),
    path("ordre/<slug:command>/", views.run_command, name="desk-command"),
]
