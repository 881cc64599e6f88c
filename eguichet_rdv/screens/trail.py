"""Which versions of the board a screen has been shown."""


class Trail:
    """Versions may overtake each other on the way; a hole that stays is a lost message."""

    def __init__(self) -> None:
        self.version = 0
        self._ahead: set[int] = set()

    @property
    def broken(self) -> bool:
        """Whether a version is missing below the newest."""
        return bool(self._ahead)

    @property
    def newest(self) -> int:
        """The highest version shown."""
        return max(self._ahead, default=self.version)

    def note(self, version: int) -> None:
        """A message with this version was shown."""
        if version > self.version:
            self._ahead.add(version)
        while self.version + 1 in self._ahead:
            self.version += 1
            self._ahead.discard(self.version)

    def restart(self, version: int) -> None:
        """The whole board was shown as of ``version``."""
        self.version = version
        self._ahead = {ahead for ahead in self._ahead if ahead > version}
        self.note(version)
