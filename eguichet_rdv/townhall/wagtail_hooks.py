"""The place in the CMS: location, zones, counters, hours, closures, kiosks, screens and who works there."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views.generic import CreateView, DeleteView, EditView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup

from eguichet_rdv.common.permissions import limit_actions
from eguichet_rdv.townhall.guarded import GuardedHours
from eguichet_rdv.townhall.models import (
    Assignment,
    CallScreen,
    Closure,
    Counter,
    ExceptionalOpening,
    Kiosk,
    Location,
    OpeningPeriod,
    WaitingZone,
)

# A place, a counter or a device that was ever used is kept for its history: it is put out of use, not deleted.
for kept in (Location, WaitingZone, Counter, Kiosk, CallScreen):
    limit_actions(kept, "add", "change", "view")

CHANNELS = FieldRowPanel([FieldPanel("for_online"), FieldPanel("for_clerk"), FieldPanel("for_walk_in")], _("Open for"))


def _panels(*names: str) -> ObjectList:
    return ObjectList([FieldPanel(name) for name in names])


class PlainViewSet(ModelViewSet):
    """What the pages of this room share."""

    copy_view_enabled = False
    list_per_page = 50


class GuardedAdd(GuardedHours, CreateView):
    """A closure may be in the way of appointments."""


class GuardedEdit(GuardedHours, EditView):
    """Hours may become shorter."""


class GuardedDelete(GuardedHours, DeleteView):
    """Hours may vanish."""


class GuardedViewSet(PlainViewSet):
    """Rows that decide when people are received."""

    add_view_class = GuardedAdd
    edit_view_class = GuardedEdit
    delete_view_class = GuardedDelete


class LocationViewSet(GuardedViewSet):
    """Buildings and the rules of their halls."""

    model = Location
    icon = "home"
    menu_label = _("Locations")
    list_display = ["name", "municipality", "address"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel([FieldPanel("name"), FieldPanel("slug"), FieldPanel("municipality")], _("Name")),
            MultiFieldPanel(
                [FieldPanel(name) for name in ("street", "postcode", "city", "phone", "email", "timezone")],
                _("Address"),
            ),
            MultiFieldPanel(
                [FieldPanel("wheelchair"), FieldPanel("toilets"), FieldPanel("parking")], _("Accessibility")
            ),
            FieldPanel("second_reminder_hours"),
            MultiFieldPanel(
                [
                    FieldPanel(name)
                    for name in (
                        "tolerance_minutes",
                        "late_penalty_minutes",
                        "walk_in_offset_minutes",
                        "priority_minutes",
                        "check_in_minutes",
                        "no_show_calls",
                        "recall_minutes",
                        "walking_minutes",
                    )
                ],
                _("Rules of the hall"),
            ),
        ]
    )


class ZoneViewSet(PlainViewSet):
    """Waiting zones."""

    model = WaitingZone
    icon = "group"
    menu_label = _("Waiting zones")
    list_display = ["code", "name", "location", "limit"]
    edit_handler = _panels("location", "code", "name", "limit")


class CounterViewSet(GuardedViewSet):
    """Counters and what they handle."""

    model = Counter
    icon = "user"
    menu_label = _("Counters")
    list_display = ["name", "location", Column("zone"), BooleanColumn("active", label=_("in use"))]
    list_filter = ["location", "zone", "active"]
    edit_handler = ObjectList(
        [
            FieldPanel("location"),
            FieldPanel("zone"),
            FieldRowPanel([FieldPanel("name"), FieldPanel("position"), FieldPanel("active")]),
            FieldPanel("procedures"),
        ]
    )


class PeriodViewSet(GuardedViewSet):
    """Opening periods."""

    model = OpeningPeriod
    icon = "time"
    menu_label = _("Opening periods")
    list_display = ["counter", Column("weekday", accessor="get_weekday_display"), "opens", "closes", "valid_until"]
    list_filter = ["counter", "weekday"]
    edit_handler = ObjectList(
        [
            FieldPanel("counter"),
            FieldRowPanel([FieldPanel("weekday"), FieldPanel("opens"), FieldPanel("closes")], _("When")),
            CHANNELS,
            FieldPanel("releases_at"),
            FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_until")], _("Valid")),
            FieldRowPanel([FieldPanel("every_weeks"), FieldPanel("nth_of_month")], _("Rhythm")),
            FieldPanel("procedures"),
        ]
    )


class ClosureViewSet(GuardedViewSet):
    """Closures."""

    model = Closure
    icon = "no-view"
    menu_label = _("Closures")
    list_display = ["__str__", "first_date", "last_date", "opens", "closes"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("location"), FieldPanel("counter"), FieldPanel("service")], _("What is closed (choose one)")
            ),
            FieldRowPanel([FieldPanel("first_date"), FieldPanel("last_date")], _("Days")),
            FieldRowPanel([FieldPanel("opens"), FieldPanel("closes")], _("Hours")),
            FieldPanel("reason"),
        ]
    )


class OpeningViewSet(GuardedViewSet):
    """Exceptional openings."""

    model = ExceptionalOpening
    icon = "date"
    menu_label = _("Exceptional openings")
    list_display = ["__str__", "first_date", "last_date", "opens", "closes"]
    edit_handler = ObjectList(
        [
            MultiFieldPanel([FieldPanel("location"), FieldPanel("counter")], _("What is open (choose one)")),
            FieldRowPanel([FieldPanel("first_date"), FieldPanel("last_date")], _("Days")),
            FieldRowPanel([FieldPanel("opens"), FieldPanel("closes")], _("Hours")),
            CHANNELS,
            FieldPanel("reason"),
        ]
    )


class KioskViewSet(PlainViewSet):
    """Kiosks and how they are."""

    model = Kiosk
    icon = "desktop"
    menu_label = _("Kiosks")
    list_display = ["name", "location", "seen_at", "printer", "scanner", BooleanColumn("revoked", label=_("revoked"))]
    edit_handler = _panels("location", "slug", "name", "opens", "closes", "locked", "revoked")


class ScreenViewSet(PlainViewSet):
    """Call screens."""

    model = CallScreen
    icon = "view"
    menu_label = _("Call screens")
    list_display = ["name", "location", "zone", "seen_at"]
    edit_handler = _panels("location", "zone", "slug", "name", "sound", "shows_waits", "notices")


class AssignmentViewSet(PlainViewSet):
    """Who may do what; not for editors, who would grant themselves more."""

    model = Assignment
    icon = "key"
    menu_label = _("Roles of the staff")
    list_display = ["user", Column("role", accessor="get_role_display"), "location"]
    list_filter = ["role", "location"]
    edit_handler = _panels("user", "role", "location")


class TownhallGroup(ModelViewSetGroup):
    """The entry « Place and hours » in the sidebar."""

    items = (
        PeriodViewSet,
        ClosureViewSet,
        OpeningViewSet,
        CounterViewSet,
        ZoneViewSet,
        LocationViewSet,
        KioskViewSet,
        ScreenViewSet,
        AssignmentViewSet,
    )
    menu_label = _("Place and hours")
    menu_icon = "time"
    menu_order = 120


@hooks.register("register_admin_viewset")
def register_townhall() -> Any:
    """Show place and hours in the sidebar."""
    return TownhallGroup()
