"""The tables. Rows carry their invariants: a unique key for every "once", a CHECK for every state.

Responses and history are append-only; a correction is a new row.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship

from dondoc.domain.states import (
    Channel,
    Decision,
    LetterState,
    MessageState,
    OccurrenceState,
    Outcome,
    ProblemState,
    RequestKind,
    RequestState,
    RoundState,
    Severity,
    Verdict,
)


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no zone of its own, so it is given back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone cannot be recorded: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[StrEnum]) -> Enum:
    """An enumeration stored by value, with a CHECK of its own."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=20,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


Key = BigInteger().with_variant(Integer, "sqlite")


class Row(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Instant, str: Text}  # noqa: RUF012


class PlanRow(Row):
    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int]
    version: Mapped[int]
    document: Mapped[str] = mapped_column(deferred=True)
    digest: Mapped[str]
    starts_on: Mapped[date]
    """The day on which the system took the plan over; what ended earlier is not chased."""
    loaded_at: Mapped[datetime]


class PlanVersionRow(Row):
    """Every document that was ever loaded."""

    __tablename__ = "plan_versions"
    __table_args__ = (UniqueConstraint("plan_id", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    version: Mapped[int]
    document: Mapped[str]
    digest: Mapped[str]
    loaded_at: Mapped[datetime]


class OccurrenceRow(Row):
    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        CheckConstraint(
            "state NOT IN ('launched', 'held', 'evaluated') OR agreed_at IS NOT NULL", name="launched_only_when_agreed"
        ),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_at"),
        CheckConstraint("state <> 'cancelled' OR reason IS NOT NULL", name="cancelled_with_reason"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    key: Mapped[str]
    activity: Mapped[str]
    state: Mapped[OccurrenceState] = mapped_column(enum_column(OccurrenceState), index=True)
    consult_on: Mapped[date]
    version: Mapped[int]
    """The version of the proposal in force; 0 before the first one."""
    agreed_at: Mapped[datetime | None]
    launched_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class ProposalRow(Row):
    """One version of what the units are asked about; never changed once asked."""

    __tablename__ = "proposals"
    __table_args__ = (UniqueConstraint("occurrence_id", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    version: Mapped[int]
    document: Mapped[str]
    material: Mapped[bool]
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class RoundRow(Row):
    __tablename__ = "rounds"
    __table_args__ = (
        UniqueConstraint("occurrence_id", "number"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_at"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_with_outcome"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("decision IS NULL OR decision_reason IS NOT NULL", name="decided_with_reason"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    number: Mapped[int]
    version: Mapped[int]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[RoundState] = mapped_column(enum_column(RoundState), index=True)
    closed_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    reopened_reason: Mapped[str | None]
    endings: Mapped[int]
    """How many times it ended: more than once when it was reopened, or cancelled after all."""
    outcome: Mapped[Outcome | None] = mapped_column(enum_column(Outcome))
    decision: Mapped[Decision | None] = mapped_column(enum_column(Decision))
    decision_reason: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]


class RequestRow(Row):
    """Whatever is asked of one unit with a deadline."""

    __tablename__ = "requests"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        UniqueConstraint("occurrence_id", "kind", "unit"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        Index("ix_requests_open", "occurrence_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    key: Mapped[str]
    kind: Mapped[RequestKind] = mapped_column(enum_column(RequestKind))
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"))
    unit: Mapped[str]
    round: Mapped[int]
    """The round in which it was last asked; answers to earlier rounds no longer count."""
    asking: Mapped[int]
    """How many times it was asked: in a new round, or when a round was taken up again."""
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[RequestState] = mapped_column(enum_column(RequestState))
    settled_at: Mapped[datetime | None]
    reminded: Mapped[int]
    reminded_stage: Mapped[int | None]
    """The stage, in working days around the deadline, of the latest reminder."""
    reminded_on: Mapped[date | None]
    secretary_told_on: Mapped[date | None]
    held_at: Mapped[datetime | None]
    """Since when an answer of the unit waits for a person to read it; it is not reminded meanwhile."""
    because: Mapped[str | None]
    """Why it was asked anew; None the first time."""
    occurrence: Mapped[OccurrenceRow] = relationship()


class ResponseRow(Row):
    """What a unit answered; append-only."""

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("source"),
        UniqueConstraint("request_id", "number"),
        CheckConstraint("verdict <> 'object' OR comment <> ''", name="objection_with_reason"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("requests.id"), index=True)
    number: Mapped[int]
    round: Mapped[int]
    version: Mapped[int]
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    comment: Mapped[str]
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    evidence: Mapped[str | None]
    received_at: Mapped[datetime]
    late: Mapped[bool]
    source: Mapped[str]
    """Where it came from (a form, a message, a command), so that hearing it twice records it once."""


class LinkRow(Row):
    """A link in a letter: who may open what, until when."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("plan_id", "purpose", "subject", "address", "serial"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    purpose: Mapped[str]
    subject: Mapped[str]
    """What the link is about: a request's key, an occurrence's key, or `board`."""
    address: Mapped[str]
    serial: Mapped[int]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None]


class LetterContentRow(Row):
    """A letter's bytes, apart from it: SQLite writes a whole row anew with each mark on it."""

    __tablename__ = "letter_contents"

    letter_id: Mapped[int] = mapped_column(Key, ForeignKey("letters.id"), primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class LetterRow(Row):
    """One email to one addressee: its final bytes, its key, its state."""

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        UniqueConstraint("message_id"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        CheckConstraint("(state = 'sending') = (claimed_until IS NOT NULL)", name="claimed_until"),
        Index("ix_letters_due", "state", "id"),
        Index("ix_letters_request", "request_id", "kind"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    key: Mapped[str]
    kind: Mapped[str]
    addressee: Mapped[str]
    address: Mapped[str]
    occurrence: Mapped[str | None]
    subject: Mapped[str]
    message_id: Mapped[str]
    content: Mapped[bytes] = column_property(
        func.coalesce(
            select(LetterContentRow.content)
            .where(LetterContentRow.letter_id == id)
            .correlate_except(LetterContentRow)
            .scalar_subquery(),
            b"",
        ),
        deferred=True,
    )
    """To be read only: empty once it was removed."""
    request_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"))
    only_while_open: Mapped[bool]
    """Withdrawn instead of sent once the request is answered, or was asked anew."""
    asking: Mapped[int | None]
    """Which asking of the request it belongs to."""
    state: Mapped[LetterState] = mapped_column(enum_column(LetterState))
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    claimed_boot: Mapped[str | None]
    """The start of the machine in which a run took it whose marks are lost if the machine stops; None: they are not."""
    attempts: Mapped[int]
    settled_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    note: Mapped[str | None]
    """The server's answer, or why it was not sent."""


class SuppressionRow(Row):
    """An address that a mail server refused for good: no more letters there."""

    __tablename__ = "suppressions"

    address: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    reason: Mapped[str]


class MessageRow(Row):
    """A message that came in, as it came, and what became of it."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("source"),
        CheckConstraint("(state = 'new') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("state NOT IN ('held', 'ignored', 'dismissed') OR reason IS NOT NULL", name="reason"),
        Index("ix_messages_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source: Mapped[str]
    """Mailbox, folder and number: what makes it read once."""
    digest: Mapped[str] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    fetched_at: Mapped[datetime]
    state: Mapped[MessageState] = mapped_column(enum_column(MessageState))
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    sender: Mapped[str | None]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    """The new words only, without quotes and signature."""
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("plans.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"))
    unit: Mapped[str | None]


class AttachmentRow(Row):
    """A file that came with a message; its bytes stay in the message."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    number: Mapped[int]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    refused: Mapped[str | None]
    """Why it is not opened: too large, or a kind that nobody should open."""


class CursorRow(Row):
    """How far something has been read: a mailbox by us, the history by those who are told of it."""

    __tablename__ = "cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str]


class AliasRow(Row):
    """Another address of a unit, confirmed by the head (scenario 17)."""

    __tablename__ = "aliases"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str]
    confirmed_by: Mapped[str]
    confirmed_at: Mapped[datetime]


class PauseRow(Row):
    """A mail account that its server does not let send for a while."""

    __tablename__ = "pauses"

    account: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    reason: Mapped[str]


class ProblemRow(Row):
    __tablename__ = "problems"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_at"),
        CheckConstraint("state <> 'acknowledged' OR acknowledged_at IS NOT NULL", name="acknowledged_at"),
        CheckConstraint("told = 0 OR told_at IS NOT NULL", name="told_at"),
        CheckConstraint("(held_because IS NULL) = (held_until IS NULL)", name="held_until"),
        Index("ix_problems_open", "plan_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    key: Mapped[str]
    kind: Mapped[str]
    severity: Mapped[Severity] = mapped_column(enum_column(Severity))
    state: Mapped[ProblemState] = mapped_column(enum_column(ProblemState))
    occurrence: Mapped[str | None]
    unit: Mapped[str | None]
    detail: Mapped[str]
    raised_at: Mapped[datetime]
    told: Mapped[int] = mapped_column(default=0)
    """How many times the ladder told somebody of it."""
    told_at: Mapped[datetime | None]
    """When a letter last named it: the ladder's, or an objection's or a decision's own."""
    held_because: Mapped[str | None]
    """Why it is not told, though it is due; said once in the history."""
    held_until: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]


class HistoryRow(Row):
    """Who did what, when, through which channel, with the old and the new value; append-only."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_plan", "plan_id", "occurrence"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    at: Mapped[datetime]
    event: Mapped[str]
    occurrence: Mapped[str | None]
    unit: Mapped[str | None]
    who: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    old: Mapped[str | None]
    new: Mapped[str | None]
    detail: Mapped[str]
