"""Handing the cluster over when its head is another (III.1; scenario 19): authority is dated, problems move over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.plan import Head, Plan
from dondoc.domain.plan_policy import TO_HEAD
from dondoc.domain.states import ProblemState
from dondoc.services.head_letters import plan_started
from dondoc.services.links import HEADS_OWN, revoke_of
from dondoc.services.office import Office
from dondoc.store.history import note
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.tables import CursorRow, HistoryRow, PlanRow, ProblemRow


def keep_head(office: Office) -> None:
    """Hand over every cluster whose head is not the one of the last time; the first look only remembers.

    Who has taken over stays when the clock goes back.
    """
    now = office.clock.now()
    with office.sessions.reading() as session:
        changed = [
            row.id
            for row in active_plans(session)
            if _known(session, row.id) != _mark(_head(row, now)) and not _changed_after(session, row.id, now)
        ]
    for plan_id in changed:
        with office.sessions.writing() as session:
            _hand_over(office, session, session.get_one(PlanRow, plan_id), now)


def _hand_over(office: Office, session: Session, row: PlanRow, now: datetime) -> None:
    plan, head, known = plan_of(row), _head(row, now), _known(session, row.id)
    session.merge(CursorRow(name=_cursor(row.id), position=_mark(head)))
    if known is None or known == _mark(head):
        return
    _, _, old = known.partition(" ")
    reads_still = {head.email, plan.reader_on(now.date()).email}
    if old not in reads_still:
        revoke_of(session, plan.id, old, HEADS_OWN, "another head", now)
    moved = _move_problems(session, plan, now)
    note(session, plan.id, now, "head.changed", old=known, new=_mark(head), detail=f"{moved} problems move over")
    office.post(session, plan.id, [plan_started(office, session, plan, row, now, again=True)], now)


def _move_problems(session: Session, plan: Plan, now: datetime) -> int:
    """What is not resolved is told to the new head as if it were new; what the old one had taken up is open again."""
    rows = session.scalars(
        select(ProblemRow).where(ProblemRow.plan_id == plan.id, ProblemRow.state != ProblemState.RESOLVED)
    ).all()
    for row in rows:
        ladder = plan.policy.ladder_of(row.kind) if plan.has_unit(row.unit) else TO_HEAD
        row.told = min(row.told, len(ladder) - 1)
        row.told_at = now if row.told else None
        row.held_because = row.held_until = None
        if row.state is ProblemState.ACKNOWLEDGED:
            row.state, row.acknowledged_at, row.settled_by = ProblemState.OPEN, None, None
    return len(rows)


def _head(row: PlanRow, now: datetime) -> Head:
    return plan_of(row).head_on(now.date())


def _mark(head: Head) -> str:
    return f"{head.unit} {head.email}"


def _cursor(plan_id: str) -> str:
    return f"head/{plan_id}"


def _changed_after(session: Session, plan_id: str, now: datetime) -> bool:
    later = select(HistoryRow.id).where(
        HistoryRow.plan_id == plan_id, HistoryRow.event == "head.changed", HistoryRow.at > now
    )
    return session.scalar(later.limit(1)) is not None


def _known(session: Session, plan_id: str) -> str | None:
    row = session.get(CursorRow, _cursor(plan_id))
    return row.position if row is not None else None
