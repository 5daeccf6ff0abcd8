"""Telling others what happened: every line of the history, in order, at least once.

A line's number is its identity, so that whoever hears it twice can drop it. How far a listener has heard stands in
the record, so that lines written by the pages, or by a run that was killed, are told by the next run.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, text

from dondoc.services.office import Office
from dondoc.store.tables import CursorRow, HistoryRow


def untold(office: Office, listener: str, limit: int) -> Sequence[HistoryRow]:
    """The next lines that `listener` has not heard, at most `limit`."""
    with office.sessions.reading() as session:
        heard = _heard(session.get(CursorRow, listener))
        if (session.scalar(select(func.max(HistoryRow.id))) or 0) <= heard:
            return ()
    with office.sessions.writing() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Several writers take numbers and commit in another order: wait for those who hold one.
            session.execute(text("LOCK TABLE history IN SHARE MODE"))
        lines = select(HistoryRow).where(HistoryRow.id > heard).order_by(HistoryRow.id).limit(limit)
        return session.scalars(lines).all()


def told(office: Office, listener: str, number: int) -> None:
    """`listener` has heard everything up to that line."""
    with office.sessions.writing() as session:
        row = session.get(CursorRow, listener, with_for_update=True)
        session.merge(CursorRow(name=listener, position=str(max(number, _heard(row)))))


def _heard(row: CursorRow | None) -> int:
    return int(row.position) if row else 0
