"""Following up whatever a unit owes (III.1 "theo dõi, đôn đốc"): one set of rules for every kind of request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.ids import OccurrenceId, RequestKey, UnitId
from dondoc.domain.plan import RequestPolicy
from dondoc.domain.states import RequestKind, RequestState


def request_key(kind: RequestKind, occurrence: str, unit: str) -> RequestKey:
    return RequestKey(f"{kind.value}/{occurrence}/{unit}")


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked of one unit, and what was said about it so far."""

    key: RequestKey
    kind: RequestKind
    occurrence: OccurrenceId
    unit: UnitId
    round: int
    asked_on: date
    due_on: date
    state: RequestState
    reminded: int = 0
    reminded_stage: int | None = None
    reminded_on: date | None = None
    secretary_told_on: date | None = None
    is_held: bool = False
    """Whether an answer waits for a person to read it."""


@dataclass(frozen=True, slots=True)
class Remind:
    """Remind the unit for the `number`-th time; `missed` stages fell due unsaid and stay unsaid."""

    request: Request
    number: int
    stage: int
    missed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TellSecretary:
    """Tell the unit's secretary that its contact does not answer."""

    request: Request


Chase = Remind | TellSecretary


def chase(
    request: Request,
    today: date,
    policy: RequestPolicy,
    calendar: WorkingCalendar,
    *,
    unreached: bool = False,
    being_told: bool = False,
) -> Chase | None:
    """What is due to be said to a unit that still owes, at most one thing a day.

    After a time of silence on our side only the latest reminder is said, never all that were missed.
    While a letter about it is `being_told`, because it has still to leave or has left only today, nothing is added,
    whenever that letter was written. Nothing is said on a day off; the next working day says it. A contact that is
    `unreached`, because no letter gets there, is not reminded: its secretary is told at once.
    """
    if request.state is not RequestState.OPEN or request.is_held or not calendar.is_working(today):
        return None
    if unreached:
        return TellSecretary(request) if request.secretary_told_on is None else None
    if being_told:
        return None
    if today <= max(filter(None, (request.asked_on, request.reminded_on, request.secretary_told_on))):
        return None  # earlier than the last word is today only when the clock has gone back
    if (
        policy.secretary_after is not None
        and request.reminded >= policy.secretary_after
        and request.secretary_told_on is None
    ):
        return TellSecretary(request)
    due = [
        stage
        for stage in policy.remind
        if request.asked_on < calendar.shift(request.due_on, stage) <= today
        and (request.reminded_stage is None or stage > request.reminded_stage)
    ]
    if not due:
        return None
    return Remind(request, number=request.reminded + 1, stage=due[-1], missed=tuple(due[:-1]))
