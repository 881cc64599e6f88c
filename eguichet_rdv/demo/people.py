"""Invented people: common first and last names of the region, put together at random."""

from random import Random

from eguichet_rdv.scheduling.domain.person import Person

FIRST_NAMES = (
    "Adam", "Alice", "Anouk", "Arthur", "Camille", "Clara", "Élise", "Emma", "Hugo", "Ines", "Jules", "Julie",
    "Karim", "Lina", "Louis", "Lucas", "Manon", "Marie", "Mehdi", "Nathan", "Noah", "Olivier", "Pauline", "Sarah",
    "Simon", "Sofia", "Théo", "Victor", "Yasmine", "Zoé",
)  # fmt: skip
LAST_NAMES = (
    "Bastin", "Benali", "Collard", "Delvaux", "Dethier", "Dubois", "Dumont", "El Amrani", "Fontaine", "Gérard",
    "Hermann", "Jacquemin", "Janssens", "Kowalski", "Lambert", "Lemaire", "Léonard", "Maréchal", "Michel", "Moreau",
    "Noël", "Peeters", "Pirard", "Renard", "Rossi", "Schmitz", "Simonis", "Thomas", "Wouters", "Yilmaz",
)  # fmt: skip
LANGUAGES = {"fr": 80, "de": 9, "nl": 5, "en": 6}
FIRST_YEAR, LAST_YEAR = 1938, 2008


def invent_person(random: Random) -> Person:
    """Somebody who does not exist, without e-mail address or telephone: nothing is ever sent to them."""
    born = f"{random.randint(FIRST_YEAR, LAST_YEAR)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    return Person(random.choice(LAST_NAMES), random.choice(FIRST_NAMES), born)


def choose_language(random: Random) -> str:
    """The language somebody speaks, mostly French."""
    return random.choices(tuple(LANGUAGES), tuple(LANGUAGES.values()))[0]
