"""What the server told about the place this kiosk stands in, kept across restarts."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from eguichet_kiosk_bridge.answers import Json, UnreadableError
from eguichet_kiosk_bridge.journal import Journal
from eguichet_kiosk_bridge.server import Clock
from eguichet_kiosk_bridge.texts import FALLBACK_LANGUAGES


class House:
    """Location, languages, services, and whether the kiosk may be used."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        """Begin with what was last known."""
        self._journal, self._clock = journal, clock
        self._config: Json | None = journal.recall("config")
        self.locked = bool(journal.recall("locked"))
        self._shown = (self.is_closed, self.today())

    @property
    def kiosk(self) -> str:
        """Return the slug of this kiosk, as the server calls it."""
        return str((self._config or {}).get("kiosk", ""))

    @property
    def is_known(self) -> bool:
        """Tell whether the server was ever heard."""
        return self._config is not None

    def learn(self, config: Json) -> bool:
        """Take over a configuration of the server; tell whether it differs from the one before."""
        location = config.get("location")
        if not isinstance(location, dict) or not isinstance(config.get("languages"), list):
            message = "the configuration has no location or languages"
            raise UnreadableError(message)
        ZoneInfo(str(location["timezone"]))
        config = {name: value for name, value in config.items() if name != "now"}
        changed = config != self._config
        if changed:
            self._config = config
            self._journal.keep("config", config)
        return changed

    def lock(self, *, locked: bool) -> None:
        """Close or open the kiosk."""
        if locked != self.locked:
            self.locked = locked
            self._journal.keep("locked", locked)

    @property
    def is_closed(self) -> bool:
        """Tell whether nobody may use the kiosk now: staff closed it, or it is outside its hours."""
        hours = (self._config or {}).get("hours")
        if self.locked or not hours:
            return self.locked
        return not str(hours["opens"]) <= f"{self.now():%H:%M}" < str(hours["closes"])

    def notice_hours(self) -> bool:
        """Tell whether the kiosk has closed or opened, or another day has begun, since this was last asked."""
        before, self._shown = self._shown, (self.is_closed, self.today())
        return before != self._shown

    @property
    def location(self) -> Json:
        """Return name, address and timezone of the location."""
        location: Json = (self._config or {}).get("location") or {}
        return location

    @property
    def timezone(self) -> ZoneInfo:
        """Return the timezone of the location."""
        return ZoneInfo(str(self.location.get("timezone", "Europe/Brussels")))

    @property
    def languages(self) -> list[str]:
        """Return the languages of the location, the first being the usual one."""
        languages: list[Any] = (self._config or {}).get("languages") or list(FALLBACK_LANGUAGES)
        return [str(language) for language in languages]

    @property
    def services(self) -> list[Json]:
        """Return the services for people without an appointment."""
        services: list[Json] = (self._config or {}).get("services") or []
        return services

    def offers(self, service: str, procedure: str) -> bool:
        """Tell whether somebody may come for this without an appointment."""
        return any(
            offered["code"] == service
            and offered["walk_in"]
            and procedure in {known["code"] for known in offered["procedures"]}
            for offered in self.services
        )

    def find_zone(self, service: str, procedure: str) -> tuple[str, str] | None:
        """Return code and name of the zone of those who come for this without an appointment, if the server told it."""
        for offered in self.services:
            for known in offered.get("procedures", []) if offered["code"] == service else []:
                if known["code"] == procedure and "zone" in known:
                    return str(known["zone"]), str(known.get("zone_name", ""))
        return None

    def now(self) -> datetime:
        """Return the hour at the location, by the server's clock as far as it is known."""
        return datetime.fromtimestamp(self._clock.server_time(), UTC).astimezone(self.timezone)

    def today(self) -> str:
        """Return the date at the location."""
        return self.now().date().isoformat()

    def choose_language(self, wished: str | None) -> str:
        """Return the wished language if the location has it, else its first."""
        return wished if wished in self.languages else self.languages[0]
