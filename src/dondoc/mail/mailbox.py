"""Mail in, from wherever it is kept: read and never changed, message by message from where the last look ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, Self

LARGEST = 25 * 1024 * 1024
"""Bytes beyond which only the headers are fetched."""
LARGEST_HEADERS = 256 * 1024


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next look goes on. Only the mailbox that made it knows what it says."""

    position: str

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(text)

    def __str__(self) -> str:
        return self.position


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as it is kept there."""

    source: str
    """Where it is: the same message there always has the same source, and no other has it."""
    cursor_after: Cursor
    content: bytes = field(repr=False)
    received_at: datetime | None
    """When it came into the mailbox, with a zone."""
    is_whole: bool = True
    """False: it is larger than `LARGEST`, and `content` holds its headers only."""


class Mailbox(Protocol):
    """Somewhere that mail arrives."""

    def fetch(self, cursor: Cursor | None, limit: int) -> Iterator[Fetched]:
        """At most `limit` messages behind `cursor`, None: from the first, in a lasting order.

        A caller who keeps `cursor_after` together with the message misses none and keeps none twice, whenever it is
        stopped. A rebuilt mailbox is read anew; going back to an older cursor, or to None, is always safe for who
        knows the sources or digests that it has. Raises Unreachable, what was yielded before stands.
        """
        ...
