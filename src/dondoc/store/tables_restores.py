"""The tables of what a restored record does not know: when it was put back, and which letters left all the same."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dondoc.store.tables import Key, Row


class RestoreRow(Row):
    """The record was put back from a backup. Until somebody ends it no letter leaves that may have left before."""

    __tablename__ = "restores"
    __table_args__ = (CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    taken_at: Mapped[datetime]
    """When the backup was made: what was recorded since then is not known here."""
    restored_at: Mapped[datetime]
    restored_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class FoundLetterRow(Row):
    """A letter of ours that was found among the mail that left, whether or not the record knows of it."""

    __tablename__ = "found_letters"

    message_id: Mapped[str] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime]
    address: Mapped[str]
    subject: Mapped[str]
    place: Mapped[str]
    """Where it was found."""
