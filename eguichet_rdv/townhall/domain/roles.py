"""Who may do what, where."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url

from eguichet_rdv.accounts.models import User
from eguichet_rdv.common.prepared import Prepared
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import Assignment, Location

View = Callable[..., HttpResponseBase]


HELD_BY: dict[Role, frozenset[Role]] = {
    Role.CLERK: frozenset({Role.CLERK, Role.MANAGER}),
    # Clerks answer the telephone too: they book, find and check in like the reception.
    Role.RECEPTION: frozenset({Role.RECEPTION, Role.CLERK, Role.MANAGER}),
    Role.EDITOR: frozenset({Role.EDITOR, Role.MANAGER}),
    Role.MANAGER: frozenset({Role.MANAGER}),
    # Public computer rooms, libraries, social services: they see nobody but whom they book for.
    Role.HELPER: frozenset({Role.HELPER}),
}
"""Who may do what a role does."""
ASSIGNMENTS = Prepared(lambda user: Assignment.objects.filter(user=user).order_by(), int)


JUST_READ = "_assignments_of_this_request"


class StaffRequest(HttpRequest):
    """A request whose user is known to be a member of staff."""

    user: User


def locations_for(user: User | AnonymousUser, role: Role) -> QuerySet[Location]:
    """The places where ``user`` may do what ``role`` does; a superuser everywhere."""
    if not user.is_authenticated or not user.is_active:
        return Location.objects.none()
    if user.is_superuser:
        return Location.objects.all()
    assigned = Assignment.objects.filter(user=user, role__in=HELD_BY[role])
    if assigned.filter(location=None).exists():
        return Location.objects.all()
    return Location.objects.filter(pk__in=assigned.values("location"))


def may(user: User | AnonymousUser, role: Role, location: Location | None = None) -> bool:
    """Whether ``user`` has ``role`` at ``location``, or anywhere when none is named."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or any(
        assigned.role in HELD_BY[role] and (location is None or assigned.location_id in {None, location.pk})
        for assigned in _assignments(user)
    )


def _assignments(user: User) -> list[Assignment]:
    """Read anew for each question, except while a view runs that ``for_role`` guards: it has just read them."""
    just_read: list[Assignment] | None = getattr(user, JUST_READ, None)
    return ASSIGNMENTS(user.pk) if just_read is None else just_read


def open_to(*roles: Role) -> Callable[[User], bool]:
    """Whether somebody has one of ``roles`` somewhere, as a question to be asked later."""
    return lambda user: any(may(user, role) for role in roles)


def for_role(*roles: Role) -> Callable[[View], View]:
    """Let only staff with one of ``roles`` (anywhere) in: others get 403, strangers the sign-in page.

    The view still has to check the place it works on.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            setattr(request.user, JUST_READ, ASSIGNMENTS(request.user.pk))
            if not any(may(request.user, role) for role in roles):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            # Pages of staff show people: no shared computer keeps them.
            response.headers.setdefault("Cache-Control", "no-store, private")
            return response

        return guarded

    return decorate


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A part of a page cannot show the sign-in form: the whole page goes there.
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
    if request.method != "GET":
        return redirect(settings.LOGIN_URL)
    return redirect_to_login(request.get_full_path())
