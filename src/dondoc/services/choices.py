"""What the head can decide about an occurrence as it stands: what its page offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dondoc.domain.states import OccurrenceState, RoundState
from dondoc.services.case import open_case
from dondoc.services.life import TAKES_ANOTHER
from dondoc.services.office import Office
from dondoc.store.life import rest_of
from dondoc.store.queries import latest_round, occurrences_in

_BY_STATE: Final[Mapping[OccurrenceState, tuple[str, ...]]] = {
    OccurrenceState.PLANNED: ("set-date", "postpone", "skip", "merge", "cancel"),
    OccurrenceState.CONSULTING: ("proceed", "revise", "postpone", "skip", "merge", "cancel"),
    OccurrenceState.AGREED: ("set-date", "postpone", "skip", "merge", "cancel"),
    OccurrenceState.LAUNCHED: ("held", "set-date", "postpone", "skip", "merge", "cancel"),
    OccurrenceState.POSTPONED: ("set-date", "skip", "merge", "cancel"),
    OccurrenceState.HELD: ("evaluate",),
}
_REOPENED = (OccurrenceState.CONSULTING, OccurrenceState.AGREED)


@dataclass(frozen=True, slots=True)
class Choices:
    """The words of `dondoc.services.acts` that fit, and what goes with them."""

    words: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    """Key and title of those with which it can be merged."""
    paused_because: str | None
    """Why its activity is paused; None while it is not."""


def choices(office: Office, plan_id: str, occurrence: str) -> Choices:
    """Raises Unreadable when there is no such plan or occurrence."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        rest = rest_of(session, plan_id, case.row.activity)
        last = latest_round(session, case.row)
        others = tuple(
            (row.key, case.plan.occurrence(row.key)[1].title)
            for row in occurrences_in(session, plan_id, TAKES_ANOTHER)
            if row.activity == case.row.activity and row.key != occurrence
        )
    words = [
        word
        for word in _BY_STATE.get(case.row.state, ())
        if (word != "merge" or others) and (word != "skip" or case.planned.quarter is not None)
    ]
    if last is not None and last.state is RoundState.CLOSED and case.row.state in _REOPENED:
        words.insert(words.index("cancel"), "reopen")
    if words:
        words.append("resume" if rest is not None else "pause")
    return Choices(tuple(words), others, rest.reason if rest is not None else None)
