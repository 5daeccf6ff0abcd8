"""The scoreboard of a plan (III.1 "đánh giá"): what was asked of each unit in a quarter or a year, and what came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import ZONE, local
from dondoc.documents.workbook import ScoreRow
from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Plan, quarter_days
from dondoc.domain.scoreboard import Fact, Score, Standing, Turnout, score
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState
from dondoc.errors import Unreadable
from dondoc.services.office import Office
from dondoc.services.people_overview import gathering
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import OccurrenceRow, RequestRow, ResponseRow

_OVER = (OccurrenceState.HELD, OccurrenceState.EVALUATED)


@dataclass(frozen=True, slots=True)
class Scoreboard:
    plan_id: str
    title: str
    first: date
    last: date
    names: dict[UnitId, str]
    scores: tuple[Score, ...]


def scoreboard(office: Office, plan_id: str | None, quarter: str | None = None) -> Scoreboard:
    """Everything that was asked in the quarter (`2024-Q3`), or in the whole year.

    Raises Unreadable for a quarter that is none, or a plan that there is not.
    """
    now = office.clock.now()
    with office.sessions.reading() as session:
        plan = plan_of(find_plan(session, plan_id))
        first, last = _period(plan, quarter)
        facts = list(_facts(office, session, plan, first, last, now))
        over = session.scalars(
            select(OccurrenceRow.key).where(OccurrenceRow.plan_id == plan.id, OccurrenceRow.state.in_(_OVER))
        ).all()
    turnouts = [turnout for key in over for turnout in _turnouts(office, plan, key, first, last)]
    head = plan.head_on(now.date()).unit
    units = [unit for unit in plan.members_on(now.date()) if unit.id != head]
    return Scoreboard(
        plan_id=plan.id,
        title=plan.title,
        first=first,
        last=last,
        names={unit.unit_id: unit.name_on(now.date()).short for unit in units},
        scores=tuple(score(unit.unit_id, facts, turnouts) for unit in units),
    )


def score_rows(found: Scoreboard) -> list[ScoreRow]:
    """The same for Excel."""
    return [
        ScoreRow(
            number=n,
            unit=found.names[one.unit],
            asked=one.asked,
            in_time=one.in_time,
            paid_in_time=one.paid,
            quota_met=one.named,
            assignments_done=one.assigned,
            attendance=one.attendance,
            evidence=one.evidence,
        )
        for n, one in enumerate(found.scores, start=1)
    ]


def _period(plan: Plan, quarter: str | None) -> tuple[date, date]:
    if quarter is None:
        return date(plan.year, 1, 1), date(plan.year, 12, 31)
    try:
        return quarter_days(quarter)
    except (ValueError, KeyError):
        raise Unreadable(f"{quarter!r} is not a quarter such as {plan.year}-Q3") from None


def _facts(office: Office, session: Session, plan: Plan, first: date, last: date, now: datetime) -> Iterator[Fact]:
    begin, end = datetime.combine(first, time.min, ZONE), datetime.combine(last, time.max, ZONE)
    answered = (
        select(ResponseRow.request_id, func.min(ResponseRow.received_at).label("at"))
        .group_by(ResponseRow.request_id)
        .subquery()
    )
    rows = session.execute(
        select(RequestRow, answered.c.at)
        .outerjoin(answered, answered.c.request_id == RequestRow.id)
        .where(RequestRow.plan_id == plan.id, RequestRow.asked_at >= begin, RequestRow.asked_at <= end)
        .order_by(RequestRow.id)
    )
    for row, first_answer in rows.tuples():
        at = first_answer if row.kind is RequestKind.OPINION else row.settled_at
        if row.state is RequestState.WITHDRAWN and first_answer is None:
            if row.kind is RequestKind.OPINION and row.settled_at is not None and row.settled_at >= row.due_at:
                yield Fact(UnitId(row.unit), row.kind, Standing.MISSING, None, row.key)
            continue
        standing = _standing(at, row.due_at, now)
        days = office.calendar.working_days_between(local(row.asked_at).date(), local(at).date()) if at else None
        yield Fact(UnitId(row.unit), row.kind, standing, days, row.key)


def _standing(at: datetime | None, due_at: datetime, now: datetime) -> Standing:
    if at is not None:
        return Standing.IN_TIME if at <= due_at else Standing.LATE
    return Standing.MISSING if now > due_at else Standing.OPEN


def _turnouts(office: Office, plan: Plan, occurrence: str, first: date, last: date) -> Sequence[Turnout]:
    activity, planned = plan.occurrence(occurrence)
    if activity.quota is None or not first <= planned.last_day <= last:
        return ()
    found = gathering(office, plan.id, occurrence)
    if not found.is_marked:
        return ()
    return [
        Turnout(UnitId(unit.unit), unit.attendance.came, activity.quota.each, f"attendance/{occurrence}/{unit.unit}")
        for unit in found.units
    ]
