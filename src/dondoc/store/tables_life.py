"""The tables of an occurrence's life: what became of it, and when its activity rested. Both are append-only, save that
a pause gets its end.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dondoc.domain.states import ChangeKind
from dondoc.store.tables import Key, Row, enum_column


class ChangeRow(Row):
    """One thing that became of an occurrence: moved, postponed, skipped, merged, held."""

    __tablename__ = "occurrence_changes"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "number"),
        CheckConstraint("reason <> '' OR kind = 'held'", name="with_reason"),
        CheckConstraint("(kind = 'merged') = (merged_into IS NOT NULL)", name="merged_into"),
        CheckConstraint("(kind = 'held') = (held_on IS NOT NULL)", name="held_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    number: Mapped[int]
    kind: Mapped[ChangeKind] = mapped_column(enum_column(ChangeKind))
    reason: Mapped[str]
    """Why; of what was held, a remark or nothing."""
    old_version: Mapped[int]
    version: Mapped[int]
    """The versions of the proposal before and after; the same where nothing was changed in it."""
    merged_into: Mapped[str | None]
    """The key of the occurrence that takes its place."""
    held_on: Mapped[date | None]
    is_told: Mapped[bool]
    """Whether the units get a letter about it; not when nobody had heard of it, or a new round tells it anyway."""
    at: Mapped[datetime]
    by: Mapped[str]


class RestRow(Row):
    """A pause of a whole activity: while it lasts, nothing is asked, launched or sent (scenario 30)."""

    __tablename__ = "activity_pauses"
    __table_args__ = (
        UniqueConstraint("plan_id", "activity", "number"),
        CheckConstraint("(resumed_at IS NULL) = (resumed_by IS NULL)", name="resumed_by"),
        CheckConstraint("reason <> ''", name="with_reason"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    activity: Mapped[str]
    number: Mapped[int]
    reason: Mapped[str]
    paused_at: Mapped[datetime]
    paused_by: Mapped[str]
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[str | None]
