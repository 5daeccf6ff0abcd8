"""Where a plan's occurrences stand, in the few words that a digest has for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.plan import Plan
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState
from dondoc.mail.letters_digest import AheadView, OwedView, ToDecideView, UnderWayView
from dondoc.services.office import Office
from dondoc.services.overview import OccurrenceLine
from dondoc.services.views import short_title_of
from dondoc.store.tables import OccurrenceRow, RequestRow

_UNDER_WAY = (
    OccurrenceState.CONSULTING,
    OccurrenceState.AGREED,
    OccurrenceState.LAUNCHED,
    OccurrenceState.POSTPONED,
    OccurrenceState.HELD,
)


def to_decide(
    office: Office, session: Session, plan: Plan, stands: Sequence[OccurrenceLine], address: str, now: datetime
) -> tuple[ToDecideView, ...]:
    """The occurrences of which the head must say how they go on."""
    return tuple(
        ToDecideView(
            title=_title(plan, line),
            objecting=line.objecting,
            silent=line.silent if line.closed_at else 0,
            closed_at=line.closed_at,
            url=office.links.decide(session, plan.id, line.key, address, now=now),
        )
        for line in stands
        if line.needs_decision
    )


def under_way(session: Session, plan: Plan, stands: Sequence[OccurrenceLine]) -> tuple[UnderWayView, ...]:
    """What was begun and is not over: what was held only while somebody owes something for it."""
    owed = _owed(session, plan.id)
    return tuple(
        UnderWayView(_title(plan, line), line.state, line.when_text, _of(line.state, owed[line.key]))
        for line in stands
        if line.state in _UNDER_WAY
        and (line.state is not OccurrenceState.HELD or any(one.due_at for one in owed[line.key]))
    )


def ahead(plan: Plan, stands: Sequence[OccurrenceLine], day: date, days: int) -> tuple[AheadView, ...]:
    """About what the units will be asked soon."""
    until = day + timedelta(days=days)
    return tuple(
        AheadView(_title(plan, line), line.when_text, line.consult_on)
        for line in stands
        if line.state is OccurrenceState.PLANNED and line.consult_on <= until
    )


def whole_year(plan: Plan, stands: Sequence[OccurrenceLine]) -> tuple[UnderWayView, ...]:
    return tuple(UnderWayView(_title(plan, line), line.state, line.when_text) for line in stands)


def _title(plan: Plan, line: OccurrenceLine) -> str:
    return short_title_of(*plan.occurrence(line.key))


def _of(state: OccurrenceState, owed: list[OwedView]) -> tuple[OwedView, ...]:
    """While the units are asked for their opinion that is what counts; afterwards it is everything else."""
    asks = state is OccurrenceState.CONSULTING
    return tuple(one for one in owed if (one.kind is RequestKind.OPINION) == asks)


def _owed(session: Session, plan_id: str) -> dict[str, list[OwedView]]:
    """What was asked for each occurrence, by its key."""
    is_open = RequestRow.state == RequestState.OPEN
    rows = session.execute(
        select(
            OccurrenceRow.key,
            RequestRow.kind,
            func.count().label("asked"),
            func.sum(case((is_open, 0), else_=1)).label("given"),
            func.min(case((is_open, RequestRow.due_at))).label("due_at"),
        )
        .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
        .where(RequestRow.plan_id == plan_id, RequestRow.state != RequestState.WITHDRAWN)
        .group_by(OccurrenceRow.key, RequestRow.kind)
        .order_by(func.min(RequestRow.id))
    )
    found: dict[str, list[OwedView]] = defaultdict(list)
    for row in rows:
        due_at = local(row.due_at) if row.due_at else None
        found[row.key].append(OwedView(row.kind, row.asked, int(row.given), due_at))
    return found
