"""Hearing: what came into the mailbox is kept as it came, once, and then read, message by message.

Keeping and reading are two steps, so that a run killed between them loses nothing and counts nothing twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from dondoc.domain.states import MessageState
from dondoc.errors import Unreachable
from dondoc.mail.mailbox import Cursor, Mailbox
from dondoc.services.office import Office
from dondoc.services.post_room import sort
from dondoc.store.runs import completed
from dondoc.store.tables import CursorRow, MessageRow
from dondoc.store.tables_runs import Work


@dataclass(frozen=True, slots=True)
class Heard:
    """What one look into the mailbox brought."""

    fetched: int = 0
    recorded: int = 0
    held: int = 0
    ignored: int = 0


def hear(office: Office, mailbox: Mailbox, name: str, *, limit: int = 500) -> Heard:
    """Keep what is new in `mailbox`, then read whatever is not read yet.

    `name` tells this mailbox from others in the record. Raises Unreachable when the mailbox is away; what came
    before is kept and read.
    """
    try:
        fetched = _keep(office, mailbox, name, limit)
    except Unreachable:
        read_kept(office)  # who answered must not be chased because the line broke behind his message
        raise
    heard = replace(read_kept(office), fetched=fetched)
    with office.sessions.writing() as session:
        completed(session, Work.INTAKE, office.clock.now(), **asdict(heard))
    return heard


def _keep(office: Office, mailbox: Mailbox, name: str, limit: int) -> int:
    with office.sessions.reading() as session:
        row = session.get(CursorRow, name)
        cursor = Cursor.parse(row.position) if row else None
    kept = 0
    for fetched in mailbox.fetch(cursor, limit):
        with office.sessions.writing() as session:
            kept += keep(session, office, fetched.source, fetched.content, is_whole=fetched.is_whole)
            _move(session, name, fetched.cursor_after)
    return kept


_KNOWN = select(MessageRow.id).where(
    or_(MessageRow.source == bindparam("source"), MessageRow.digest == bindparam("digest"))
)
_MOVE = (
    update(CursorRow)
    .where(CursorRow.name == bindparam("cursor"))
    .values(position=bindparam("to"))
    .execution_options(synchronize_session=False)
)
"""They run for each message, so they are built once: that takes longer than what they do."""


def _move(session: Session, name: str, cursor: Cursor) -> None:
    moved = session.execute(_MOVE, {"cursor": name, "to": str(cursor)})
    if moved.rowcount == 0:  # type: ignore[attr-defined]
        session.add(CursorRow(name=name, position=str(cursor)))


def keep(session: Session, office: Office, source: str, content: bytes, *, is_whole: bool = True) -> bool:
    """Keep a message unless it was kept before, from there or, after a mailbox was rebuilt, the same bytes."""
    digest = hashlib.sha256(content).hexdigest()
    if session.scalar(_KNOWN, {"source": source, "digest": digest}) is not None:
        return False
    now = office.clock.now()
    row = MessageRow(source=source, digest=digest, content=content, fetched_at=now, state=MessageState.NEW)
    if not is_whole:
        row.state, row.settled_at, row.reason = MessageState.HELD, now, "unreadable: too_large"
    session.add(row)
    return True


def read_kept(office: Office) -> Heard:
    """Read the kept messages that nobody has read, each in a transaction of its own."""
    heard = Heard()
    while True:
        with office.sessions.reading() as session:
            waiting = session.scalars(
                select(MessageRow.id).where(MessageRow.state == MessageState.NEW).order_by(MessageRow.id).limit(100)
            ).all()
        if not waiting:
            return heard
        for message in waiting:
            state = sort(office, message)
            heard = replace(
                heard,
                recorded=heard.recorded + (state is MessageState.RECORDED),
                held=heard.held + (state is MessageState.HELD),
                ignored=heard.ignored + (state is MessageState.IGNORED),
            )
