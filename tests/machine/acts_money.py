"""What payers and the treasurer do in a play."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from dondoc.domain.accounts import standings_of_dues
from dondoc.domain.dues import DueKey
from dondoc.services import money
from dondoc.services.bookkeeping import books_in
from dondoc.services.candidates import credits_of, waiting_transfers
from dondoc.store.tables_money import DueRow, EntryRow, TransferRow
from tests.integration.bank import TREASURER
from tests.integration.office import PLAN
from tests.machine.acts import may_be_refused, one_of
from tests.machine.core import Core

MONEY: Final = (
    *("confirm", "carry_over", "return", "waive", "cash", "spend", "undo"),
    *("let_go", "thaw", "reverse", "leave"),
)
WORDS: Final = ("code", "code", "code", "broken", "name", "nothing", "both", "both")
"""What a transfer says of what it pays."""


def dues(core: Core) -> list[DueRow]:
    with core.desk.office.sessions.reading() as session:
        return list(session.scalars(select(DueRow).where(~DueRow.is_internal).order_by(DueRow.number)))


def lacking(core: Core) -> set[str]:
    """The keys of the dues of which something is owed, or frozen."""
    with core.desk.office.sessions.reading() as session:
        standings = standings_of_dues(books_in(session, PLAN).balances)
    return {str(key) for key, standing in standings.items() if standing.outstanding or standing.frozen}


def lacking_first(core: Core) -> list[DueRow]:
    """Twice as many that lack something as others, of which nothing may be owed any more."""
    every, owed = dues(core), lacking(core)
    return [due for due in every if due.key in owed] + every


def confirm_all(core: Core) -> None:
    """Whatever waits pays what it is most likely for."""
    with core.desk.office.sessions.reading() as session:
        waiting = [row.id for row in waiting_transfers(session, books_in(session, PLAN))]
    for transfer in waiting:
        with may_be_refused():
            money.confirm(core.desk.office, PLAN, transfer, TREASURER)


def decide_money(core: Core, do: str, pick: int, amount: int) -> None:
    office, today = core.desk.office, core.today
    with office.sessions.reading() as session:
        books = books_in(session, PLAN)
        waiting = [row.id for row in waiting_transfers(session, books)]
        credited = [row.id for row, _, _ in credits_of(session, books)]
        debits = session.scalars(select(TransferRow.id).where(TransferRow.debit > 0, TransferRow.settled_at.is_(None)))
        credits_ = session.scalars(select(TransferRow.id).where(TransferRow.credit > 0)).all()
        entries = session.scalars(select(EntryRow.number)).all()
        debit = one_of(debits.all(), pick)
    due = one_of(dues(core), pick)
    parts = {DueKey(due.key): amount} if due is not None and pick % 2 else None
    source = f"money/{core.next()}"
    with may_be_refused():
        match do:
            case "confirm" if transfer := one_of(waiting, pick):
                money.confirm(office, PLAN, transfer, TREASURER, parts)
            case "carry_over" if transfer := one_of(credited, pick):
                money.carry_over(office, PLAN, transfer, TREASURER, parts)
            case "return" if transfer := one_of(credited + waiting, pick):
                money.give_back(office, PLAN, transfer, TREASURER, amount if pick % 2 else None)
            case "waive" if due is not None:
                money.waive(office, PLAN, due.key, "Lý do", TREASURER)
            case "cash" if due is not None:
                cash = money.Cash(amount, today, "Nguyễn Văn An", source)
                money.book_cash(office, PLAN, cash, {DueKey(due.key): min(amount, due.amount)}, TREASURER)
            case "spend":
                activity = ("ky-nghi-hong", "seminar", "visit")[pick % 3]
                spent = money.Expense(activity, amount, today, "Quà", "Hóa đơn 12", source, in_cash=bool(pick % 2))
                money.spend(office, PLAN, spent, TREASURER, debit if pick % 5 == 0 else None)
            case "undo" if entry := one_of(entries, pick):
                money.undo(office, PLAN, entry, "Nhầm", TREASURER)
            case "let_go" if due is not None:
                money.let_go(office, PLAN, due.key, "Lý do", TREASURER)
            case "thaw" if due is not None:
                money.thaw(office, PLAN, due.key, "Lý do", TREASURER)
            case "reverse" if debit is not None and (credit := one_of(credits_, pick)):
                money.reverse(office, PLAN, debit, credit, TREASURER)
            case "leave" if debit is not None:
                money.leave_debit(office, PLAN, debit, "Phí quản lý tài khoản", TREASURER)


def pays(core: Core, due: DueRow, amount: int, words: str) -> None:
    """A transfer for a due: with its code, its unit's name, nothing, or another due's code as well."""
    others = [other for other in dues(core) if other.unit == due.unit and other.key != due.key]
    remark = {
        "code": due.code,
        "broken": f"{due.code[:6]} {due.code[6:]} nop",
        "name": f"Doan {due.unit.replace('-', ' ')} nop kinh phi",
        "nothing": "NGUYEN VAN A chuyen khoan",
        "both": " ".join([due.code, *(other.code for other in others[:1])]),
    }[words]
    core.bank_books(amount + (others[0].amount if words == "both" and others else 0), remark)
