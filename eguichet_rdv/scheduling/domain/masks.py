"""Arithmetic on day masks: pure functions on integers in which bit i is the cell local midnight + i."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import compress
from typing import TypeVar

T = TypeVar("T")
MASK_BYTES = 38
"""300 cells, the longest local day, in whole bytes."""
_SIGNS = bytes.maketrans(b"01", b"\x00\x01")


def read_mask(stored: bytes | bytearray | memoryview) -> int:
    """The mask kept in a row."""
    return int.from_bytes(stored, "little")


def read_masks(stored: bytes | memoryview) -> list[int]:
    """Several masks stored one after the other."""
    view = memoryview(stored)
    return [read_mask(view[at : at + MASK_BYTES]) for at in range(0, len(view), MASK_BYTES)]


def write_mask(mask: int) -> bytes:
    """The mask as a row keeps it."""
    return mask.to_bytes(MASK_BYTES, "little")


def span(first: int, count: int) -> int:
    """The mask of ``count`` cells from ``first`` on."""
    return ((1 << count) - 1) << first if count > 0 else 0


def starts_of_runs(free: int, count: int) -> int:
    """From which cells ``count`` free cells follow one another, by doubling."""
    have = 1
    while have < count:
        shift = min(have, count - have)
        free &= free >> shift
        have += shift
    return free


@lru_cache(maxsize=4096)
def grid(opened: int, step: int) -> int:
    """Every ``step``-th cell of each open run, counted from its beginning."""
    marks = 0
    while opened:
        first = (opened & -opened).bit_length() - 1
        length = (~(opened >> first) & ((opened >> first) + 1)).bit_length() - 1
        for cell in range(first, first + length, step):
            marks |= 1 << cell
        opened &= ~span(first, length)
    return marks


def offered_starts(opened: int, taken: int, count: int, marks: int) -> int:
    """The starts worth offering: on ``marks`` (see ``grid``), or touching what is taken, so that no useless gap is cut.

    Nothing in it knows of days: many of them may lie side by side, a gap of ``count`` closed cells between two.
    """
    return starts_of_runs(opened & ~taken, count) & (marks | taken << 1 | taken >> count)


def pick(mask: int, values: Sequence[T]) -> list[T]:
    """Those of ``values`` whose bit is set; far quicker than asking bit by bit."""
    return list(compress(values, f"{mask:b}"[::-1].encode().translate(_SIGNS)))
