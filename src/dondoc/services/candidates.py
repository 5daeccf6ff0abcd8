"""What money that came may be for: booked at once where nobody has to confirm it, else proposed (scenarios 5 to 10)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.accounts import AccountKind, credits_held, standings_of_dues, unmatched
from dondoc.domain.books import Books, EntryKind
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong, UnitId
from dondoc.domain.matching import Incoming, Known, Limits, Match, Payable, match
from dondoc.domain.payment_code import PaymentCode, find_codes
from dondoc.domain.plan import Plan
from dondoc.services.booking import Booking, unmatched_of
from dondoc.services.bookkeeping import due_of
from dondoc.store.tables_money import ClaimRow, DueRow, TransferRow


def book_certain(booking: Booking, transfer: TransferRow) -> bool:
    """Book what nobody has to confirm: the due whose code it bears, and what is too much as its unit's credit."""
    amount = unmatched_of(booking.ledger.books, transfer)
    codes = find_codes(transfer.remark)
    coded = [row for row in booking.dues.values() if row.code in codes]
    if len(coded) != 1 or len(codes) != 1 or amount <= 0:
        return False
    due = coded[0]
    standing = booking.standings().get(DueKey(due.key))
    if standing is None or standing.frozen or due.is_internal:
        return False
    part = min(amount, standing.outstanding)
    if part:
        booking.allocate(transfer, {DueKey(due.key): part})
    if amount > part:
        booking.hold_credit(transfer, due, amount - part)
    return True


def waiting_transfers(session: Session, books: Books) -> list[TransferRow]:
    """The transfers whose money belongs to nobody yet, oldest first."""
    numbers = [int(held.transfer) for held in unmatched(books.balances) if held.amount > 0]
    rows = session.scalars(select(TransferRow).where(TransferRow.id.in_(numbers)).order_by(TransferRow.id))
    return list(rows)


def credits_of(session: Session, books: Books, unit: str | None = None) -> Iterator[tuple[TransferRow, UnitId, int]]:
    """What units paid too much, by transfer."""
    for held in credits_held(books.balances):
        if held.unit is not None and held.amount > 0 and unit in (None, held.unit):
            yield session.get_one(TransferRow, int(held.transfer)), held.unit, held.amount


class Candidates:
    """Proposes dues for transfers; what is known about units and payers is read once."""

    def __init__(self, session: Session, plan: Plan, books: Books, dues: dict[DueKey, DueRow], limits: Limits) -> None:
        self._books, self._limits = books, limits
        self._payables = list(_payables(books, dues))
        self._known = _known(session, plan, books)

    def of(self, transfer: TransferRow) -> Match:
        """What the unmatched money of a transfer may be for."""
        money = Incoming(unmatched_of(self._books, transfer), transfer.remark, transfer.payer)
        return match(money, self._payables, self._known, self._limits)

    def of_credit(self, unit: str, amount: int) -> dict[DueKey, int]:
        """Which open dues of its own a unit's credit may pay, oldest first; empty when none is open."""
        parts: dict[DueKey, int] = {}
        for payable in self._payables:
            if payable.due.unit == unit and payable.is_open and amount:
                parts[payable.due.key] = min(amount, payable.lacks)
                amount -= parts[payable.due.key]
        return parts


def _payables(books: Books, dues: dict[DueKey, DueRow]) -> Iterator[Payable]:
    standings = standings_of_dues(books.balances)
    for key, row in dues.items():
        standing = standings.get(key)
        is_frozen = bool(standing and standing.frozen)
        lacks = Dong(0) if standing is None or is_frozen else standing.outstanding
        yield Payable(due_of(row), PaymentCode(row.code), lacks, is_frozen=is_frozen)


def _known(session: Session, plan: Plan, books: Books) -> Known:
    claimed = session.scalars(
        select(DueRow.key)
        .join(ClaimRow, ClaimRow.due_id == DueRow.id)
        .where(DueRow.plan_id == plan.id, ClaimRow.settled_at.is_(None))
    )
    return Known(
        spellings={unit.unit_id: [*unit.spellings] for unit in plan.units},
        payers=_payers(session, plan, books),
        claimed=[DueKey(key) for key in claimed],
    )


def _payers(session: Session, plan: Plan, books: Books) -> dict[str, UnitId]:
    """For whom a payer paid before, by what the books say its transfers paid."""
    named = {
        str(number): payer
        for number, payer in session.execute(
            select(TransferRow.id, TransferRow.payer).where(
                TransferRow.plan_id == plan.id, TransferRow.payer.is_not(None)
            )
        )
    }
    payers: dict[str, UnitId] = {}
    for entry in books.entries:
        if entry.kind is not EntryKind.ALLOCATE or entry.number in books.corrected:
            continue
        sources = [p.account.item for p in entry.postings if p.account.kind is AccountKind.SUSPENSE]
        units = {p.account.of for p in entry.postings if p.account.kind is AccountKind.RECEIVABLE}
        if len(units) == 1 and sources and (payer := named.get(sources[0])):
            payers[payer] = UnitId(units.pop())
    return payers
