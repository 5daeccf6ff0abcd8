"""The head's board: what needs a decision, and where each activity stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final
from urllib.parse import quote, urlsplit

from dondoc.services.incidents import standing_incidents
from dondoc.services.links import Purpose
from dondoc.services.overview import Board, board
from dondoc.services.scoreboard import scoreboard
from dondoc.web.page import Gone, Page, Reply, see
from dondoc.web.visit import Visit

_LEADS: Final = {
    "thu-chi": Purpose.MONEY,
    "to-chuc": Purpose.PEOPLE,
    "ket-qua": Purpose.RESULTS,
    "quyet-dinh": Purpose.DECIDE,
    "van-de": Purpose.PROBLEM,
}
"""The pages that the board leads on to, by the word in its address."""


class BoardPage(Page):
    """`/bang/TOKEN`, for who signed in `/ke-hoach/PLAN/bang`, on a trial machine `/bang`.

    Looking writes nothing. With `?quyet-dinh=OCCURRENCE`, `?to-chuc=OCCURRENCE`, `?ket-qua=OCCURRENCE`,
    `?van-de=PROBLEM` or `?thu-chi` it leads on to the page on which that is decided. Whoever came by a letter is given
    a link of the same address only then, so that the record names who decided.
    """

    path: ClassVar = "bang"
    purpose: ClassVar = Purpose.BOARD

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        found = board(self.office, visit.plan_id)
        if (word := next((word for word in _LEADS if word in query), None)) is not None:
            return self._lead_on(found, visit, word, query[word])
        if "danh-gia" in query:
            return Reply("scoreboard", {"found": scoreboard(self.office, found.overview.plan_id)})
        with self.office.sessions.reading() as session:
            incidents = standing_incidents(session, self.office.clock.now())
        return Reply("board", {"board": found.overview, "details": found.details, "incidents": incidents})

    def _lead_on(self, found: Board, visit: Visit, word: str, subject: str) -> Reply:
        purpose = _LEADS[word]
        if purpose is Purpose.MONEY:
            subject = purpose.value
        elif subject not in _subjects(found, purpose):
            raise Gone("unknown")
        if visit.is_signed_in:
            end = "" if purpose is Purpose.MONEY else f"/{quote(subject)}"
            return see(f"/ke-hoach/{visit.plan_id}/{word}{end}")
        with self.office.sessions.writing() as session:
            url = self.office.links.for_head(
                session, visit.plan_id, purpose, subject, visit.address, now=self.office.clock.now()
            )
        return see(urlsplit(url).path)


def _subjects(found: Board, purpose: Purpose) -> set[str]:
    """What the board knows of that a page of this kind can be about."""
    match purpose:
        case Purpose.PEOPLE | Purpose.RESULTS:
            return set(found.details)
        case Purpose.DECIDE:
            return {line.key for line in found.overview.occurrences}
        case _:
            return {line.key for line in found.overview.problems}
