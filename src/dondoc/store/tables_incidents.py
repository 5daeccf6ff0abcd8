"""The table of what was wrong with the installation itself, and what the operator was told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dondoc.store.tables import Key, Row


class IncidentRow(Row):
    """Something was wrong from one moment to another; while it lasts there is one row for it."""

    __tablename__ = "incidents"
    __table_args__ = (
        CheckConstraint("over_told_at IS NULL OR cleared_at IS NOT NULL", name="over_when_cleared"),
        Index(
            "uq_incidents_open",
            "key",
            unique=True,
            sqlite_where=text("cleared_at IS NULL"),
            postgresql_where=text("cleared_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str]
    """What is wrong: a code of `dondoc.services.health`, or `run/FLOW`."""
    sentence: Mapped[str]
    opened_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    over_told_at: Mapped[datetime | None]
    """When the operator was told that it is over."""
