"""Pages of the CMS that show the appointments concerned before hours become shorter."""

from typing import Any

from django.contrib.messages.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from eguichet_rdv.townhall.domain.hours import HoursInUse, guard_hours

CONFLICT = 409
OWN = ("csrfmiddlewaretoken", "agreed")


class GuardedHours:
    """Mixed into a view that adds, changes or deletes what decides opening hours.

    When appointments come to lie outside, nothing is saved: their list is shown, and saving again agrees to that list.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Save, or show the list."""
        try:
            with guard_hours(request.POST.get("agreed", "")):
                response: HttpResponseBase = super().post(request, *args, **kwargs)  # type: ignore[misc]
                return response
        except HoursInUse as refusal:
            return self._show(request, refusal)

    def _show(self, request: HttpRequest, refusal: HoursInUse) -> HttpResponse:
        typed = [(name, value) for name in request.POST if name not in OWN for value in request.POST.getlist(name)]
        # The view has said « saved » already, which is no longer true.
        request._messages = default_storage(request)  # type: ignore[attr-defined]  # noqa: SLF001 - as its middleware does
        facts = {"refusal": refusal, "typed": typed, "back": request.get_full_path()}
        return render(request, "townhall/hours_in_use.html", facts, status=CONFLICT)
