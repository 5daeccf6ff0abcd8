"""The tables of those who take part: names in every version, invitations, preparations, attendance (II.1–II.3).

All of them are append-only: the latest list, mark or word counts, and the earlier ones stay.
"""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dondoc.domain.gathering import Preparation
from dondoc.domain.participants import Presence
from dondoc.domain.states import Channel
from dondoc.store.tables import Key, RequestRow, Row, enum_column


class NameListRow(Row):
    """One list of names as a unit gave it."""

    __tablename__ = "name_lists"
    __table_args__ = (
        UniqueConstraint("source"),
        UniqueConstraint("request_id", "number"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"))
    number: Mapped[int]
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    evidence: Mapped[str | None]
    file: Mapped[str | None]
    """The name of the file that it came in."""
    refused: Mapped[str | None]
    """Why the file could not be read; such a list counts for nothing."""
    received_at: Mapped[datetime]
    late: Mapped[bool]
    source: Mapped[str]
    """Where it came from (a form, a message, a command), so that hearing it twice records it once."""
    request: Mapped[RequestRow] = relationship()


class NamedRow(Row):
    """Somebody on a list, or with a reason a line of it that names nobody."""

    __tablename__ = "named"
    __table_args__ = (CheckConstraint("(reason IS NULL) = (line IS NULL)", name="line"),)

    list_id: Mapped[int] = mapped_column(ForeignKey("name_lists.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    """The person's name; of a line that was not taken, what stands in it."""
    phone: Mapped[str | None]
    email: Mapped[str | None]
    birth_year: Mapped[int | None]
    role: Mapped[str | None]
    line: Mapped[int | None]
    """The number of a line that was not taken."""
    reason: Mapped[str | None]


class MarkRow(Row):
    """What the roll-call says of one person."""

    __tablename__ = "marks"
    __table_args__ = (
        CheckConstraint("(presence = 'substitute') = (substitute IS NOT NULL)", name="substitute"),
        Index("ix_marks_occurrence", "occurrence_id", "unit"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    unit: Mapped[str]
    name: Mapped[str]
    birth_year: Mapped[int | None]
    phone: Mapped[str | None]
    presence: Mapped[Presence] = mapped_column(enum_column(Presence))
    substitute: Mapped[str | None]
    """The name of who came instead."""
    marked_at: Mapped[datetime]
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))


class InvitationRow(Row):
    """One version of an occurrence as the units' calendars were told of it."""

    __tablename__ = "invitations"

    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    """The version of the proposal."""
    first: Mapped[date]
    last: Mapped[date]
    at: Mapped[time | None]
    place: Mapped[str]
    cancelled: Mapped[bool]
    because: Mapped[str | None]
    """Why it was changed or called off."""
    written_at: Mapped[datetime]


class PreparationRow(Row):
    """What the head confirmed of a seminar's preparation (R17)."""

    __tablename__ = "preparations"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    what: Mapped[Preparation] = mapped_column(enum_column(Preparation))
    detail: Mapped[str]
    confirmed_at: Mapped[datetime]
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))


class MinutesRow(Row):
    """The head's short report on an occurrence that was held: what was given, how it went."""

    __tablename__ = "minutes"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    given: Mapped[str]
    report: Mapped[str]
    written_at: Mapped[datetime]
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
