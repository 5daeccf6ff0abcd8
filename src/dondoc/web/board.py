"""The head's board: what needs a decision, and where each activity stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlsplit

from dondoc.errors import Unreadable
from dondoc.services.incidents import standing_incidents
from dondoc.services.links import Purpose
from dondoc.services.office import Office
from dondoc.services.overview import Board, board
from dondoc.services.scoreboard import scoreboard
from dondoc.store.queries import find_plan, plan_of
from dondoc.web.page import Gone, Page, Reply, see


class BoardPage(Page):
    """`/bang/TOKEN`, or on a trial machine `/bang`.

    Looking writes nothing. With `?quyet-dinh=OCCURRENCE`, `?to-chuc=OCCURRENCE`, `?ket-qua=OCCURRENCE`,
    `?van-de=PROBLEM` or `?thu-chi` it leads on to the page on which that is decided: only then a link is issued, for
    the address to which the board itself was sent, so that the record names who decided.
    """

    takes_posts: ClassVar = False

    def __init__(self, office: Office, *, is_open: bool = False) -> None:
        super().__init__(office)
        self._is_open = is_open

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        link = None if self._is_open else self.link(token, Purpose.BOARD)
        try:
            found = board(self.office, link.plan_id if link else None)
        except Unreadable:
            return Reply("board_empty")
        if query.keys() & {"quyet-dinh", "van-de", "thu-chi", "to-chuc", "ket-qua"}:
            return self._lead_on(found, link.address if link else self._reader(found), query)
        if "danh-gia" in query:
            return Reply("scoreboard", {"found": scoreboard(self.office, found.overview.plan_id)})
        with self.office.sessions.reading() as session:
            incidents = standing_incidents(session, self.office.clock.now())
        return Reply("board", {"board": found.overview, "details": found.details, "incidents": incidents})

    def _lead_on(self, found: Board, address: str, query: Mapping[str, str]) -> Reply:
        plan_id, now = found.overview.plan_id, self.office.clock.now()
        occurrence, problem = query.get("quyet-dinh", ""), query.get("van-de", "")
        with self.office.sessions.writing() as session:
            if "thu-chi" in query:
                url = self.office.links.money(session, plan_id, address, now=now)
            elif query.get("to-chuc", "") in found.details:
                url = self.office.links.people(session, plan_id, query["to-chuc"], address, now=now)
            elif query.get("ket-qua") in found.details:
                url = self.office.links.results(session, plan_id, query["ket-qua"], address, now=now)
            elif occurrence in {line.key for line in found.overview.occurrences}:
                url = self.office.links.decide(session, plan_id, occurrence, address, now=now)
            elif problem in {line.key for line in found.overview.problems}:
                url = self.office.links.problem(session, plan_id, problem, address, now=now)
            else:
                raise Gone("unknown")
        return see(urlsplit(url).path)

    def _reader(self, found: Board) -> str:
        with self.office.sessions.reading() as session:
            plan = plan_of(find_plan(session, found.overview.plan_id))
        return plan.reader_on(self.office.clock.now().date()).email
