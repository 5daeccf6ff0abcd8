"""The figures that a monitoring system watches, read from the record: every process tells the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from dondoc.domain.accounts import AccountKind
from dondoc.domain.states import MessageState, ProblemState
from dondoc.store.outbox import due
from dondoc.store.runs import last_runs
from dondoc.store.tables import LetterRow, MessageRow, ProblemRow, RequestRow
from dondoc.store.tables_money import DueRow, PostingRow
from dondoc.store.tables_runs import Work


@dataclass(frozen=True, slots=True)
class Owed:
    """What units still owe of one plan's dues, in đồng."""

    plan_id: str
    open: int
    overdue: int
    """The part of it that should have come by now."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts, by what they are counted by."""

    letters: Mapping[tuple[str, str], int]
    """By state and kind."""
    oldest_due_seconds: float
    """How long the oldest letter that may leave has been waiting; 0 when none waits."""
    requests: Mapping[tuple[str, str], int]
    """By kind and state."""
    problems: Mapping[tuple[str, str], int]
    """Those that are not resolved, by kind and severity."""
    replies_held: int
    owed: tuple[Owed, ...]
    last_runs: Mapping[Work, datetime]


def figures(session: Session, now: datetime) -> Figures:
    oldest = session.scalar(select(func.min(LetterRow.created_at)).where(*due(now)))
    letters = select(LetterRow.state, LetterRow.kind, func.count()).group_by(LetterRow.state, LetterRow.kind)
    requests = select(RequestRow.kind, RequestRow.state, func.count()).group_by(RequestRow.kind, RequestRow.state)
    problems = (
        select(ProblemRow.kind, ProblemRow.severity, func.count())
        .where(ProblemRow.state != ProblemState.RESOLVED)
        .group_by(ProblemRow.kind, ProblemRow.severity)
    )
    held = select(func.count()).select_from(MessageRow).where(MessageRow.state == MessageState.HELD)
    return Figures(
        letters={(state.value, kind): count for state, kind, count in session.execute(letters).tuples()},
        oldest_due_seconds=(now - oldest).total_seconds() if oldest else 0.0,
        requests={(kind.value, state.value): count for kind, state, count in session.execute(requests).tuples()},
        problems={(kind, severity.value): count for kind, severity, count in session.execute(problems).tuples()},
        replies_held=session.scalar(held) or 0,
        owed=_owed(session, now),
        last_runs=last_runs(session),
    )


def _owed(session: Session, now: datetime) -> tuple[Owed, ...]:
    balances = (
        select(PostingRow.plan_id, PostingRow.item, func.sum(PostingRow.amount).label("lacks"))
        .where(PostingRow.account == AccountKind.RECEIVABLE)
        .group_by(PostingRow.plan_id, PostingRow.item)
        .subquery()
    )
    late = func.sum(case((RequestRow.due_at < now, balances.c.lacks), else_=0))
    rows = session.execute(
        select(balances.c.plan_id, func.sum(balances.c.lacks), late)
        .join(DueRow, (DueRow.plan_id == balances.c.plan_id) & (DueRow.key == balances.c.item))
        .outerjoin(RequestRow, RequestRow.id == DueRow.request_id)
        .group_by(balances.c.plan_id)
        .order_by(balances.c.plan_id)
    )
    return tuple(Owed(plan_id, int(lacks), int(overdue)) for plan_id, lacks, overdue in rows)
