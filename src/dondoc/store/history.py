"""The append-only history, and the problems that stand out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from dondoc.domain.states import Channel, ProblemState, Severity
from dondoc.store.database import happened
from dondoc.store.parts import in_parts
from dondoc.store.tables import HistoryRow, ProblemRow


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, and through which channel."""

    who: str
    channel: Channel


_KEY = re.compile(r"[a-z_]+(/[\w.-]+)+")
"""How the keys of letters, problems, requests and dues look; nothing that people write looks like it."""
RULES = Actor("dondoc", Channel.RULE)
"""What nobody did by hand."""


def note(
    session: Session,
    plan_id: str,
    now: datetime,
    event: str,
    *,
    occurrence: str | None = None,
    unit: str | None = None,
    by: Actor = RULES,
    old: str | None = None,
    new: str | None = None,
    detail: str = "",
) -> None:
    """Write one line of history; once it is recorded it is logged, too, without what people said in it."""
    about = new if new and _KEY.fullmatch(new) else old if old and _KEY.fullmatch(old) else None
    happened(session, event, plan=plan_id, occurrence=occurrence, unit=unit, channel=by.channel.value, key=about)
    session.add(
        HistoryRow(
            plan_id=plan_id,
            at=now,
            event=event,
            occurrence=occurrence,
            unit=unit,
            who=by.who,
            channel=by.channel,
            old=old,
            new=new,
            detail=detail,
        )
    )


def raise_problem(
    session: Session,
    plan_id: str,
    now: datetime,
    key: str,
    *,
    kind: str,
    detail: str,
    severity: Severity = Severity.NORMAL,
    occurrence: str | None = None,
    unit: str | None = None,
    by: Actor = RULES,
) -> ProblemRow | None:
    """Record a problem unless it is open already; one that was resolved is opened again.

    Returns the problem when the head has not heard of it yet, else None.
    """
    row = session.scalar(select(ProblemRow).where(ProblemRow.plan_id == plan_id, ProblemRow.key == key))
    if row is not None and row.state is not ProblemState.RESOLVED:
        return None
    if row is None:
        row = ProblemRow(plan_id=plan_id, key=key, kind=kind, occurrence=occurrence, unit=unit)
        session.add(row)
    row.severity, row.detail, row.raised_at = severity, detail, now
    row.state, row.settled_by = ProblemState.OPEN, None
    row.told, row.told_at, row.held_because, row.held_until = 0, None, None, None
    row.acknowledged_at = row.resolved_at = None
    note(session, plan_id, now, "problem.raised", occurrence=occurrence, unit=unit, by=by, new=key, detail=detail)
    return row


def resolve_problem(session: Session, plan_id: str, now: datetime, key: str, *, by: Actor = RULES) -> bool:
    """Resolve a problem that is still open; returns whether there was one."""
    return resolve_problems(session, plan_id, now, (key,), by=by) > 0


_UNRESOLVED = select(ProblemRow).where(
    ProblemRow.plan_id == bindparam("plan"),
    ProblemRow.key.in_(bindparam("keys", expanding=True)),
    ProblemRow.state != ProblemState.RESOLVED,
)
"""It runs for each answer, so it is built once: that takes longer than what it does."""


def resolve_problems(session: Session, plan_id: str, now: datetime, keys: Sequence[str], *, by: Actor = RULES) -> int:
    """Resolve those problems that are still open, in the order of `keys`; returns how many there were."""
    found = [session.scalars(_UNRESOLVED, {"plan": plan_id, "keys": some}) for some in in_parts(keys)]
    rows = {row.key: row for some in found for row in some}
    for row in (rows[key] for key in keys if key in rows):
        row.state, row.resolved_at, row.settled_by = ProblemState.RESOLVED, now, by.who
        note(session, plan_id, now, "problem.resolved", occurrence=row.occurrence, unit=row.unit, by=by, old=row.key)
    return len(rows)


def acknowledge_problem(session: Session, row: ProblemRow, now: datetime, *, by: Actor) -> None:
    """Somebody has taken an open problem up."""
    row.state, row.acknowledged_at, row.settled_by = ProblemState.ACKNOWLEDGED, now, by.who
    note(
        session,
        row.plan_id,
        now,
        "problem.acknowledged",
        occurrence=row.occurrence,
        unit=row.unit,
        by=by,
        old=row.key,
    )
