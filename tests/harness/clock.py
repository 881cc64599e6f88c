"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The current time for code that takes « now » as an argument: ``clock()`` or ``clock.now``."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("A clock needs a time zone")
        self.now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        """Now, in UTC."""
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Move forward (or back); the new time."""
        self.now += by
        return self.now

    def set(self, to: datetime) -> datetime:
        """Move to a given time, in any zone."""
        self.now = to.astimezone(UTC)
        return self.now
