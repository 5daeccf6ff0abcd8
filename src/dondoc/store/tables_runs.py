"""The table of what ran through last, by which a run that is missing is seen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dondoc.store.tables import Row, enum_column


class Work(StrEnum):
    """What must run again and again."""

    INTAKE = "intake"
    DELIVERY = "delivery"
    FOLLOW_UP = "follow_up"


class LastRunRow(Row):
    """When a kind of work was last done to its end; runs that failed leave it as it is."""

    __tablename__ = "last_runs"

    work: Mapped[Work] = mapped_column(enum_column(Work), primary_key=True)
    completed_at: Mapped[datetime]
