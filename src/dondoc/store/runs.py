"""Writing down that a kind of work was done to its end, and reading when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.store.database import happened
from dondoc.store.tables_runs import LastRunRow, Work


def completed(session: Session, work: Work, now: datetime, **did: int) -> None:
    """`did`: how much of what, for the log."""
    happened(session, f"{work.value}.done", **did)
    session.merge(LastRunRow(work=work, completed_at=now))


def last_runs(session: Session) -> dict[Work, datetime]:
    """What never ran through is left out."""
    return {row.work: row.completed_at for row in session.scalars(select(LastRunRow))}
