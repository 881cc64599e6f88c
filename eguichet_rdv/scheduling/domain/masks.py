"""Arithmetic on day masks: pure functions on integers in which bit i is the cell local midnight + i."""

from collections.abc import Iterator
from functools import lru_cache

MASK_BYTES = 38
"""300 cells, the longest local day, in whole bytes."""


def read_mask(stored: bytes | memoryview) -> int:
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


def offered_starts(opened: int, taken: int, count: int, step: int) -> int:
    """The starts worth offering: on the grid of the period, or touching what is taken, so that no useless gap is cut."""
    free = opened & ~taken
    return starts_of_runs(free, count) & (grid(opened, step) | taken << 1 | taken >> count)


def bits(mask: int) -> Iterator[int]:
    """The set bits, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
