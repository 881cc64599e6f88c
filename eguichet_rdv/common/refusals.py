"""Refusals: a domain function that cannot do what it was asked says why, in the person's language."""

from typing import Any, ClassVar

from django.utils.functional import Promise


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error
    """Base of every typed refusal. ``code`` is for programs, ``sentence`` for people."""

    code: ClassVar[str] = "refused"
    sentence: str | Promise = ""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)
