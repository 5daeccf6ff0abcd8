"""The cash book of a plan (sổ thu – chi): what came, what went, what was there afterwards, in order of booking."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.documents.workbook import CashBookRow
from dondoc.domain.accounts import AccountKind
from dondoc.domain.books import Books, Entry, EntryKind
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong
from dondoc.domain.plan import Plan
from dondoc.domain.wording import danh_sach, dong
from dondoc.services.bookkeeping import books_in
from dondoc.services.money_views import title_of
from dondoc.services.receipts import number_of, paid_by
from dondoc.store.tables_money import ExpenseRow, ReceiptRow, TransferRow

_PLACES = (AccountKind.BANK, AccountKind.CASH, AccountKind.INTERNAL)
_HELD = (AccountKind.SUSPENSE, AccountKind.CREDIT)
_SAYS = {EntryKind.RETURN: "Trả lại", EntryKind.REVERSE: "Ngân hàng hoàn lại", EntryKind.SETTLE: "Ghi sổ nội bộ"}


def cash_book(session: Session, plan: Plan) -> list[CashBookRow]:
    """One row for each entry that moved money; the head's own shares are there without a transfer (A2)."""
    books = books_in(session, plan.id)
    uses = _uses(books)
    receipts = {
        row.entry: number_of(plan, row) + (" (đã hủy)" if row.voided_at else "")
        for row in session.scalars(select(ReceiptRow).where(ReceiptRow.plan_id == plan.id))
    }
    transfers = {str(row.id): row for row in session.scalars(select(TransferRow).where(TransferRow.plan_id == plan.id))}
    expenses = {row.entry: row for row in session.scalars(select(ExpenseRow).where(ExpenseRow.plan_id == plan.id))}
    rows: list[CashBookRow] = []
    left = 0
    for entry in books.entries:
        moved = sum(posting.amount for posting in entry.postings if posting.account.kind in _PLACES)
        if not moved:
            continue
        left += moved
        transfer = next((transfers[p.account.item] for p in entry.postings if p.account.item in transfers), None)
        used = uses.get(str(transfer.id), []) if transfer and entry.kind is EntryKind.RECEIVE else [entry]
        rows.append(
            CashBookRow(
                number=len(rows) + 1,
                on=entry.on,
                document=transfer.document if transfer else None,
                receipt=", ".join(receipts[one.number] for one in used if one.number in receipts) or None,
                unit=_units(plan, used, entry),
                about=_about(plan, entry, used, transfer, expenses.get(entry.number)),
                came=Dong(moved) if moved > 0 else None,
                went=Dong(-moved) if moved < 0 else None,
                left=left,
            )
        )
    return rows


def _uses(books: Books) -> dict[str, list[Entry]]:
    """By transfer, the entries by which its money was used and that still stand; all there ever were when none does."""
    uses: dict[str, list[Entry]] = defaultdict(list)
    for entry in books.entries:
        if entry.kind in (EntryKind.ALLOCATE, EntryKind.CARRY_OVER, EntryKind.CREDIT):
            for transfer in {p.account.item for p in entry.postings if p.account.kind in _HELD}:
                uses[transfer].append(entry)
    return {
        transfer: [entry for entry in entries if entry.number not in books.corrected] or entries
        for transfer, entries in uses.items()
    }


def _units(plan: Plan, used: list[Entry], entry: Entry) -> str | None:
    kinds = (AccountKind.RECEIVABLE, AccountKind.CREDIT, AccountKind.INTERNAL)
    units = dict.fromkeys(
        p.account.of for one in used for p in one.postings if p.account.kind in kinds and p.account.of
    )
    return ", ".join(plan.unit(unit).name_on(entry.on).short for unit in units) or None


def _about(
    plan: Plan, entry: Entry, used: list[Entry], transfer: TransferRow | None, expense: ExpenseRow | None
) -> str:
    if expense is not None:
        return f"{expense.what} ({expense.evidence})"
    parts: dict[DueKey, int] = {}
    for one in used:
        if one.kind is not EntryKind.CREDIT:
            for key, amount in paid_by(one).items():
                parts[key] = parts.get(key, 0) + amount
    paid = danh_sach(f"{title_of(plan, key.split('/')[1])}: {dong(amount)}" for key, amount in parts.items())
    return ". ".join(filter(None, (_SAYS.get(entry.kind), paid, transfer.remark if transfer else None, entry.note)))
