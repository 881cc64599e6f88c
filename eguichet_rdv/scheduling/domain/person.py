"""Who comes, before there is a row for them."""

import unicodedata
from dataclasses import dataclass

from eguichet_rdv.common.tokens import keyed_hash


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor as entered. ``birth_date`` is ISO text in which an unknown month or day is ``00``."""

    last_name: str = ""
    first_name: str = ""
    birth_date: str = ""
    email: str = ""
    phone: str = ""

    def guard_digest(self) -> str:
        """A keyed hash that recognises the same person without naming them; empty when too little is known."""
        if not (self.birth_date and self.last_name):
            return ""
        folded = unicodedata.normalize("NFKD", f"{self.first_name}|{self.last_name}").casefold()
        letters = "".join(sign for sign in folded if sign.isalnum() or sign == "|")
        return keyed_hash("person", f"{letters}|{self.birth_date}")
