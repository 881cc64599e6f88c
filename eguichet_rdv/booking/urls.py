from django.urls import include, path

from eguichet_rdv.booking import paths
from eguichet_rdv.booking.views import awaiting, change, links, manage, pages, papers
from eguichet_rdv.booking.views.wizard import BookingWizard
from eguichet_rdv.catalogue.domain.page_tree import INDEX_SLUGS

STEP = "<slug:service>/<slug:procedure>/<uuid:basket>/"

wizard = BookingWizard.as_view(url_name="book-step")

booking_patterns = [
    path("<slug:service>/<slug:procedure>/", pages.start, name="book-start"),
    path(f"{STEP}done/", pages.done, name="book-done"),
    path(f"{STEP}<slug:step>/", wizard, name="book-step"),
]

manage_patterns = [
    path("", manage.show, name="manage"),
    path("<slug:reference>/confirm/", awaiting.confirm, name="manage-confirm"),
    path("<slug:reference>/persons/", change.change_party, name="manage-persons"),
    path("<slug:reference>/language/", change.change_language, name="manage-language"),
    path("<slug:reference>/cancel/", manage.cancel_appointment, name="manage-cancel"),
    path("<slug:reference>/move/", manage.move_appointment, name="manage-move"),
    path("<slug:reference>/confirmation.pdf", papers.pdf, name="manage-pdf"),
    path("<slug:reference>/appointment.ics", papers.calendar_file, name="manage-ics"),
    path("<str:token>/", manage.enter, name="manage-enter"),
]

urlpatterns = [
    path("", pages.home, name="home"),
    path("rdv/", include(manage_patterns)),
    path(paths.in_each_language(INDEX_SLUGS, paths.BOOK), include(booking_patterns)),
    path(paths.in_each_language(INDEX_SLUGS, paths.PRIVACY), pages.privacy, name="privacy"),
    path(paths.in_each_language(INDEX_SLUGS, paths.LINKS), links.ask, name="links"),
    path(paths.in_each_language(INDEX_SLUGS), pages.catalogue, name="catalogue"),
]
