"""An installation as people meet it, in a process of its own: ``python -m tests.plugins.look STEP …``.

Which plugins it has is decided by PYTHONPATH before it starts. Prints one line of JSON: the answer of each step.
"""

import io
import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django
import time_machine

sys.path.insert(0, "site")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eguichet_site.settings.testing")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from eguichet_rdv.accounts.models import User  # noqa: E402
from eguichet_rdv.catalogue.models import PluginRecord, Procedure  # noqa: E402
from eguichet_rdv.scheduling.domain.agenda import extend_agenda  # noqa: E402
from eguichet_rdv.scheduling.domain.availability import find_first  # noqa: E402
from eguichet_rdv.scheduling.domain.book import book  # noqa: E402
from eguichet_rdv.scheduling.domain.person import Person  # noqa: E402
from eguichet_rdv.scheduling.domain.tokens import check_in_token, manage_token  # noqa: E402
from eguichet_rdv.scheduling.domain.wanted import read_wanted  # noqa: E402
from eguichet_rdv.scheduling.models import Appointment  # noqa: E402
from eguichet_rdv.townhall.models import Kiosk, Location, WaitingZone  # noqa: E402
from tests.kiosk.device import Device  # noqa: E402
from tests.town import MONDAY, make_counter  # noqa: E402

WISH = ("urbanisme", "file")
INDEX = "/fr/rendez-vous/"
MONTH = "?from=2026-11-24&to=2026-12-18"
BACKEND = "eguichet_rdv.accounts.backends.StaffBackend"


def sync() -> list[str]:
    """What ``manage.py sync_catalogue`` says."""
    said = io.StringIO()
    call_command("sync_catalogue", stdout=said)
    return said.getvalue().splitlines()


def receive() -> None:
    """The town receives people for urbanisme: a place, a counter that handles it, a kiosk."""
    location = Location.objects.create(slug="maison-communale", name="Maison communale", municipality="Verviers")
    zone = WaitingZone.objects.create(location=location, code="A")
    make_counter(zone, "9", list(Procedure.objects.filter(service__code="urbanisme")))
    Kiosk.objects.create(location=location, slug="hall-1", name="Hall")
    extend_agenda(MONDAY)


def offer() -> dict[str, Any]:
    """What is offered at each face: catalogue, booking, kiosk, API."""
    citizen, device = Client(headers={"accept-language": "fr"}), Device(Kiosk.objects.get())
    listed = citizen.get(INDEX).content.decode()
    page = citizen.get(f"{INDEX}urbanisme-file/")
    wizard = citizen.get(f"{INDEX}reserver/urbanisme/file/", follow=True)
    services = {row["code"]: row for row in citizen.get("/api/v1/services?lang=fr").json()}
    starts = citizen.get(f"/api/v1/procedures/urbanisme/file/starts{MONTH}")
    shown = {row["code"]: row for row in device.get("config").json()["services"]}
    urbanisme = services.get("urbanisme", {"procedures": []})
    return {
        "listed": f'href="{INDEX}urbanisme-file/"' in listed,
        "found": "urbanisme-file" in citizen.get(f"{INDEX}?q=dossier").content.decode(),
        "page": page.status_code,
        "bookable": f"{INDEX}reserver/urbanisme/file/" in page.content.decode(),
        "wizard": [wizard.status_code, [row.split("/")[-2] for row, _status in wizard.redirect_chain]],
        "api": [[row["code"], row["label"], row["locations"]] for row in urbanisme["procedures"]],
        "starts": [starts.status_code, len(starts.json().get("days", []))],
        "kiosk": {name: shown["urbanisme"][name] for name in ("letter", "walk_in")} if "urbanisme" in shown else None,
        "others": sorted(services.keys() - {"urbanisme"}),
    }


def reserve() -> str:
    """Somebody books the first time there is."""
    wanted = read_wanted([(*WISH, 1)])
    start = find_first(wanted, now=MONDAY)
    assert start is not None
    person = Person("Lejeune", "Marie", "1990-02-01", "marie@example.org")
    return book(wanted, start, person, language="fr", now=MONDAY, intent=uuid4()).state


def keep() -> dict[str, Any]:
    """What has become of the appointment: on its page, and for the kiosk at which its visitor arrives."""
    appointment = Appointment.objects.get()
    citizen, device = Client(), Device(Kiosk.objects.get())
    page = citizen.get(f"/rdv/{manage_token(appointment)}/", follow=True)
    text = page.content.decode()
    answers: dict[str, Any] = {
        "page": page.status_code,
        "label": "Remettre un dossier" in text,
        "bring": "Carte d’identité" in text,
    }
    for name in ("manage-move", "manage-cancel", "manage-pdf", "manage-ics"):
        answers[name] = citizen.get(reverse(name, args=[appointment.reference])).status_code
    with time_machine.travel(appointment.start - timedelta(minutes=5), tick=False):
        arrived = device.check_in(code=check_in_token(appointment))
    answers |= {"state": appointment.state, "arrival": [arrived["outcome"], arrived["ticket"]["number"][:1]]}
    return answers


def administer() -> dict[str, Any]:
    """What the CMS says of the plugins, and whether the site is alive."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(User.objects.get_or_create(username="root", is_superuser=True, language="en")[0], BACKEND)
    listing = client.get(reverse("pluginrecord:index"))
    return {
        "records": list(PluginRecord.objects.values_list("name", "distribution", "status", "problem")),
        "offered": list(Procedure.objects.filter(retired_at=None).values_list("code", flat=True)),
        "page": listing.content.decode(),
        "health": client.get("/healthz").status_code,
        "catalogue": client.get(INDEX).status_code,
    }


STEPS: dict[str, Callable[[], Any]] = {
    "sync": sync,
    "receive": receive,
    "offer": offer,
    "reserve": reserve,
    "keep": keep,
    "administer": administer,
}

if __name__ == "__main__":
    with time_machine.travel(MONDAY, tick=False):
        print(json.dumps({step: STEPS[step]() for step in sys.argv[1:]}))  # noqa: T201 - read by the test
