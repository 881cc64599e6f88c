"""The page of a call screen, its fallback without socket, and the list of screens for staff."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import require_safe

from eguichet_rdv.screens.clips import give_voice, make_clip, read_clip
from eguichet_rdv.screens.notices import list_notices
from eguichet_rdv.screens.voice import list_voices
from eguichet_rdv.townhall.domain.roles import StaffRequest, for_role, locations_for
from eguichet_rdv.townhall.enums import Role
from eguichet_rdv.townhall.models import CallScreen, Kiosk
from eguichet_rdv.waiting.domain import board

CLIP_SECONDS = 7 * 24 * 3600
SILENT = 503
LATE = timedelta(minutes=2)
"""A device not heard of for this long is marked."""
RELEASE = version("eguichet-rdv")
Call = dict[str, Any]


@require_safe
def show_screen(request: HttpRequest, slug: str) -> HttpResponse:
    """The board as it is now, right before any script has run."""
    screen = find_screen(slug)
    snapshot = give_voice(board.snapshot(screen.location))
    calls = choose_calls(snapshot["calls"], screen)
    page = render(
        request,
        "screens/screen.html",
        {
            "screen": screen,
            "location": screen.location,
            "snapshot": snapshot,
            "shown": [*calls, *([None] * (board.LAST_CALLS - len(calls)))],
            "words": name_words(),
            "notices": list_notices(screen, now=timezone.now()),
            "mark": mark_page(screen),
            "now": screen.location.local(timezone.now()),
        },
    )
    page["Cache-Control"] = "no-store"
    return page


@require_safe
def show_snapshot(_request: HttpRequest, slug: str) -> JsonResponse:
    """The same message as the socket's, for the minutes in which there is none."""
    snapshot = give_voice(board.snapshot(find_screen(slug).location))
    return JsonResponse(snapshot, headers={"Cache-Control": "no-store"})


@require_safe
def show_notices(_request: HttpRequest, slug: str) -> JsonResponse:
    """What stands at the foot of the screen now, and the mark of the page: a running screen then sees a new one."""
    screen = find_screen(slug)
    notices = [asdict(notice) for notice in list_notices(screen, now=timezone.now())]
    return JsonResponse({"notices": notices, "mark": mark_page(screen)}, headers={"Cache-Control": "no-store"})


@require_safe
def play_clip(_request: HttpRequest, token: str) -> HttpResponse:
    """An announcement as sound: what an address says never changes."""
    said = read_clip(token)
    if said is None:
        raise Http404
    path = make_clip(said)
    if path is None:
        return HttpResponse(status=SILENT, headers={"Cache-Control": "no-store"})
    caching = f"public, max-age={CLIP_SECONDS}, immutable"
    return HttpResponse(path.read_bytes(), content_type="audio/wav", headers={"Cache-Control": caching})


@require_safe
@for_role(Role.RECEPTION, Role.CLERK, Role.MANAGER)
def list_screens(request: StaffRequest) -> HttpResponse:
    """All screens and kiosks of the places one works at, with their last sign of life."""
    places = locations_for(request.user, Role.RECEPTION) | locations_for(request.user, Role.CLERK)
    return render(
        request,
        "screens/list.html",
        {
            "screens": CallScreen.objects.filter(location__in=places).select_related("location", "zone"),
            "kiosks": Kiosk.objects.filter(location__in=places).select_related("location"),
            "voices": [(name, bool(list_voices(language))) for language, name in settings.LANGUAGES],
            "late": timezone.now() - LATE,
            "places": places,
            "now": timezone.now(),
        },
    )


def find_screen(slug: str) -> CallScreen:
    """The screen, or 404."""
    return get_object_or_404(CallScreen.objects.select_related("location", "zone"), slug=slug)


def mark_page(screen: CallScreen) -> str:
    """Another one as soon as the page would be another one: by the screen's settings, or a new release."""
    zone = screen.zone and (screen.zone.code, screen.zone.name)
    place = (screen.location.name, screen.location.timezone)
    files = getattr(staticfiles_storage, "manifest_hash", "")  # without a manifest in development
    facts = repr((RELEASE, files, screen.name, screen.sound, zone, place))
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def choose_calls(calls: Iterable[Call], screen: CallScreen) -> list[Call]:
    """The last calls of the screen's zone: that on the ticket, or that of the counter."""
    return [call for call in calls if screen.zone is None or screen.zone.code in call["zones"]][: board.LAST_CALLS]


def name_words() -> dict[str, list[tuple[str, str]]]:
    """The few words of a screen in all languages of the site, as (language, word); equal words once."""
    words: dict[str, dict[str, str]] = {"counter": {}, "zone": {}, "stale": {}, "sound": {}}
    for language, _name in settings.LANGUAGES:
        with override(language):
            spoken = {
                "counter": gettext("Counter"),
                "zone": gettext("Zone"),
                "stale": gettext("Not up to date since"),
                "sound": gettext("Sound is off: press here to switch it on"),
            }
        for key, word in spoken.items():
            words[key].setdefault(word, language)
    return {key: [(language, word) for word, language in found.items()] for key, found in words.items()}
