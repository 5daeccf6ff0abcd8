"""Long lists in parts: SQLite takes at most 32,766 values in one statement, and a cluster may have more units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

LONGEST: Final = 1000


def in_parts(things: Iterable[T], longest: int = LONGEST) -> Iterator[list[T]]:
    """The things in their order, at most `longest` at a time; nothing when there are none."""
    rest = iter(things)
    while part := list(islice(rest, longest)):
        yield part
