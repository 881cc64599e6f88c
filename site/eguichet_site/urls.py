"""All addresses of an installation; those of docs/reference/addresses.md never change."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from eguichet_rdv.api.urls import api
from eguichet_rdv.common.health import healthz
from eguichet_site.health import readyz
from eguichet_site.media import show_picture

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/v1/", api.urls),
    path("api/kiosk/v1/", include("eguichet_rdv.kiosk.urls")),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<path:path>", show_picture),
    path("ecran/", include("eguichet_rdv.screens.urls")),
    path("accueil/", include("eguichet_rdv.reception.urls")),
    path("guichet/", include("eguichet_rdv.desk.urls")),
    path("bornes/", include("eguichet_rdv.kiosk.staff_urls")),
    path("t/", include("eguichet_rdv.follow.urls")),
    path("", include("eguichet_rdv.accounts.urls")),
    path("", include("eguichet_rdv.booking.urls")),
    *i18n_patterns(path("", include(wagtail_urls)), prefix_default_language=True),
]
