"""What has been told of problems, by whichever letter: the ladder's own, or the head's digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.escalation import REPORTED, Standing
from dondoc.domain.life import QUARTER_UNRESOLVED
from dondoc.domain.plan import Audience, Plan
from dondoc.domain.plan_policy import TO_HEAD
from dondoc.domain.states import ProblemState
from dondoc.store.history import note
from dondoc.store.life import is_about_resting
from dondoc.store.parts import in_parts
from dondoc.store.tables import ProblemRow


def unsettled(plan_id: str) -> Select[tuple[ProblemRow]]:
    """The problems that somebody may have to hear of.

    Of an activity that is paused only what a unit reports is told, and that its quarter ended.
    """
    return (
        select(ProblemRow)
        .where(
            ProblemRow.plan_id == plan_id,
            ProblemRow.state != ProblemState.RESOLVED,
            or_(ProblemRow.kind.in_((REPORTED, QUARTER_UNRESOLVED)), ~is_about_resting()),
        )
        .order_by(ProblemRow.id)
    )


def locked(session: Session, ids: Iterable[int]) -> Iterator[ProblemRow]:
    """The problems of these numbers in their order, a part of them in memory at a time."""
    for some in in_parts(ids):
        rows = session.scalars(select(ProblemRow).where(ProblemRow.id.in_(some)).with_for_update())
        known = {row.id: row for row in rows}
        yield from (known[number] for number in some)


def standing_of(plan: Plan, row: ProblemRow) -> Standing:
    ladder = plan.policy.ladder_of(row.kind) if plan.has_unit(row.unit) else TO_HEAD
    # What a letter of its own told the head stands at the top of the ladder.
    told = row.told if row.told or row.told_at is None else len(ladder)
    return Standing(
        severity=row.severity,
        state=row.state,
        raised_at=local(row.raised_at),
        ladder=ladder,
        told=told,
        told_at=local(row.told_at) if row.told_at else None,
        acknowledged_at=local(row.acknowledged_at) if row.acknowledged_at else None,
    )


def record_told(
    session: Session, plan: Plan, row: ProblemRow, to: Audience, letter: str, times: int, now: datetime
) -> None:
    """A letter told them; what was taken up before and told as stale is open again."""
    if row.state is ProblemState.ACKNOWLEDGED:
        about(session, row, now, "problem.stale", ProblemState.OPEN.value, f"acknowledged by {row.settled_by}")
        row.state, row.acknowledged_at, row.settled_by = ProblemState.OPEN, None, None
    about(session, row, now, "problem.told", to.value, f"{letter}, time {times}")
    count_told(plan, row, now)


def count_told(plan: Plan, row: ProblemRow, now: datetime) -> None:
    """One step further up the ladder, or one time more at its top."""
    row.told, row.told_at = standing_of(plan, row).told + 1, now
    row.held_because, row.held_until = None, None


def about(
    session: Session, row: ProblemRow, now: datetime, event: str, new: str | None = None, detail: str = ""
) -> None:
    """Write a line of history about a problem."""
    note(
        session,
        row.plan_id,
        now,
        event,
        occurrence=row.occurrence,
        unit=row.unit,
        old=row.key,
        new=new,
        detail=detail,
    )
