"""The money as lines: every due as it stands, then everything that was booked, in order (DESIGN, section 7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.accounts import AccountKind, standings_of_dues
from dondoc.domain.books import Books, Entry, EntryKind
from dondoc.domain.dues import DueKey
from dondoc.services.bookkeeping import books_in
from dondoc.services.receipts import number_of
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.tables_money import DueRow, ReceiptRow, TransferRow

_NAMES = {
    EntryKind.RECEIVE: "receipt",
    EntryKind.ALLOCATE: "allocation",
    EntryKind.CREDIT: "credit",
    EntryKind.CARRY_OVER: "carry_over",
    EntryKind.RETURN: "return",
    EntryKind.WAIVE: "waiver",
    EntryKind.FEE: "fee",
    EntryKind.FREEZE: "freeze",
    EntryKind.EXPENSE: "expense",
    EntryKind.MOVE: "move",
    EntryKind.SETTLE: "internal",
    EntryKind.REVERSE: "reversal",
    EntryKind.UNDO: "undo",
}
"""Raising a due is no line of its own: the due's line says it."""
_PAYS = (EntryKind.ALLOCATE, EntryKind.CARRY_OVER)


def ledger_lines(session: Session) -> Iterator[dict[str, Any]]:
    """One line a due of any plan, then one a receipt, allocation, return, reversal, expense; amounts in đồng."""
    for plan_row in active_plans(session):
        books = books_in(session, plan_row.id)
        yield from due_lines(session, plan_row.id, books)
        receipts = {
            row.entry: number_of(plan_of(plan_row), row)
            for row in session.scalars(select(ReceiptRow).where(ReceiptRow.plan_id == plan_row.id))
        }
        transfers = {
            str(row.id): row for row in session.scalars(select(TransferRow).where(TransferRow.plan_id == plan_row.id))
        }
        for entry in books.entries:
            if entry.kind is not EntryKind.RAISE:
                yield from _booked(entry, books, receipts, transfers)


def due_lines(session: Session, plan_id: str, books: Books) -> Iterator[dict[str, Any]]:
    """One line a due, in the order of raising; one that was withdrawn has nothing paid."""
    standings = standings_of_dues(books.balances)
    for row in session.scalars(select(DueRow).where(DueRow.plan_id == plan_id).order_by(DueRow.number)):
        standing = standings.get(DueKey(row.key))
        yield {
            "key": row.key,
            "state": standing.state.value if standing else "withdrawn",
            "occurrence": row.occurrence.key,
            "activity": row.activity,
            "unit": row.unit,
            "amount": row.amount,
            "paid": standing.paid if standing else 0,
            "waived": standing.waived if standing else 0,
            "outstanding": standing.outstanding + standing.frozen if standing else 0,
            "due_on": local(row.request.due_at).date().isoformat() if row.request else None,
            "code": row.code,
            "internal": row.is_internal,
        }


def _booked(
    entry: Entry, books: Books, receipts: dict[int, str], transfers: dict[str, TransferRow]
) -> Iterator[dict[str, Any]]:
    """One line an entry; one that pays several dues has a line for each."""
    receivables = [p for p in entry.postings if p.account.kind is AccountKind.RECEIVABLE]
    sources = [p.account.item for p in entry.postings if p.account.item in transfers]
    transfer = transfers[sources[0]] if sources else None
    units = {p.account.of for p in entry.postings if p.account.kind in (AccountKind.RECEIVABLE, AccountKind.CREDIT)}
    line = {
        "entry": entry.number,
        "kind": _NAMES[entry.kind],
        "on": entry.on.isoformat(),
        "amount": sum(posting.amount for posting in entry.postings if posting.amount > 0),
        "unit": next(iter(units)) if len(units) == 1 else None,
        "due": receivables[0].account.item if len(receivables) == 1 else None,
        "transfer": transfer.id if transfer else None,
        "document": transfer.document if transfer else None,
        "receipt": receipts.get(entry.number),
        "corrects": entry.corrects,
        "corrected": entry.number in books.corrected,
        "note": entry.note,
    }
    if entry.kind in _PAYS:
        yield from (line | {"due": p.account.item, "amount": -p.amount} for p in receivables)
    else:
        yield line
