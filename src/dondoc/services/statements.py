"""Taking in a bank's statement (III.1): every line once, what is certain booked, the rest put before the head.

All of one file is one transaction. What an import would do is found by doing it and keeping nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select

from dondoc.bank.lines import Line, Rejected, Statement
from dondoc.bank.statements import naming, read_statement
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong
from dondoc.domain.states import Severity
from dondoc.domain.wording import dong, ngay
from dondoc.errors import Refused
from dondoc.mail.letters_money import MoneyItem, MoneyMatter
from dondoc.services import money_letters as letters
from dondoc.services.booking import Booking, limits_of, unmatched_of
from dondoc.services.candidates import Candidates, book_certain
from dondoc.services.debits import settle_debit
from dondoc.services.money_views import proposal_text, short_unit, title_of
from dondoc.services.office import Draft, Office
from dondoc.store.history import Actor
from dondoc.store.parts import in_parts
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import ProblemRow
from dondoc.store.tables_money import ClaimRow, DueRow, StatementRow, TransferRow

SHOWN_IN = 2
"""Working days after a transfer within which a statement shows it: so long a unit's word that it paid is waited for."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What a statement brought."""

    name: str
    lines: int
    added: int
    """How many of its lines were new; all others were imported before."""
    came: Dong
    went: Dong
    matched: tuple[tuple[DueKey, Dong], ...]
    """What was booked without asking."""
    items: tuple[MoneyItem, ...]
    """What needs a decision."""
    rejected: tuple[Rejected, ...]
    breaks: tuple[int, ...]
    """Lines whose balance does not follow from the line before: rows are missing there."""
    first: date | None
    last: date | None


def preview_statement(office: Office, plan_id: str | None, name: str, content: bytes, by: Actor) -> Imported:
    """What importing the file would do. Raises as `import_statement` does; nothing is kept."""
    return _import(office, plan_id, name, content, by, keep=False)


def import_statement(office: Office, plan_id: str | None, name: str, content: bytes, by: Actor) -> Imported:
    """Take in a statement. The same file again, or days that overlap, add nothing (scenarios 11 and 12).

    Raises NotAStatement for a file that is none of the plan's account, Refused when the plan names no account.
    """
    return _import(office, plan_id, name, content, by, keep=True)


def _import(office: Office, plan_id: str | None, name: str, content: bytes, by: Actor, *, keep: bool) -> Imported:
    with office.sessions.reading() as session:
        plan = plan_of(find_plan(session, plan_id))
    if plan.account is None:
        raise Refused(f"plan {plan.id} names no account: add 'account' to the plan before statements are imported")
    layout = office.banks.layout_of(plan.account.bank_bin)
    with naming(name):
        found = read_statement(content, layout, plan.account.number)
    with office.sessions.writing() as session:
        booking = Booking(office, session, plan.id, by)
        imported = _take_in(booking, plan.account.number, name, hashlib.sha256(content).hexdigest(), found)
        if not keep:
            session.rollback()
    return imported


def _take_in(booking: Booking, account: str, name: str, digest: str, found: Statement) -> Imported:
    fresh = _new_lines(booking, account, found.rows)
    row = _statement(booking, account, name, digest, found, len(fresh))
    transfers = [_transfer(booking, account, row, line) for line in sorted(fresh, key=lambda line: line.booked_on)]
    for transfer in transfers:
        if transfer.credit:
            booking.receive(transfer)
            book_certain(booking, transfer)
        else:
            settle_debit(booking, transfer)
    _search_claims(booking)
    matched = tuple((key, Dong(amount)) for key, amount in booking.allocated.items())
    booking.settle()
    items = tuple(_items(booking, transfers))
    imported = Imported(
        name=name,
        lines=len(found.rows),
        added=len(fresh),
        came=Dong(sum(transfer.credit for transfer in transfers)),
        went=Dong(sum(transfer.debit for transfer in transfers)),
        matched=matched,
        items=items,
        rejected=found.rejected,
        breaks=found.breaks,
        first=found.period[0] if found.period else None,
        last=found.period[1] if found.period else None,
    )
    notices: list[Draft] = []
    if row is not None and (items or (found.rejected and fresh)):
        notices = letters.notices(
            booking.office,
            booking.session,
            booking.plan,
            booking.now,
            row,
            came=imported.came,
            matched=[(_named(booking, key), amount) for key, amount in matched],
            items=items,
            rejected=len(found.rejected),
        )
        booking.tell()
    booking.write(*notices)
    return imported


def _new_lines(booking: Booking, account: str, lines: Sequence[Line]) -> list[Line]:
    known = {
        fingerprint
        for some in in_parts(line.fingerprint for line in lines)
        for fingerprint in booking.session.scalars(
            select(TransferRow.fingerprint).where(TransferRow.account == account, TransferRow.fingerprint.in_(some))
        )
    }
    return [line for line in lines if line.fingerprint not in known]


def _statement(
    booking: Booking, account: str, name: str, digest: str, found: Statement, added: int
) -> StatementRow | None:
    """The record of the import; None when the very same file was imported before and brings nothing new."""
    session, plan = booking.session, booking.plan
    again = session.scalar(
        select(StatementRow.id).where(StatementRow.plan_id == plan.id, StatementRow.digest == digest).limit(1)
    )
    if again is not None and not added:
        return None
    number = session.scalar(select(func.max(StatementRow.number)).where(StatementRow.plan_id == plan.id)) or 0
    row = StatementRow(
        plan_id=plan.id,
        number=number + 1,
        name=name,
        digest=digest,
        account=account,
        first=found.period[0] if found.period else None,
        last=found.period[1] if found.period else None,
        imported_at=booking.now,
        imported_by=booking.by.who,
        lines=len(found.rows),
        added=added,
        rejected=json.dumps([[r.line_number, r.reason.value, r.raw] for r in found.rejected], ensure_ascii=False),
    )
    session.add(row)
    session.flush()
    booking.note("statement.imported", new=name, detail=f"{added} new of {len(found.rows)} lines")
    return row


def _transfer(booking: Booking, account: str, statement: StatementRow | None, line: Line) -> TransferRow:
    row = TransferRow(
        plan_id=booking.plan.id,
        account=account,
        fingerprint=line.fingerprint,
        statement_id=statement.id if statement else None,
        line_number=line.line_number,
        booked_on=line.booked_on,
        credit=line.credit,
        debit=line.debit,
        remark=line.remark,
        document=line.document,
        payer=line.payer,
        recorded_at=booking.now,
        recorded_by=booking.by.who,
    )
    booking.session.add(row)
    booking.session.flush()
    return row


def _search_claims(booking: Booking) -> None:
    """A unit said that it paid, and the days in which it would show are covered: it is asked again."""
    session, office = booking.session, booking.office
    until = session.scalar(select(func.max(StatementRow.last)).where(StatementRow.plan_id == booking.plan.id))
    claims = session.execute(
        select(ClaimRow, DueRow)
        .join(DueRow, DueRow.id == ClaimRow.due_id)
        .where(DueRow.plan_id == booking.plan.id, ClaimRow.settled_at.is_(None))
        .order_by(ClaimRow.id)
    )
    for claim, due in claims.tuples().all():
        if DueKey(due.key) in booking.allocated or due.request is None:
            continue
        if until is not None and office.calendar.shift(claim.paid_on, SHOWN_IN) <= until:
            claim.settled_at, claim.found = booking.now, False
            due.request.held_at = None
            booking.note("claim.not_found", due, detail=f"{ngay(claim.paid_on)}, sao kê đến {ngay(until)}")
            booking.raise_problem(
                f"claim_not_found/{due.occurrence.key}/{due.unit}",
                "claim_not_found",
                f"{title_of(booking.plan, due.occurrence.key)}: đơn vị báo đã chuyển ngày {ngay(claim.paid_on)}, "
                f"sao kê đến {ngay(until)} chưa có",
                unit=due.unit,
                occurrence=due.occurrence.key,
                severity=Severity.NOTE,
            )


def _items(booking: Booking, transfers: Iterable[TransferRow]) -> Iterator[MoneyItem]:
    """What needs a decision of all that the statement brought."""
    plan, session = booking.plan, booking.session
    candidates = Candidates(session, plan, booking.ledger.books, booking.dues, limits_of(booking.office, plan))
    for transfer in transfers:
        held = unmatched_of(booking.ledger.books, transfer) if transfer.credit else 0
        if held > 0:
            best = next(iter(candidates.of(transfer).candidates), None)
            yield replace(
                _item(MoneyMatter.UNMATCHED, held, transfer),
                unit_short=short_unit(plan, best.unit, transfer) if best else None,
                proposal=proposal_text(plan, transfer, best) if best else None,
            )
        elif transfer.debit and transfer.settled_at is None:
            yield _item(MoneyMatter.DEBIT, transfer.debit, transfer)
    problems = [
        problem
        for some in in_parts(booking.told)
        for problem in session.scalars(
            select(ProblemRow).where(ProblemRow.plan_id == plan.id, ProblemRow.key.in_(some))
        )
    ]
    for problem in sorted(problems, key=lambda problem: problem.id):
        if (item := _item_of(booking, candidates, problem)) is not None:
            yield item


def _item_of(booking: Booking, candidates: Candidates, problem: ProblemRow) -> MoneyItem | None:
    plan = booking.plan
    unit = plan.unit(problem.unit).name_on(booking.today).short if problem.unit else None
    match problem.kind:
        case "credit_held" | "reversed":
            transfer = booking.session.get_one(TransferRow, int(problem.key.rpartition("/")[2]))
            if problem.kind == "reversed":
                return replace(_item(MoneyMatter.REVERSED, transfer.credit, transfer), unit_short=unit)
            amount = booking.credited_of(transfer)
            parts = candidates.of_credit(problem.unit or "", amount)
            proposal = "; ".join(f"{_title(booking, key)}: {dong(part)}" for key, part in parts.items())
            item = _item(MoneyMatter.CREDIT, amount, transfer)
            return replace(item, unit_short=unit, proposal=proposal or None)
        case "short":
            key = DueKey(f"due/{problem.occurrence}/{problem.unit}")
            lacks = booking.standings()[key].outstanding
            return MoneyItem(
                MoneyMatter.FEE if lacks in booking.office.banks.fees else MoneyMatter.SHORT,
                lacks,
                booking.today,
                unit_short=unit,
                about=title_of(plan, problem.occurrence or ""),
            )
    return None


def _item(matter: MoneyMatter, amount: int, transfer: TransferRow) -> MoneyItem:
    return MoneyItem(matter, Dong(amount), transfer.booked_on, about=transfer.remark, payer=transfer.payer)


def _title(booking: Booking, key: DueKey) -> str:
    return title_of(booking.plan, booking.dues[key].occurrence.key)


def _named(booking: Booking, key: DueKey) -> str:
    due = booking.dues[key]
    short = booking.plan.unit(due.unit).name_on(booking.today).short
    return f"{short} – {_title(booking, key)}"
