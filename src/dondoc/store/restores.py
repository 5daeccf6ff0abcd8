"""Reading what a restored record does not know. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, exists, select
from sqlalchemy.orm import Session

from dondoc.domain.states import LetterState
from dondoc.store.tables import LetterRow
from dondoc.store.tables_access import SIGN_IN
from dondoc.store.tables_restores import FoundLetterRow, RestoreRow

NOTICE: Final = "restored_notice"
"""The letter that tells the head of a restore; its key is new with each, so it cannot have left before. A one-time
link neither."""


def open_restore(session: Session) -> RestoreRow | None:
    """The restore after which nobody has said yet that letters may leave."""
    return session.scalar(select(RestoreRow).where(RestoreRow.ended_at.is_(None)).order_by(RestoreRow.id.desc()))


_RESTORED_SINCE = select(RestoreRow.id).where(RestoreRow.restored_at <= bindparam("moment")).limit(1)


def was_restored_before(session: Session, moment: datetime) -> bool:
    """Whether what was numbered at that moment may have a number that was given once already."""
    return session.scalar(_RESTORED_SINCE, {"moment": moment}) is not None


def may_have_left() -> ColumnElement[bool]:
    """Whether a letter is held back since a restore, for a query about letters."""
    return and_(LetterRow.kind.not_in((NOTICE, SIGN_IN)), exists().where(RestoreRow.ended_at.is_(None)))


def held_back(session: Session) -> Sequence[LetterRow]:
    """The letters that wait for the end of a restore, in the order of writing."""
    waiting = LetterRow.state == LetterState.QUEUED, may_have_left()
    return session.scalars(select(LetterRow).where(*waiting).order_by(LetterRow.id)).all()


_FOUND = select(FoundLetterRow).where(FoundLetterRow.message_id.in_(bindparam("letters", expanding=True)))


def found_letters(session: Session, message_ids: Iterable[str]) -> dict[str, FoundLetterRow]:
    """Which of these letters were found among the mail that left."""
    rows = session.scalars(_FOUND, {"letters": list(message_ids)})
    return {row.message_id: row for row in rows}


def outside_the_record(session: Session) -> Sequence[FoundLetterRow]:
    """Letters that left and of which the record knows nothing: what they are about was lost."""
    known = exists().where(LetterRow.message_id == FoundLetterRow.message_id)
    return session.scalars(select(FoundLetterRow).where(~known).order_by(FoundLetterRow.sent_at)).all()
