"""Show a past day under other rules of calling."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from eguichet_rdv.townhall.models import Location
from eguichet_rdv.waiting.domain.order import Rules
from eguichet_rdv.waiting.domain.replay import read_day, replay
from eguichet_rdv.waiting.domain.service_level import measure_level, write_levels


class Command(BaseCommand):
    """``manage.py replay [--date 2026-11-23] [--head-start 20]``."""

    help = (
        "Shows who would have waited how long on a past day (yesterday if none is named) if the order of calling had "
        "other rules. Changes nothing. The waits are in minutes, from the arrival or the booked hour, the later one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--location", default="", help="code of the location, when there are several")
        parser.add_argument("--date", type=date.fromisoformat, help="the day, as 2026-11-23; yesterday if left out")
        parser.add_argument("--tolerance", type=int, help="minutes late at which the booked hour still counts")
        parser.add_argument("--late-penalty", type=int, help="minutes after the arrival for somebody later than that")
        parser.add_argument("--head-start", type=int, help="minutes after the arrival for somebody without appointment")

    def handle(self, *args: Any, **options: Any) -> None:
        location = self._find_location(options["location"])
        day = options["date"] or location.local(timezone.now()).date() - timedelta(days=1)
        past = read_day(location, day)
        if not past.came:
            raise CommandError(f"Nobody was called at {location} on {day}.")
        present = Rules.of(location)
        asked = {
            "tolerance": options["tolerance"],
            "late_penalty": options["late_penalty"],
            "walk_in_offset": options["head_start"],
        }
        changes = {name: timedelta(minutes=value) for name, value in asked.items() if value is not None}
        other = replace(present, **changes)
        if not timedelta() <= other.late_penalty <= other.walk_in_offset or other.tolerance < timedelta():
            raise CommandError("Choose 0 <= late penalty <= head start: nobody may be passed for ever.")
        self.stdout.write(f"{location}, {day}: {len(past.came)} calls, {past.left_out} never called")
        self._write("As it was", measure_level(past.visits()))
        self._write(f"Replayed, {_describe(present)}", measure_level(replay(past, present)))
        if other != present:
            self._write(f"Replayed, {_describe(other)}", measure_level(replay(past, other)))

    def _write(self, title: str, levels: Any) -> None:
        self.stdout.write("")
        self.stdout.write(title)
        for line in write_levels(levels):
            self.stdout.write(line)

    def _find_location(self, slug: str) -> Location:
        places = Location.objects.filter(slug=slug) if slug else Location.objects.all()
        if places.count() != 1:
            known = ", ".join(Location.objects.values_list("slug", flat=True))
            raise CommandError(f"Name one location with --location: {known}.")
        return places.get()


def _describe(rules: Rules) -> str:
    minutes = [int(part.total_seconds() / 60) for part in (rules.tolerance, rules.late_penalty, rules.walk_in_offset)]
    return "tolerance {} min, late penalty {} min, head start {} min".format(*minutes)
