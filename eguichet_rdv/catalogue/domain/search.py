"""A search that forgives: accents, typing errors, another language, people's own words."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from eguichet_rdv.catalogue.domain.listing import ListedProcedure, ListedService, list_catalogue
from eguichet_rdv.catalogue.domain.search_words import SMALL_WORDS, SYNONYMS

MOST_RESULTS = 20
LEAST_SCORE = 62.0
SHORTEST_PART = 3
"""A shorter word counts only when it is found whole."""
LEAST_LIKENESS = 78.0
"""How alike (0–100) two words are at least, for one to be a typing error of the other."""
NAME, CODE, OTHER_LANGUAGE, SERVICE, SUMMARY = 1.0, 0.95, 0.92, 0.85, 0.8
SYNONYM = 0.97
SPELLINGS = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": "'"})


class Found(NamedTuple):
    """One answer; ``listed`` is ``None`` when the service itself, without appointments, is the answer."""

    service: ListedService
    listed: ListedProcedure | None
    score: float


class _Field(NamedTuple):
    words: tuple[str, ...]
    weight: float


def split_words(text: str) -> tuple[str, ...]:
    """The words of ``text`` in small letters, without accents and without small words (unless nothing else is left)."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(SPELLINGS))
    words = re.findall(r"[^\W_]+", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    return tuple(word for word in words if word not in SMALL_WORDS) or tuple(words)


def find_procedures(text: str, language: str, services: Sequence[ListedService] | None = None) -> list[Found]:
    """What of ``services`` (by default all offered) answers ``text``, best first.

    Texts of every language are searched, those in ``language`` count more.
    """
    queries = _list_queries(split_words(text), language)
    if not queries:
        return []
    found = [
        Found(service, listed, score)
        for service in (list_catalogue(language) if services is None else services)
        for listed, fields in _read_fields(service, language)
        if (score := max(weight * _rate(query, fields) for query, weight in queries)) >= LEAST_SCORE
    ]
    # Sorting is stable: at equal score the order of the catalogue stays.
    return sorted(found, key=lambda answer: -answer.score)[:MOST_RESULTS]


def _list_queries(words: tuple[str, ...], language: str) -> list[tuple[tuple[str, ...], float]]:
    """The words as typed, and with what they may mean; the person's own language counts a little more."""
    if not words:
        return []
    queries = [(words, 1.0)]
    for code, table in SYNONYMS.items():
        weight = SYNONYM if code == language else SYNONYM - 0.02
        for typed, meanings in table.items():
            rest = _remove(tuple(typed.split()), words)
            if rest is not None:
                queries.extend(((*meaning.split(), *rest), weight) for meaning in meanings)
    return queries


def _remove(some: tuple[str, ...], words: tuple[str, ...]) -> tuple[str, ...] | None:
    """``words`` without ``some``, or ``None`` when not all of ``some`` are (nearly) in it."""
    rest = list(words)
    for word in some:
        match = next(
            (other for other in rest if _compare(other, word) >= LEAST_LIKENESS and other[:1] == word[:1]), None
        )
        if match is None:
            return None
        rest.remove(match)
    return tuple(rest)


def _read_fields(service: ListedService, language: str) -> Iterable[tuple[ListedProcedure | None, list[_Field]]]:
    names = _read_texts(service.service.labels | service.service.label_overrides, language, SERVICE)
    summaries = _read_texts(service.service.summaries, language, SUMMARY)
    if not service.procedures:
        own = [_Field(field.words, field.weight / SERVICE) for field in names]
        yield None, [*own, *summaries, _Field(split_words(service.where), SUMMARY)]
    for listed in service.procedures:
        texts, overrides = listed.procedure.texts, listed.procedure.text_overrides
        yield (
            listed,
            [
                *_read_texts(texts.get("label", {}) | overrides.get("label", {}), language, NAME),
                *_read_texts(texts.get("summary", {}), language, SUMMARY),
                _Field(split_words(listed.procedure.code), CODE),
                *names,
            ],
        )


def _read_texts(texts: dict[str, str], language: str, weight: float) -> list[_Field]:
    return [
        _Field(split_words(text), weight if code == language else weight * OTHER_LANGUAGE)
        for code, text in texts.items()
    ]


def _rate(query: tuple[str, ...], fields: list[_Field]) -> float:
    """0–100: how well the fields answer every word of the query; a field that has them all is preferred."""
    spread = [max((field.weight * _find(word, field.words) for field in fields), default=0.0) for word in query]
    if min(spread) < LEAST_LIKENESS * SUMMARY * OTHER_LANGUAGE * SERVICE:
        return 0.0
    together = max(
        (field.weight * sum(_find(word, field.words) for word in query) / len(query) for field in fields), default=0.0
    )
    # A little more for a field that says nothing else.
    exact = max(
        (field.weight * len(query) / max(len(field.words), len(query)) for field in fields if field.words), default=0.0
    )
    return 0.45 * sum(spread) / len(query) + 0.5 * together + 5 * exact


def _find(word: str, words: tuple[str, ...]) -> float:
    return max((_compare(word, other) for other in words), default=0.0)


def _compare(word: str, other: str) -> float:
    """0–100: the same, the beginning, a part of a compound, or a typing error of ``other``."""
    if word == other:
        return 100.0
    if len(word) < SHORTEST_PART or word.isdigit() or other.isdigit():
        return 0.0
    if other.startswith(word):
        return 96.0
    if word in other and len(word) > SHORTEST_PART:
        return 88.0
    likeness = fuzz.ratio(word, other)
    if len(word) > SHORTEST_PART and likeness >= LEAST_LIKENESS:
        return likeness * 0.95
    return 0.0
