"""What is not well with an occurrence's time: it is not known when it should be, or it has passed unsaid (R7, R20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from dondoc.domain.gathering import Dated, dates_of
from dondoc.domain.plan import PlannedOccurrence
from dondoc.domain.proposal import Proposal
from dondoc.domain.states import OccurrenceState

PLACE_UNKNOWN: Final = "place_unknown"
NOT_CONFIRMED_HELD: Final = "not_confirmed_held"
QUARTER_UNRESOLVED: Final = "quarter_unresolved"
ABOUT_TIME: Final = (PLACE_UNKNOWN, NOT_CONFIRMED_HELD, QUARTER_UNRESOLVED)

_BEFORE = (OccurrenceState.PLANNED, OccurrenceState.CONSULTING, OccurrenceState.AGREED)
_AHEAD = (*_BEFORE, OccurrenceState.LAUNCHED)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Something that the head must say; `day` is the one that has passed, or by which it was to be known."""

    kind: str
    day: date


def unresolved(
    state: OccurrenceState,
    proposal: Proposal,
    planned: PlannedOccurrence,
    today: date,
    *,
    known_by: date | None = None,
    is_paused: bool = False,
) -> Unresolved | None:
    """The one thing that the head is asked about an occurrence's time; None when all is well.

    `known_by`: by when a time and place that others announce are due (15 May by the plan's policy). While its
    activity is paused, only the end of a quarter is brought up (R20: it cannot end unresolved in silence).
    """
    if state not in _AHEAD:
        return None
    dates = dates_of(proposal, planned)
    last = dates.last if isinstance(dates, Dated) else planned.last_day
    if planned.quarter is not None and today > max(last, planned.last_day):
        return Unresolved(QUARTER_UNRESOLVED, planned.last_day)
    if is_paused:
        return None
    over = last if state is OccurrenceState.LAUNCHED else max(last, planned.last_day)
    if today > over:
        return Unresolved(NOT_CONFIRMED_HELD, over)
    if state in _BEFORE and known_by is not None and today > known_by and not proposal.is_settled(planned):
        return Unresolved(PLACE_UNKNOWN, known_by)
    return None
