from django.urls import URLPattern, path

from eguichet_rdv.accounts.views import SignIn, SignOut, show_home

urlpatterns: list[URLPattern] = [
    path("personnel/", SignIn.as_view(), name="staff-login"),
    path("personnel/sortie/", SignOut.as_view(), name="staff-logout"),
    path("personnel/menu/", show_home, name="staff-home"),
]
