"""The tables of the money: what is owed, what came and went, and the books (Plan 2024, III.1).

Entries and their postings are append-only, and the database itself refuses an entry that does not add up to zero.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dondoc.domain.accounts import AccountKind
from dondoc.domain.books import EntryKind
from dondoc.domain.states import Channel
from dondoc.store.money_guards import POSTGRESQL_GUARDS, SQLITE_GUARDS
from dondoc.store.tables import Key, OccurrenceRow, RequestRow, Row, enum_column


class DueRow(Row):
    """What one unit owes for one occurrence; how it stands is in the books."""

    __tablename__ = "dues"
    __table_args__ = (
        UniqueConstraint("plan_id", "key"),
        UniqueConstraint("plan_id", "number"),
        UniqueConstraint("code"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("is_internal = (request_id IS NULL)", name="asked_unless_internal"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    key: Mapped[str]
    number: Mapped[int]
    code: Mapped[str]
    """What a transfer bears to say that it pays this due."""
    occurrence_id: Mapped[int] = mapped_column(ForeignKey("occurrences.id"), index=True)
    activity: Mapped[str]
    unit: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    is_internal: Mapped[bool]
    version: Mapped[int]
    """The version of the proposal that was agreed."""
    request_id: Mapped[int | None] = mapped_column(ForeignKey("requests.id"), unique=True)
    raised_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]
    occurrence: Mapped[OccurrenceRow] = relationship()
    request: Mapped[RequestRow | None] = relationship()


class StatementRow(Row):
    """A bank statement that was imported."""

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    number: Mapped[int]
    name: Mapped[str]
    digest: Mapped[str]
    account: Mapped[str]
    first: Mapped[date | None]
    last: Mapped[date | None]
    """The days that it covers."""
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]
    lines: Mapped[int]
    added: Mapped[int]
    """How many of its lines were new."""
    rejected: Mapped[str]
    """The rows that could not be read, as a JSON array of line, reason and text."""


class TransferRow(Row):
    """Money that came or went: a line of a statement, or cash booked by hand. Never changed but for its settling."""

    __tablename__ = "transfers"
    __table_args__ = (
        UniqueConstraint("account", "fingerprint"),
        CheckConstraint("credit >= 0 AND debit >= 0 AND (credit = 0) <> (debit = 0)", name="one_way"),
        CheckConstraint("(settled_at IS NULL) = (settled_as IS NULL)", name="settled_as"),
        Index("ix_transfers_plan", "plan_id", "booked_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    account: Mapped[str]
    """The number of the bank account, or `cash/PLAN`."""
    fingerprint: Mapped[str]
    """What makes it the same in every export (`dondoc.bank.lines`)."""
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statements.id"))
    line_number: Mapped[int | None]
    booked_on: Mapped[date]
    credit: Mapped[int] = mapped_column(BigInteger)
    debit: Mapped[int] = mapped_column(BigInteger)
    remark: Mapped[str]
    document: Mapped[str | None]
    payer: Mapped[str | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str]
    settled_at: Mapped[datetime | None]
    """Of a debit: since when it is known what it was. Of a credit the books know whether it is used."""
    settled_as: Mapped[str | None]
    """`return/N`, `expense/N` (the entry's number), `reversal/TRANSFER`, or `other: why`."""


class EntryRow(Row):
    """One event in the books. It is written after its postings: then the database checks that they add up to zero."""

    __tablename__ = "entries"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[EntryKind] = mapped_column(enum_column(EntryKind))
    dated: Mapped[date]
    corrects: Mapped[int | None]
    note: Mapped[str]
    booked_at: Mapped[datetime]
    booked_by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))


class PostingRow(Row):
    """One side of an entry; debit positive, credit negative."""

    __tablename__ = "postings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["plan_id", "number"], ["entries.plan_id", "entries.number"], deferrable=True, initially="DEFERRED"
        ),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_postings_item", "plan_id", "item"),
    )

    plan_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[AccountKind] = mapped_column(enum_column(AccountKind))
    of: Mapped[str]
    item: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)


class ReceiptRow(Row):
    """A receipt (phiếu thu) for one entry; voided when the entry is taken back, and its number never used again."""

    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        ForeignKeyConstraint(["plan_id", "entry"], ["entries.plan_id", "entries.number"]),
        UniqueConstraint("plan_id", "entry"),
        CheckConstraint("(voided_at IS NULL) = (voided_because IS NULL)", name="voided_because"),
        CheckConstraint("amount > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    number: Mapped[int]
    entry: Mapped[int]
    unit: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """The DOCX as it was issued."""
    voided_at: Mapped[datetime | None]
    voided_because: Mapped[str | None]


class ClaimRow(Row):
    """A unit says that it has paid: it is not reminded until a statement shows whether the money came."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("source"),
        CheckConstraint("(settled_at IS NULL) = (found IS NULL)", name="settled_at"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    due_id: Mapped[int] = mapped_column(ForeignKey("dues.id"), index=True)
    paid_on: Mapped[date]
    note: Mapped[str]
    by: Mapped[str]
    channel: Mapped[Channel] = mapped_column(enum_column(Channel))
    received_at: Mapped[datetime]
    source: Mapped[str]
    settled_at: Mapped[datetime | None]
    found: Mapped[bool | None]


class ExpenseRow(Row):
    """What was spent, with its evidence (I.2 "tiết kiệm")."""

    __tablename__ = "expenses"
    __table_args__ = (
        UniqueConstraint("plan_id", "entry"),
        UniqueConstraint("source"),
        ForeignKeyConstraint(["plan_id", "entry"], ["entries.plan_id", "entries.number"]),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    entry: Mapped[int]
    activity: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    spent_on: Mapped[date]
    what: Mapped[str]
    evidence: Mapped[str]
    """The invoice's number, or where the paper is kept."""
    source: Mapped[str]


def _guard(table: Table, dialect: str, statements: tuple[str, ...]) -> None:
    for statement in statements:
        event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


# Both tables must stand before a guard speaks of them: postings refer to entries, so they are made last.
_guard(PostingRow.metadata.tables["postings"], "sqlite", SQLITE_GUARDS)
_guard(PostingRow.metadata.tables["postings"], "postgresql", POSTGRESQL_GUARDS)
