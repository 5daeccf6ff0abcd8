"""Letters out: the whole outbox is drained; no letter is ever retried by itself."""

from __future__ import annotations

from dataclasses import dataclass

from dondoc.runtime import Dondoc
from dondoc.services.deliver import Delivered
from dondoc.store.outbox import Claimed
from tasks.run import Named, repeatable

LISTED = 200
"""How many lines a page shows at most; the rest are counted."""


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that left in this run."""

    about: Named | None
    address: str
    subject: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What draining the outbox did, and the first letters that left."""

    delivered: Delivered
    letters: tuple[SentLetter, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.delivered == Delivered(waiting=self.delivered.waiting)

    def about(self, occurrence: Named) -> tuple[SentLetter, ...]:
        return tuple(letter for letter in self.letters if letter.about == occurrence)


@repeatable("drain-the-outbox")
def drain_the_outbox(dondoc: Dondoc) -> Posted:
    """Send whatever waits. A retry takes what still waits; a letter whose fate is unknown stays with the head."""
    letters: list[SentLetter] = []

    def keep(row: Claimed) -> None:
        if len(letters) < LISTED:
            about = Named(row.plan_id, row.occurrence) if row.occurrence else None
            letters.append(SentLetter(about, row.address, row.subject))

    return Posted(dondoc.deliver(on_sent=keep), tuple(letters))
