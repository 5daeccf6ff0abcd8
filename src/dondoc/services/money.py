"""What the head or the treasurer decides about money (III.1): each decision is booked, with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from dondoc.domain import ledger as rules
from dondoc.domain.accounts import BANK, CASH, AccountKind
from dondoc.domain.books import EntryKind
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import ActivityId, UnitId
from dondoc.domain.wording import dong
from dondoc.errors import Refused, Unreadable
from dondoc.services.booking import Booking, find_transfer, limits_of, unmatched_of
from dondoc.services.candidates import Candidates, credits_of
from dondoc.services.debits import explain, take_back
from dondoc.services.money_views import cash_account
from dondoc.services.office import Office
from dondoc.store.history import Actor, resolve_problem
from dondoc.store.tables_money import ExpenseRow, TransferRow

Parts = Mapping[DueKey, int]


@contextmanager
def booking(office: Office, plan_id: str | None, by: Actor) -> Iterator[Booking]:
    """One act of booking, with all its consequences, or nothing of it."""
    with office.sessions.writing() as session:
        act = Booking(office, session, plan_id, by)
        yield act
        act.finish()


def confirm(office: Office, plan_id: str | None, transfer: int, by: Actor, parts: Parts | None = None) -> None:
    """Use the unmatched money of a transfer as proposed, or for these dues; what is left over is the unit's credit.

    Raises Refused when nothing is proposed, dues of several units are named, or more than there is.
    """
    with booking(office, plan_id, by) as act:
        row = find_transfer(act.session, act.plan.id, transfer)
        held = unmatched_of(act.ledger.books, row)
        if held <= 0:
            raise Refused(f"transfer {transfer} has no money left that is not booked")
        chosen = dict(parts) if parts else _proposed(act, row)
        units = {act.due(key).unit for key in chosen}
        if len(units) != 1:
            raise Refused(f"transfer {transfer} pays dues of one unit at a time, not of {', '.join(sorted(units))}")
        act.allocate(row, chosen)
        if (rest := held - sum(chosen.values())) > 0:
            act.hold_credit(row, act.due(next(iter(chosen))), rest)


def carry_over(office: Office, plan_id: str | None, transfer: int, by: Actor, parts: Parts | None = None) -> None:
    """A unit's credit pays other dues of its own: these, or those that are open, oldest first (scenarios 5 and 9)."""
    with booking(office, plan_id, by) as act:
        row, unit, held = _credit(act, transfer)
        chosen = dict(parts) if parts else _candidates(act).of_credit(unit, held)
        if not chosen:
            raise Refused(f"{unit} has no open due to which the credit of transfer {transfer} could be carried over")
        act.carry_over(row, unit, chosen)


def give_back(office: Office, plan_id: str | None, transfer: int, by: Actor, amount: int | None = None) -> None:
    """Money is returned to who paid it: a unit's credit, or what is unmatched. Raises Refused when there is neither."""
    with booking(office, plan_id, by) as act:
        row = find_transfer(act.session, act.plan.id, transfer)
        credit = next(
            ((unit, held) for found, unit, held in credits_of(act.session, act.ledger.books) if found is row), None
        )
        unit, held = credit or (None, unmatched_of(act.ledger.books, row))
        if held <= 0:
            raise Refused(f"transfer {transfer} has nothing left that could be returned: all of it pays a due")
        act.give_back(row, amount or held, unit)


def waive(office: Office, plan_id: str | None, due: str, reason: str, by: Actor) -> None:
    """Let go what a due still lacks (scenarios 6 and 7). Raises Refused above the tolerance of the plan."""
    with booking(office, plan_id, by) as act:
        key = DueKey(due)
        act.due(key)
        standing = act.standings().get(key)
        if standing is None or not standing.outstanding:
            raise Refused(f"{due} lacks nothing that could be waived")
        if not act.is_small(standing):
            raise Refused(
                f"{due} lacks {dong(standing.outstanding)}: only up to {dong(act.plan.policy.tolerance)}, or a bank's "
                "fee, may be waived"
            )
        is_fee = standing.outstanding in office.banks.fees
        act.waive(key, reason.strip() or ("phí ngân hàng" if is_fee else "trong mức được bỏ qua"), is_fee=is_fee)


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash that a unit brought."""

    amount: int
    on: date
    payer: str
    source: str
    """Unique for each time: the same source again books nothing."""


def book_cash(office: Office, plan_id: str | None, cash: Cash, parts: Parts, by: Actor) -> bool:
    """Book cash that pays these dues of one unit; the rest is its credit. Returns whether it was new."""
    with booking(office, plan_id, by) as act:
        account = cash_account(act.plan.id)
        if _known(act, account, cash.source):
            return False
        _check_day(act, cash.on)
        units = {act.due(key).unit for key in parts}
        if len(units) != 1:
            raise Refused(f"cash pays dues of one unit at a time, not of {', '.join(sorted(units)) or 'none'}")
        row = TransferRow(
            plan_id=act.plan.id,
            account=account,
            fingerprint=cash.source,
            booked_on=cash.on,
            credit=cash.amount,
            debit=0,
            remark="Nộp tiền mặt",
            payer=cash.payer or None,
            recorded_at=act.now,
            recorded_by=by.who,
        )
        act.session.add(row)
        act.session.flush()
        act.receive(row)
        act.allocate(row, parts)
        if (rest := cash.amount - sum(parts.values())) > 0:
            act.hold_credit(row, act.due(next(iter(parts))), rest)
    return True


@dataclass(frozen=True, slots=True)
class Expense:
    """What was spent on an activity, and the paper that proves it (I.2 "tiết kiệm")."""

    activity: str
    amount: int
    on: date
    what: str
    evidence: str
    source: str
    in_cash: bool = False


def spend(office: Office, plan_id: str | None, expense: Expense, by: Actor, debit: int | None = None) -> bool:
    """Book an expense; returns whether it was new. `debit` is the line of a statement that it explains.

    Raises Refused without its evidence.
    """
    with booking(office, plan_id, by) as act:
        if act.session.scalar(select(ExpenseRow.id).where(ExpenseRow.source == expense.source)) is not None:
            return False
        if not expense.what.strip() or not expense.evidence.strip():
            raise Refused(
                "an expense needs what it was for and its evidence: the invoice's number, or where it is kept"
            )
        if not any(activity.id == expense.activity for activity in act.plan.activities):
            known = ", ".join(activity.id for activity in act.plan.activities)
            raise Unreadable(f"plan {act.plan.id} has no activity {expense.activity} (it has: {known})")
        _check_day(act, expense.on)
        line = _open_debit(act, debit) if debit is not None else None
        if line is not None and line.debit != expense.amount:
            raise Refused(f"transfer {debit} is {dong(line.debit)}, not {dong(expense.amount)}")
        place = CASH if expense.in_cash else BANK
        entry = rules.spend(
            act.ledger.books, ActivityId(expense.activity), expense.amount, expense.on, expense.evidence.strip(), place
        )
        act.ledger.add(entry)
        act.session.add(
            ExpenseRow(
                plan_id=act.plan.id,
                entry=entry.number,
                activity=expense.activity,
                amount=expense.amount,
                spent_on=expense.on,
                what=expense.what.strip(),
                evidence=expense.evidence.strip(),
                source=expense.source,
            )
        )
        if line is not None:
            explain(act, line, f"expense/{entry.number}")
        act.note("money.spent", detail=f"{expense.activity}: {dong(expense.amount)}, {expense.what.strip()}")
    return True


def reverse(office: Office, plan_id: str | None, debit: int, credit: int, by: Actor) -> None:
    """A debit is the bank's reversal of a credit that was booked (scenario 13)."""
    with booking(office, plan_id, by) as act:
        line, taken = _open_debit(act, debit), find_transfer(act.session, act.plan.id, credit)
        if line.debit != taken.credit:
            raise Refused(f"transfer {credit} brought {dong(taken.credit)}, the debit takes {dong(line.debit)}")
        take_back(act, line, taken)


def leave_debit(office: Office, plan_id: str | None, debit: int, why: str, by: Actor) -> None:
    """A debit that is none of the plan's money. Raises Refused without a reason."""
    with booking(office, plan_id, by) as act:
        if not why.strip():
            raise Refused(f"transfer {debit}: say what it was")
        explain(act, _open_debit(act, debit), f"other: {why.strip()}")
        act.note("money.left", old=str(debit), detail=why.strip())


def undo(office: Office, plan_id: str | None, entry: int, reason: str, by: Actor) -> None:
    """Take back an entry that was a mistake; its receipt is void, and what it paid is owed again."""
    with booking(office, plan_id, by) as act:
        if not reason.strip():
            raise Refused(f"entry {entry}: to take it back, give the reason")
        kind = act.ledger.books.entry(entry).kind
        if kind not in _UNDOABLE:
            raise Refused(f"entry {entry} ({kind.value}) follows from something else and cannot be taken back alone")
        act.undo(entry, reason.strip())


_UNDOABLE = (
    EntryKind.ALLOCATE,
    EntryKind.CREDIT,
    EntryKind.CARRY_OVER,
    EntryKind.WAIVE,
    EntryKind.FEE,
    EntryKind.EXPENSE,
    EntryKind.FREEZE,
)


def let_go(office: Office, plan_id: str | None, due: str, reason: str, by: Actor) -> None:
    """What a unit that left, or became part of another, still owes is asked of nobody: one share instead of two
    (scenarios 20 and 21). Raises Refused without a reason, or for a due that is not frozen.
    """
    with booking(office, plan_id, by) as act:
        if not reason.strip():
            raise Refused(f"{due}: to let it go, give the reason")
        act.undo(_freezing(act, due), reason.strip())
        act.waive(DueKey(due), reason.strip(), is_fee=False)
        resolve_problem(act.session, act.plan.id, act.now, due.replace("due/", "frozen_due/", 1), by=by)


def thaw(office: Office, plan_id: str | None, due: str, reason: str, by: Actor) -> None:
    """What a unit that left still owes is asked for after all, of the one that it became part of if there is one."""
    with booking(office, plan_id, by) as act:
        entry = _freezing(act, due)
        act.undo(entry, reason.strip() or "được thu tiếp")
        resolve_problem(act.session, act.plan.id, act.now, due.replace("due/", "frozen_due/", 1), by=by)


def _freezing(act: Booking, due: str) -> int:
    books = act.ledger.books
    for entry in reversed(books.entries):
        if (
            entry.kind is EntryKind.FREEZE
            and entry.number not in books.corrected
            and any(p.account.kind is AccountKind.FROZEN and p.account.item == due for p in entry.postings)
        ):
            return entry.number
    raise Refused(f"{due} is not frozen")


def _proposed(act: Booking, row: TransferRow) -> dict[DueKey, int]:
    best = next(iter(_candidates(act).of(row).candidates), None)
    if best is None or not best.parts:
        raise Refused(f"transfer {row.id}: nothing is proposed; name the dues that it pays")
    return {due.key: int(amount) for due, amount in best.parts}


def _candidates(act: Booking) -> Candidates:
    return Candidates(act.session, act.plan, act.ledger.books, act.dues, limits_of(act.office, act.plan))


def _credit(act: Booking, transfer: int) -> tuple[TransferRow, UnitId, int]:
    for row, unit, held in credits_of(act.session, act.ledger.books):
        if row.id == transfer:
            return row, unit, held
    raise Refused(f"transfer {transfer} holds no credit of a unit")


def _open_debit(act: Booking, number: int) -> TransferRow:
    row = find_transfer(act.session, act.plan.id, number)
    if not row.debit:
        raise Refused(f"transfer {number} came in; only money that went out can be explained so")
    if row.settled_at is not None:
        raise Refused(f"transfer {number} is explained already: {row.settled_as}")
    return row


def _known(act: Booking, account: str, source: str) -> bool:
    found = select(TransferRow.id).where(TransferRow.account == account, TransferRow.fingerprint == source)
    return act.session.scalar(found) is not None


def _check_day(act: Booking, day: date) -> None:
    if day > act.today:
        raise Refused(f"{day:%d/%m/%Y} has not come yet: today is {act.today:%d/%m/%Y}")
