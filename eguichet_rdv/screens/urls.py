from django.urls import URLPattern, path

from eguichet_rdv.screens import views

urlpatterns: list[URLPattern] = [
    path("", views.list_screens, name="screen-list"),
    path("voice/<str:token>.wav", views.play_clip, name="screen-clip"),
    path("<slug:slug>/", views.show_screen, name="screen"),
    path("<slug:slug>/snapshot", views.show_snapshot, name="screen-snapshot"),
    path("<slug:slug>/notices", views.show_notices, name="screen-notices"),
]
