"""The tables of the work: who took on what, how far it is, what was reported and said of it (II.1, III.1)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dondoc.domain.states import Channel
from dondoc.store.tables import Key, Row, enum_column


class AcceptanceRow(Row):
    """What a unit answered to its assignment; append-only, the latest counts."""

    __tablename__ = "acceptances"
    __table_args__ = (
        UniqueConstraint("source"),
        UniqueConstraint("request_id", "number"),
        CheckConstraint("accepted OR reason <> ''", name="declined_with_reason"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), index=True)
    number: Mapped[int]
    accepted: Mapped[bool]
    reason: Mapped[str]
    """Why it was declined; of an acceptance what the unit adds."""
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    received_at: Mapped[datetime]
    source: Mapped[str]


class HandoverRow(Row):
    """The head gave a content or an assignment to a unit, or waived it; append-only, the latest counts."""

    __tablename__ = "handovers"
    __table_args__ = (CheckConstraint("unit IS NOT NULL OR reason <> ''", name="waived_with_reason"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    task: Mapped[str]
    """The plan's id of the content or assignment."""
    unit: Mapped[str | None]
    """None: nobody has to do it."""
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]


class ProgressRow(Row):
    """How far a unit says that one of its tasks is; append-only."""

    __tablename__ = "progress"
    __table_args__ = (
        UniqueConstraint("source", "task"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), index=True)
    task: Mapped[str]
    on_day: Mapped[date]
    percent: Mapped[int]
    figures: Mapped[str]
    """A JSON object: what is counted, and how many so far."""
    note: Mapped[str]
    evidence: Mapped[str]
    """Links, one a line."""
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    recorded_at: Mapped[datetime]
    source: Mapped[str]


class WorkFileRow(Row):
    """A picture or a paper that proves what was done."""

    __tablename__ = "work_files"
    __table_args__ = (UniqueConstraint("request_id", "digest"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"))
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    by: Mapped[str]
    received_at: Mapped[datetime]


class ReportRow(Row):
    """What a unit reports after an occurrence; append-only, the latest counts."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("source"),
        UniqueConstraint("request_id", "number"),
        CheckConstraint("text <> ''", name="text"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), index=True)
    number: Mapped[int]
    text: Mapped[str]
    links: Mapped[str]
    """Photos and articles, one link a line (I.2 "tuyên truyền")."""
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    received_at: Mapped[datetime]
    late: Mapped[bool]
    source: Mapped[str]


class EvaluationRow(Row):
    """What the head says of an occurrence, or of one unit in it; append-only, the latest counts (III.1 "đánh giá")."""

    __tablename__ = "evaluations"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    unit: Mapped[str | None]
    text: Mapped[str]
    evaluated_at: Mapped[datetime]
    evaluated_by: Mapped[str]


class BulletinRow(Row):
    """What is told of an occurrence (I.2 "tuyên truyền"), as it was approved."""

    __tablename__ = "bulletins"
    __table_args__ = (UniqueConstraint("occurrence_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    links: Mapped[str]
    approved_at: Mapped[datetime]
    approved_by: Mapped[str]


class DistributionRow(Row):
    """To whom of the recipients (Nơi nhận) a bulletin went, by which letter."""

    __tablename__ = "distribution"
    __table_args__ = (UniqueConstraint("bulletin_id", "recipient"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    bulletin_id: Mapped[int] = mapped_column(ForeignKey("bulletins.id"))
    recipient: Mapped[str]
    address: Mapped[str]
    letter: Mapped[str]
    """The letter's key."""
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
