"""The head's board: what needs a decision, and where each activity stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dondoc.domain.states import OccurrenceState
from dondoc.errors import Unreadable
from dondoc.services.links import Purpose
from dondoc.services.office import Office
from dondoc.services.overview import Detail, Overview, detail, overview
from dondoc.web.page import Page, Reply

_SHOWN = (
    OccurrenceState.CONSULTING,
    OccurrenceState.AGREED,
    OccurrenceState.LAUNCHED,
    OccurrenceState.CANCELLED,
    OccurrenceState.HELD,
    OccurrenceState.EVALUATED,
)


class BoardPage(Page):
    """`/bang/TOKEN`, or on a trial machine `/bang`"""

    takes_posts: ClassVar = False

    def __init__(self, office: Office, *, is_open: bool = False) -> None:
        super().__init__(office)
        self._is_open = is_open

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        plan_id = None if self._is_open else self.link(token, Purpose.BOARD).plan_id
        try:
            everything = overview(self.office, plan_id)
        except Unreadable:
            return Reply("board_empty")
        details = {
            line.key: detail(self.office, everything.plan_id, line.key)
            for line in everything.occurrences
            if line.state in _SHOWN
        }
        return Reply(
            "board",
            {"board": everything, "details": details, "decide": self._decide_urls(everything, details)},
        )

    def _decide_urls(self, everything: Overview, details: Mapping[str, Detail]) -> dict[str, str]:
        """Where the head decides about each occurrence that is under way."""
        now = self.office.clock.now()
        under_way = [key for key, found in details.items() if found.line.state is not OccurrenceState.CANCELLED]
        with self.office.sessions.writing() as session:
            return {
                key: self.office.links.decide(session, everything.plan_id, key, everything.head_address, now=now)
                for key in under_way
            }
