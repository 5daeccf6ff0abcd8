"""Where every đồng is: what each event adds to the books, in double entry (Plan 2024, III.1).

Each function returns the entries that an event calls for, or refuses; whoever keeps the books adds them:

    books = books.with_(allocate(books, transfer, {due: 7_000_000}, day))
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from dondoc.domain.accounts import BANK, Account, AccountKind, TransferId
from dondoc.domain.books import Books, Entry, EntryKind, Posting
from dondoc.domain.dues import Due
from dondoc.domain.ids import ActivityId, UnitId
from dondoc.errors import Refused


def raise_due(books: Books, due: Due, on: date) -> Entry:
    """The unit owes it from now on. Raises Refused when it is raised already."""
    if books.balance(AccountKind.INCOME, due.activity, due.key):
        raise Refused(f"{due.key} is raised already: withdraw it before it is raised with another amount")
    return _entry(books, EntryKind.RAISE, on, due.amount, _receivable(due), _income(due))


def settle_internally(books: Books, due: Due, on: date) -> Entry:
    """The head's own share is there without a transfer (A2)."""
    if not due.is_internal:
        raise Refused(f"{due.key} is paid by transfer: only the share of the head's own unit is internal")
    internal = Account(AccountKind.INTERNAL, due.unit, due.key)
    return _entry(books, EntryKind.SETTLE, on, due.amount, internal, _receivable(due))


def receive(books: Books, transfer: TransferId, amount: int, on: date, into: Account = BANK) -> Entry:
    """Money came; whose it is will be seen. Raises Refused when this transfer is booked already."""
    if _suspense(transfer) in books.balances:
        raise Refused(f"transfer {transfer} is booked already")
    return _entry(books, EntryKind.RECEIVE, on, amount, into, _suspense(transfer))


def allocate(books: Books, transfer: TransferId, parts: Mapping[Due, int], on: date) -> Entry:
    """The transfer, or a part of it, pays these dues."""
    credits = [Posting(_receivable(due), -_positive(amount)) for due, amount in parts.items()]
    total = _positive(sum(parts.values()))
    return _checked(books, EntryKind.ALLOCATE, on, (Posting(_suspense(transfer), total), *credits))


def hold_credit(books: Books, transfer: TransferId, unit: UnitId, amount: int, on: date) -> Entry:
    """The unit paid too much: the rest of its transfer waits for the head's word (scenario 5)."""
    return _entry(books, EntryKind.CREDIT, on, amount, _suspense(transfer), _credit(unit, transfer))


def carry_over(books: Books, transfer: TransferId, unit: UnitId, parts: Mapping[Due, int], on: date) -> Entry:
    """The unit's credit from this transfer pays these dues."""
    credits = [Posting(_receivable(due), -_positive(amount)) for due, amount in parts.items()]
    total = _positive(sum(parts.values()))
    return _checked(books, EntryKind.CARRY_OVER, on, (Posting(_credit(unit, transfer), total), *credits))


def give_back(
    books: Books, transfer: TransferId, amount: int, on: date, unit: UnitId | None = None, out_of: Account = BANK
) -> Entry:
    """A unit's credit, or (without a unit) unmatched money, goes back to who paid it."""
    source = _credit(unit, transfer) if unit else _suspense(transfer)
    return _entry(books, EntryKind.RETURN, on, amount, source, out_of)


def waive(books: Books, due: Due, amount: int, on: date, reason: str, *, is_fee: bool = False) -> Entry:
    """The head lets a shortfall go; `is_fee` says that a bank kept it. What may be waived is the caller's policy."""
    kind = AccountKind.FEE if is_fee else AccountKind.WAIVED
    forgiven = Account(kind, due.activity, due.key)
    entry = EntryKind.FEE if is_fee else EntryKind.WAIVE
    return _entry(books, entry, on, amount, forgiven, _receivable(due), reason)


def freeze(books: Books, due: Due, on: date, reason: str) -> Entry:
    """What the due still lacks waits for the head; undoing the entry thaws it (scenario 21)."""
    lacking = books.balance(AccountKind.RECEIVABLE, due.unit, due.key)
    if not lacking:
        raise Refused(f"{due.key} lacks nothing that could be frozen")
    frozen = Account(AccountKind.FROZEN, due.unit, due.key)
    return _entry(books, EntryKind.FREEZE, on, lacking, frozen, _receivable(due), reason)


def spend(books: Books, activity: ActivityId, amount: int, on: date, evidence: str, out_of: Account = BANK) -> Entry:
    """Spending more than was received is recorded all the same: it is a problem, and a fact (R23)."""
    return _entry(books, EntryKind.EXPENSE, on, amount, Account(AccountKind.EXPENSE, activity), out_of, evidence)


def move(books: Books, source: ActivityId, target: ActivityId, amount: int, on: date, reason: str) -> Entry:
    """What one activity saved is given to another."""
    if source == target:
        raise Refused(f"{source} cannot give money to itself: name another activity")
    gives, gets = Account(AccountKind.MOVED, source), Account(AccountKind.MOVED, target)
    return _entry(books, EntryKind.MOVE, on, amount, gives, gets, reason)


def change_place(books: Books, source: Account, target: Account, amount: int, on: date) -> Entry:
    """Cash is paid in at the bank, or drawn from it."""
    return _entry(books, EntryKind.MOVE, on, amount, target, source)


def undo(books: Books, number: int, on: date, reason: str) -> Entry:
    """Take an entry back, whether it was a mistake or is true no more; undoing RAISE withdraws the due.

    Raises Refused when it was taken back before, or when what it brought is already used.
    """
    entry = books.entry(number)
    if number in books.corrected:
        raise Refused(f"entry {number} is taken back already")
    if entry.kind in (EntryKind.UNDO, EntryKind.REVERSE):
        raise Refused(f"entry {number} is itself a correction: make the corrected entry anew instead")
    return _checked(books, EntryKind.UNDO, on, _taken_back(entry), corrects=number, note=reason)


def reverse(books: Books, transfer: TransferId, on: date, reason: str) -> tuple[Entry, ...]:
    """The bank took the money back (scenario 13): whatever the transfer paid is open again, its waivers are undone.

    The entries that are taken back void their receipts. Raises Refused when the transfer is not in the books.
    """
    standing = [entry for entry in books.entries if entry.number not in books.corrected]
    received = next((e for e in standing if e.kind is EntryKind.RECEIVE and _touches(e, {transfer})), None)
    if received is None:
        raise Refused(f"transfer {transfer} is not in the ledger, or was taken back already")
    uses = (EntryKind.ALLOCATE, EntryKind.CREDIT, EntryKind.CARRY_OVER)
    used = [entry for entry in standing if entry.kind in uses and _touches(entry, {transfer})]
    touched = {posting.account.item for entry in used for posting in entry.postings}
    waived = [e for e in standing if e.kind in (EntryKind.WAIVE, EntryKind.FEE) and _touches(e, touched)]
    made: list[Entry] = []
    for entry in sorted((*used, *waived), key=lambda entry: entry.number, reverse=True):
        made.append(undo(books, entry.number, on, reason))
        books = books.with_(made[-1])
    # Unchecked: what was returned to the payer before is now a claim against the payer.
    last = Entry(books.next_number, EntryKind.REVERSE, on, _taken_back(received), received.number, reason)
    return (*made, last)


_MUST_BE_HELD: Final = {AccountKind.SUSPENSE: "has unmatched", AccountKind.CREDIT: "holds as credit"}


def _entry(
    books: Books, kind: EntryKind, on: date, amount: int, debit: Account, credit: Account, note: str = ""
) -> Entry:
    postings = (Posting(debit, _positive(amount)), Posting(credit, -amount))
    return _checked(books, kind, on, postings, note=note)


def _checked(
    books: Books,
    kind: EntryKind,
    on: date,
    postings: tuple[Posting, ...],
    *,
    corrects: int | None = None,
    note: str = "",
) -> Entry:
    """The entry, unless it takes more from a due, a transfer or a credit than there is. Raises Refused."""
    entry = Entry(books.next_number, kind, on, postings, corrects, note)
    for posting in postings:
        account, there = posting.account, books.balances.get(posting.account, 0)
        if account.kind is AccountKind.RECEIVABLE and there + posting.amount < 0:
            said = f"{account.item} owes"
        elif account.kind in _MUST_BE_HELD and there + posting.amount > 0:
            said = f"transfer {account.item} {_MUST_BE_HELD[account.kind]}"
        else:
            continue
        raise Refused(f"{said} only {abs(there)} đồng, not {abs(posting.amount)}")
    return entry


def _positive(amount: int) -> int:
    if amount <= 0:
        raise Refused(f"an amount of {amount} đồng cannot be booked: it must be more than 0")
    return amount


def _taken_back(entry: Entry) -> tuple[Posting, ...]:
    return tuple(Posting(posting.account, -posting.amount) for posting in entry.postings)


def _touches(entry: Entry, items: Collection[str]) -> bool:
    return any(posting.account.item in items for posting in entry.postings)


def _receivable(due: Due) -> Account:
    return Account(AccountKind.RECEIVABLE, due.unit, due.key)


def _income(due: Due) -> Account:
    return Account(AccountKind.INCOME, due.activity, due.key)


def _suspense(transfer: TransferId) -> Account:
    return Account(AccountKind.SUSPENSE, item=transfer)


def _credit(unit: UnitId, transfer: TransferId) -> Account:
    return Account(AccountKind.CREDIT, unit, transfer)
