"""Writing down that a kind of work was done to its end, and reading when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.store.database import happened
from dondoc.store.tables_runs import LastRunRow, Work


def completed(session: Session, work: Work, now: datetime, **did: int) -> None:
    """`did`: how much of what, for the log, in which work that found nothing to do is not worth a line."""
    if any(did.values()):
        happened(session, f"{work.value}.done", **did)
    session.merge(LastRunRow(work=work, completed_at=now))


def last_run(session: Session, work: Work) -> datetime | None:
    """When it last ran through; whoever else is about to write that down waits until this transaction ends."""
    row = session.get(LastRunRow, work, with_for_update=True)
    return row.completed_at if row is not None else None


def last_runs(session: Session) -> dict[Work, datetime]:
    """What never ran through is left out."""
    return {row.work: row.completed_at for row in session.scalars(select(LastRunRow))}
