"""Money in a rehearsal: a statement that stands in a file, and what the head decides about money."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.dues import DueKey, due_key
from dondoc.domain.states import ProblemState
from dondoc.errors import Unreadable
from dondoc.services import money
from dondoc.services.booking import limits_of
from dondoc.services.bookkeeping import books_in, dues_in, find_due
from dondoc.services.candidates import Candidates, credits_of, waiting_transfers
from dondoc.services.office import Office
from dondoc.services.script import HeadStep
from dondoc.store.history import Actor
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import ProblemRow

_CODE = re.compile(rb"\{code:([^{}\s]+)\}")


def with_codes(session: Session, plan_id: str, content: bytes) -> bytes:
    """A statement with `{code:DUE-KEY}` replaced by that due's code. Raises Unreadable for a due that there is not."""
    return _CODE.sub(lambda found: find_due(session, plan_id, found[1].decode()).code.encode(), content)


def decide(office: Office, plan_id: str, head: HeadStep, by: Actor) -> None:
    """Do what a step says about money. Raises Unreadable when nothing there fits it."""
    parts = {DueKey(key): amount for key, amount in head.parts.items()} or None
    match head.do:
        case "waive":
            money.waive(office, plan_id, _due(head), head.reason, by)
        case "split" | "confirm":
            money.confirm(office, plan_id, _waiting(office, plan_id, head), by, parts)
        case "return":
            money.give_back(office, plan_id, _held(office, plan_id, head), by, head.amount)
        case "carry_over":
            money.carry_over(office, plan_id, _held(office, plan_id, head), by, parts)
        case "thaw":
            money.thaw(office, plan_id, _due(head), head.reason, by)
        case "let_go":
            money.let_go(office, plan_id, _due(head), head.reason, by)
        case "spend":
            expense = money.Expense(
                head.activity or "",
                head.amount or 0,
                office.clock.now().date(),
                head.reason,
                head.note or "",
                f"rehearsal/{office.clock.now().isoformat()}",
            )
            money.spend(office, plan_id, expense, by)
        case "cash":
            day = office.clock.now()
            cash = money.Cash(head.amount or 0, day.date(), head.note or "", f"rehearsal/{day.isoformat()}")
            money.book_cash(office, plan_id, cash, parts or {DueKey(_due(head)): head.amount or 0}, by)
        case "undo_entry":
            money.undo(office, plan_id, head.amount or 0, head.reason, by)


def _due(head: HeadStep) -> str:
    if head.due is not None:
        return head.due
    if head.problem is not None and head.problem.count("/") >= 2:
        return "due/" + head.problem.partition("/")[2]
    if head.occurrence is None or head.unit is None:
        raise Unreadable(f"'{head.do}' needs 'due', or 'occurrence' and 'unit'")
    return due_key(head.occurrence, head.unit)


def _number(head: HeadStep) -> int | None:
    if head.transfer is not None:
        return head.transfer
    end = (head.problem or "").rpartition("/")[2]
    return int(end) if end.isdigit() else None


def _waiting(office: Office, plan_id: str, head: HeadStep) -> int:
    """The transfer that is meant: by its number, or the newest that may be the unit's."""
    if (number := _number(head)) is not None:
        return number
    with office.sessions.reading() as session:
        plan = plan_of(find_plan(session, plan_id))
        books = books_in(session, plan_id)
        candidates = Candidates(session, plan, books, dues_in(session, plan_id), limits_of(office, plan))
        waiting = waiting_transfers(session, books)[::-1]
        for row in waiting:
            if head.unit is None or any(c.unit == head.unit for c in candidates.of(row).candidates):
                return row.id
        if waiting and head.parts:
            return waiting[0].id
    raise Unreadable(f"no money waits that could be {head.unit or 'anybody'}'s")


def _held(office: Office, plan_id: str, head: HeadStep) -> int:
    """The transfer whose credit is meant, or else the one that waits."""
    if (number := _number(head)) is not None:
        return number
    with office.sessions.reading() as session:
        held = list(credits_of(session, books_in(session, plan_id), head.unit))
    return held[-1][0].id if held else _waiting(office, plan_id, head)


def confirms_sender(office: Office, plan_id: str, head: HeadStep) -> bool:
    """Whether 'confirm' is about the sender of a message, not about money."""
    if head.problem is not None:
        return not head.problem.startswith("unmatched_money")
    if head.transfer is not None or head.parts:
        return False
    with office.sessions.reading() as session:
        mine = (ProblemRow.kind == "unknown_sender", ProblemRow.unit == head.unit)
        open_ones = select(ProblemRow.id).where(
            ProblemRow.plan_id == plan_id, ProblemRow.state != ProblemState.RESOLVED, *mine
        )
        return session.scalar(open_ones.limit(1)) is not None
