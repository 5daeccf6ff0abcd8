"""Money that left the account: what was booked already, what the bank took back, and what nobody has explained."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from dondoc.domain.accounts import BANK
from dondoc.domain.books import Entry, EntryKind
from dondoc.domain.reversals import Booked, Outgoing, Reversal, reversal_in
from dondoc.domain.wording import dong, ngay
from dondoc.services.booking import Booking, transfer_id
from dondoc.store.tables_money import TransferRow

_GONE = (EntryKind.RETURN, EntryKind.EXPENSE)


def settle_debit(booking: Booking, debit: TransferRow) -> None:
    """Say what a debit was, if the books or the bank say it; else it is a problem for the head."""
    entry = next((entry for entry in _expected(booking) if _left(entry) == debit.debit), None)
    if entry is not None:
        explain(booking, debit, f"{entry.kind.value}/{entry.number}")
        return
    found = reversal_of(booking, debit)
    if found is not None and found.is_certain:
        take_back(booking, debit, booking.session.get_one(TransferRow, int(found.transfers[0])))
        return
    booking.raise_problem(
        f"unexplained_debit/{debit.id}",
        "unexplained_debit",
        f"{dong(debit.debit)} chi ngày {ngay(debit.booked_on)}: {debit.remark}",
    )


def take_back(booking: Booking, debit: TransferRow, credit: TransferRow) -> None:
    """The debit is the bank's reversal of a credit (scenario 13)."""
    booking.reverse(credit, debit.remark)
    explain(booking, debit, f"reversal/{credit.id}")


def explain(booking: Booking, debit: TransferRow, what: str) -> None:
    """It is known what the debit was."""
    debit.settled_at, debit.settled_as = booking.now, what
    booking.resolve(f"unexplained_debit/{debit.id}")


def reversal_of(booking: Booking, debit: TransferRow) -> Reversal | None:
    """The credits that a debit may take back, the likeliest first."""
    booked = [
        Booked(transfer_id(row), row.credit, row.booked_on, row.remark, row.document) for row in _received(booking)
    ]
    money = Outgoing(debit.debit, debit.booked_on, debit.remark)
    return reversal_in(money, booked, booking.office.banks.reversals)


def _expected(booking: Booking) -> Iterator[Entry]:
    """What was booked as gone from the account, and no statement has shown yet."""
    seen = set(
        booking.session.scalars(
            select(TransferRow.settled_as).where(
                TransferRow.plan_id == booking.plan.id, TransferRow.settled_as.is_not(None)
            )
        )
    )
    for entry in booking.ledger.books.entries:
        is_told = f"{entry.kind.value}/{entry.number}" in seen
        if entry.kind in _GONE and not is_told and entry.number not in booking.ledger.books.corrected:
            yield entry


def _left(entry: Entry) -> int:
    """How much an entry takes from the account."""
    return -sum(posting.amount for posting in entry.postings if posting.account == BANK)


def _received(booking: Booking) -> list[TransferRow]:
    """The credits that are in the books and were not taken back."""
    corrected = booking.ledger.books.corrected
    standing = {
        posting.account.item
        for entry in booking.ledger.books.entries
        if entry.kind is EntryKind.RECEIVE and entry.number not in corrected
        for posting in entry.postings
    }
    rows = booking.session.scalars(
        select(TransferRow)
        .where(TransferRow.plan_id == booking.plan.id, TransferRow.credit > 0)
        .order_by(TransferRow.id)
    )
    return [row for row in rows if transfer_id(row) in standing]
