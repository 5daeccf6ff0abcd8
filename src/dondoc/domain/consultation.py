"""Asking the units before an activity launches (III.1 "thống nhất ý kiến … trước khi triển khai").

A round asks about one version of the proposal. It is agreed when everyone has answered and nobody objects;
silence and objection are for the head to decide (assumption A4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.ids import OccurrenceId, RequestKey, UnitId
from dondoc.domain.plan import OnDay, PlannedOccurrence, Policy
from dondoc.domain.requests import Chase, Request, chase
from dondoc.domain.states import Decision, Outcome, RoundState, Verdict


@dataclass(frozen=True, slots=True)
class Round:
    """One round of asking; `verdicts` holds the opinion that counts of each unit that gave one."""

    occurrence: OccurrenceId
    number: int
    version: int
    due_at: datetime
    state: RoundState
    requests: tuple[Request, ...]
    verdicts: Mapping[UnitId, Verdict]
    ended: Outcome | None = None
    decision: Decision | None = None

    def waiting(self) -> tuple[UnitId, ...]:
        return tuple(r.unit for r in self.requests if r.unit not in self.verdicts)

    def objecting(self) -> tuple[UnitId, ...]:
        return tuple(r.unit for r in self.requests if self.verdicts.get(r.unit) is Verdict.OBJECT)

    def outcome(self, *, at_close: bool, silence: str) -> Outcome:
        """How it stands now, or, `at_close`, how it ends."""
        if self.objecting():
            return Outcome.OBJECTED if at_close or not self.waiting() else Outcome.WAITING
        if not self.waiting():
            return Outcome.AGREED
        if not at_close:
            return Outcome.WAITING
        return Outcome.AGREED if silence == "consent" else Outcome.SILENT


@dataclass(frozen=True, slots=True)
class Close:
    """End the round; anything but AGREED goes to the head."""

    outcome: Outcome


Action = Close | Chase


def next_actions(
    round_: Round,
    now: datetime,
    policy: Policy,
    calendar: WorkingCalendar,
    unreached: Collection[UnitId] = (),
    being_told: Collection[RequestKey] = (),
) -> Iterator[Action]:
    """Everything that should have been done about a round by `now` (Plan 2024, III.1).

    Repeating the call repeats the actions; the keys in the record make each happen once. An objector may still
    change its mind, so a round with an objection stays open until its deadline. `unreached` are the units whose
    contact takes no letters, `being_told` what letters are about that have still to leave or have left only today.
    """
    if round_.state is RoundState.OPEN:
        over = now >= round_.due_at
        outcome = round_.outcome(at_close=over, silence=policy.silence)
        if outcome is Outcome.AGREED or over:
            yield Close(outcome)
            if outcome is Outcome.AGREED:
                return
    elif round_.decision is not None or round_.ended is Outcome.AGREED:
        return
    for request in round_.requests:
        facts = {"unreached": request.unit in unreached, "being_told": request.key in being_told}
        if (said := chase(request, now.date(), policy.opinion, calendar, **facts)) is not None:
            yield said


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a round closes, and the day that its proposal names, if it names one."""

    due_at: datetime
    when: OnDay | None


def timetable(
    occurrence: PlannedOccurrence, now: datetime, policy: Policy, calendar: WorkingCalendar
) -> Timetable | None:
    """The deadline of a round opened at `now`, and the proposed day, moved when the planned one leaves no time.

    A unit has at least until the next working day, and the day proposed lies after the deadline. None means that
    what is left of the quarter (or window) has no room for it: the head must decide.
    """
    today = now.date()
    due = calendar.shift(today, policy.opinion.answer_within)
    if not isinstance(occurrence.when, OnDay):
        last_answer = calendar.shift(occurrence.last_day, -1)
        when, due = None, min(due, last_answer)
    else:
        day = occurrence.when.day
        if day <= calendar.shift(today, 1):
            day = min(calendar.shift(due, 2), calendar.on_or_before(occurrence.last_day))
        when = occurrence.when.model_copy(update={"day": day})
        due = min(due, calendar.shift(day, -1))
    if due <= today:
        return None
    return Timetable(closing(due, policy, now), when)


def beside_tet(occurrence: PlannedOccurrence, calendar: WorkingCalendar) -> PlannedOccurrence:
    """A day that the plan has in Tết gives way to the working days before and after it, the nearer one first (scenario
    25); any other day stays.
    """
    when = occurrence.when
    if not isinstance(when, OnDay) or not calendar.is_tet(when.day):
        return occurrence
    day = calendar.nearest(when.day)
    both = (calendar.on_or_before(when.day), calendar.on_or_after(when.day))
    others = tuple(other for other in both if other != day)
    return occurrence.model_copy(update={"when": when.model_copy(update={"day": day, "alternatives": others})})


def closing(day: date, policy: Policy, now: datetime) -> datetime:
    """The moment at which a deadline day ends, in the zone of `now`."""
    return datetime.combine(day, policy.close_at, tzinfo=now.tzinfo)
