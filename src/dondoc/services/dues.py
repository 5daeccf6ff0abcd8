"""Raising what the units owe once an activity is agreed, and withdrawing it when it is called off (III.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.domain import ledger as rules
from dondoc.domain.accounts import DueStanding
from dondoc.domain.books import EntryKind
from dondoc.domain.dues import Due, code_of, dues_of
from dondoc.domain.ids import OccurrenceId
from dondoc.domain.payment_code import PaymentCode
from dondoc.domain.plan import Plan
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState
from dondoc.domain.wording import dong, ngay
from dondoc.services.asking import ask_again, open_request, settle
from dondoc.services.bookkeeping import Ledger, due_of
from dondoc.services.case import Case, cases, open_case
from dondoc.services.office import Office
from dondoc.store.history import RULES, note, raise_problem, resolve_problem
from dondoc.store.tables import OccurrenceRow, RequestRow
from dondoc.store.tables_money import DueRow, EntryRow, PostingRow

COLLECTING = (OccurrenceState.AGREED, OccurrenceState.LAUNCHED)
_CALLED_OFF = (OccurrenceState.CANCELLED, OccurrenceState.SKIPPED, OccurrenceState.MERGED)


@dataclass(frozen=True, slots=True)
class _Change:
    """What has to happen to the dues of one occurrence."""

    new: tuple[Due, ...] = ()
    changed: tuple[Due, ...] = ()
    frozen: tuple[str, ...] = ()
    """Dues of units that belong to the cluster no more."""
    withdrawn: tuple[str, ...] = ()


_NOTHING = _Change()


def raise_dues(office: Office) -> int:
    """Bring the dues of every occurrence in line with what was agreed; return how many were raised."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        behind = [
            (case.plan_id, case.key)
            for case in cases(session, now, *COLLECTING, *_CALLED_OFF)
            if _missing(session, case) != _NOTHING
        ]
    return sum(_bring_in_line(office, plan_id, key) for plan_id, key in behind)


def collecting(session: Session, case: Case) -> list[OccurrenceId]:
    """The occurrences of the activity that collect money, the first one first (`dues_of`)."""
    rows = session.scalars(select(OccurrenceRow).where(OccurrenceRow.plan_id == case.plan_id))
    states = {row.key: row.state for row in rows}
    raised = set(
        session.scalars(
            select(OccurrenceRow.key)
            .join(DueRow, DueRow.occurrence_id == OccurrenceRow.id)
            .where(DueRow.plan_id == case.plan_id, DueRow.withdrawn_at.is_(None))
        )
    )
    never = (OccurrenceState.BEFORE_SYSTEM, *_CALLED_OFF)
    return [
        planned.occurrence_id
        for planned in case.activity.occurrences
        if states.get(planned.id) not in (None, *never) or planned.id in raised
    ]


def _missing(session: Session, case: Case) -> _Change:
    known = {row.key: row for row in _dues(session, case)}
    if case.row.state in _CALLED_OFF:
        contribution = case.activity.contribution
        if not known or (
            contribution is not None and contribution.basis == "year" and len(collecting(session, case)) > 1
        ):
            return _NOTHING  # the year's money serves the occurrences that remain
        return _Change(withdrawn=tuple(key for key, row in known.items() if not _is_kept(row)))
    if case.activity.contribution is None:
        return _NOTHING
    each = collecting(session, case)
    wanted = dues_of(case.plan, case.planned.occurrence_id, case.proposal(session), case.now.date(), each)
    keys = {due.key for due in wanted}
    members = {unit.id for unit in case.plan.members_on(case.now.date())}
    return _Change(
        new=tuple(due for due in wanted if due.key not in known),
        changed=tuple(
            due
            for due in wanted
            if (row := known.get(due.key)) is not None and row.amount != due.amount and row.version != case.row.version
        ),
        frozen=tuple(
            key
            for key, row in known.items()
            if key not in keys and row.unit not in members and not _is_frozen(row) and not _was_frozen(session, row)
        ),
    )


def _is_kept(row: DueRow) -> bool:
    """Whether it is withdrawn already, or paid and now a matter for the head."""
    return row.withdrawn_at is not None or row.withdrawn_because is not None


def _is_frozen(row: DueRow) -> bool:
    return row.request is None or row.request.state is not RequestState.OPEN


def _was_frozen(session: Session, row: DueRow) -> bool:
    """Whether it was put before the head already, who then had it asked for after all."""
    frozen = (
        select(EntryRow.number)
        .join(PostingRow, (PostingRow.plan_id == EntryRow.plan_id) & (PostingRow.number == EntryRow.number))
        .where(EntryRow.plan_id == row.plan_id, EntryRow.kind == EntryKind.FREEZE, PostingRow.item == row.key)
    )
    return session.scalar(frozen.limit(1)) is not None


def _dues(session: Session, case: Case) -> Iterator[DueRow]:
    yield from session.scalars(
        select(DueRow).where(DueRow.occurrence_id == case.row.id, DueRow.withdrawn_at.is_(None)).order_by(DueRow.number)
    )


def _bring_in_line(office: Office, plan_id: str, occurrence: str) -> int:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        ledger = Ledger(session, plan_id, case.now, RULES)
        change = _missing(session, case)
        if change.new and not _has_account(session, case):
            change = replace(change, new=())
        _raise(office, session, case, ledger, change.new)
        for due in change.changed:
            _change(office, session, case, ledger, due)
        for key in change.frozen:
            _freeze(session, case, ledger, key)
        for key in change.withdrawn:
            _withdraw(session, case, ledger, key)
    return len(change.new)


def _has_account(session: Session, case: Case) -> bool:
    """Whether the units can be told where to pay; if not, that is a problem, and nothing is asked for."""
    account, key = case.plan.account, f"no_account/{case.plan_id}"
    if account is not None and account.holds_on(case.now.date()):
        resolve_problem(session, case.plan_id, case.now, key)
        return True
    detail = (
        "kế hoạch chưa có tài khoản nhận kinh phí đóng góp"
        if account is None
        else (f"tài khoản {account.number} không còn dùng vào ngày {ngay(case.now.date())}")
    )
    raise_problem(session, case.plan_id, case.now, key, kind="no_account", detail=detail, occurrence=case.key)
    return False


def name_new_account(office: Office, session: Session, before: Plan, after: Plan, now: datetime) -> None:
    """Ask anew for what is owed when the money goes to another account: the code in the old letter is of the old one
    (scenario 19).
    """
    old, new = before.account, after.account
    if old is None or new is None or (old.bank_bin, old.number) == (new.bank_bin, new.number):
        return
    rows = session.scalars(
        select(RequestRow)
        .where(
            RequestRow.plan_id == after.id,
            RequestRow.kind == RequestKind.CONTRIBUTION,
            RequestRow.state == RequestState.OPEN,
        )
        .order_by(RequestRow.id)
    )
    because = "tài khoản nhận kinh phí đã thay đổi; đề nghị không chuyển vào tài khoản trong thư trước"
    due_on = office.calendar.shift(now.date(), after.policy.contribution.answer_within)
    for row in rows:
        held_at = row.held_at  # who says that it has paid has paid into the old account, and is not asked meanwhile
        ask_again(row, open_case(session, after.id, row.occurrence.key, now), due_on, because)
        row.held_at = held_at
    note(session, after.id, now, "account.changed", old=old.number, new=new.number)


def _raise(office: Office, session: Session, case: Case, ledger: Ledger, dues: tuple[Due, ...]) -> None:
    if not dues:
        return
    today = case.now.date()
    due_on = office.calendar.shift(today, case.plan.policy.contribution.answer_within)
    number = session.scalar(select(func.max(DueRow.number)).where(DueRow.plan_id == case.plan_id)) or 0
    for due in dues:
        request = None if due.is_internal else open_request(session, case, RequestKind.CONTRIBUTION, due.unit, due_on)
        number, code = _next_code(session, case, due, number)
        row = DueRow(
            plan_id=case.plan_id,
            key=due.key,
            number=number,
            code=code,
            occurrence_id=case.row.id,
            activity=due.activity,
            unit=due.unit,
            amount=due.amount,
            is_internal=due.is_internal,
            version=case.row.version,
            request=request,
            raised_at=case.now,
        )
        session.add(row)
    session.flush()
    ledger.add_batch(rules.raise_due(ledger.books, due, today) for due in dues)
    ledger.add_batch(rules.settle_internally(ledger.books, due, today) for due in dues if due.is_internal)
    for due in dues:
        note(
            session,
            case.plan_id,
            case.now,
            "due.raised",
            occurrence=case.key,
            unit=due.unit,
            new=due.key,
            detail=dong(due.amount) + (" (ghi sổ nội bộ)" if due.is_internal else ""),
        )


def _next_code(session: Session, case: Case, due: Due, number: int) -> tuple[int, PaymentCode]:
    """The next number whose code nobody has: another cluster may be abbreviated in the same way."""
    while True:
        number += 1
        code = code_of(due, case.plan, number)
        if session.scalar(select(DueRow.id).where(DueRow.code == code)) is None:
            return number, code


def _change(office: Office, session: Session, case: Case, ledger: Ledger, due: Due) -> None:
    """Another amount was agreed: raised anew while nothing was paid; what was paid already is for the head."""
    row = session.scalars(select(DueRow).where(DueRow.plan_id == case.plan_id, DueRow.key == due.key)).one()
    if row.is_internal:
        _undo_internal(ledger, row.key)
    standing = ledger.standing(row.key)
    row.version = case.row.version
    if standing is None or standing.outstanding != standing.amount:
        raise_problem(
            session,
            case.plan_id,
            case.now,
            f"due_changed/{case.key}/{row.unit}",
            kind="due_changed",
            detail=f"đã thu theo mức {dong(row.amount)}, nay thống nhất {dong(due.amount)}",
            occurrence=case.key,
            unit=row.unit,
        )
        return
    today = case.now.date()
    ledger.add(rules.undo(ledger.books, _raised(ledger, row.key), today, "another amount was agreed"))
    ledger.add(rules.raise_due(ledger.books, due, today))
    old, row.amount = row.amount, due.amount
    if row.is_internal:
        ledger.add(rules.settle_internally(ledger.books, due_of(row), today))
    note(
        session,
        case.plan_id,
        case.now,
        "due.changed",
        occurrence=case.key,
        unit=row.unit,
        old=dong(old),
        new=dong(due.amount),
    )
    if row.request is not None:
        due_on = office.calendar.shift(today, case.plan.policy.contribution.answer_within)
        ask_again(row.request, case, due_on, f"mức đóng góp được điều chỉnh từ {dong(old)} thành {dong(due.amount)}")


def _raised(ledger: Ledger, key: str) -> int:
    """The entry by which a due was raised and still is."""
    return next(
        entry.number
        for entry in reversed(ledger.books.entries)
        if entry.kind is EntryKind.RAISE
        and entry.number not in ledger.books.corrected
        and any(posting.account.item == key for posting in entry.postings)
    )


def _freeze(session: Session, case: Case, ledger: Ledger, key: str) -> None:
    """A unit left: what it owes waits for the head (scenario 21)."""
    row = session.scalars(select(DueRow).where(DueRow.plan_id == case.plan_id, DueRow.key == key)).one()
    standing = ledger.standing(key)
    if row.request is not None:
        settle(row.request, case.now, RequestState.WITHDRAWN)
    if standing is None or not standing.outstanding:
        return
    ledger.add(rules.freeze(ledger.books, due_of(row), case.now.date(), "the unit left the cluster"))
    raise_problem(
        session,
        case.plan_id,
        case.now,
        f"frozen_due/{case.key}/{row.unit}",
        kind="frozen_due",
        detail=f"{dong(standing.outstanding)} chưa nộp khi đơn vị rời Cụm",
        occurrence=case.key,
        unit=row.unit,
    )
    note(session, case.plan_id, case.now, "due.frozen", occurrence=case.key, unit=row.unit, new=key)


def _withdraw(session: Session, case: Case, ledger: Ledger, key: str) -> None:
    """The occurrence was called off: nobody owes anything for it; money that came is for the head."""
    row = session.scalars(select(DueRow).where(DueRow.plan_id == case.plan_id, DueRow.key == key)).one()
    standing: DueStanding | None = ledger.standing(key)
    if row.request is not None:
        settle(row.request, case.now, RequestState.WITHDRAWN)
    row.withdrawn_because = case.row.reason or "hoạt động không tổ chức"
    if row.is_internal:
        _undo_internal(ledger, key)
        standing = ledger.standing(key)
    if standing is not None and standing.outstanding == standing.amount:
        ledger.add(rules.undo(ledger.books, _raised(ledger, key), case.now.date(), row.withdrawn_because))
        row.withdrawn_at = case.now
        note(session, case.plan_id, case.now, "due.withdrawn", occurrence=case.key, unit=row.unit, old=key)
        return
    if standing is not None:
        raise_problem(
            session,
            case.plan_id,
            case.now,
            f"paid_for_cancelled/{case.key}/{row.unit}",
            kind="paid_for_cancelled",
            detail=f"{case.planned.title}: đã nhận {dong(standing.paid)}",
            occurrence=case.key,
            unit=row.unit,
        )


def _undo_internal(ledger: Ledger, key: str) -> None:
    for entry in reversed(ledger.books.entries):
        if (
            entry.kind is EntryKind.SETTLE
            and entry.number not in ledger.books.corrected
            and any(posting.account.item == key for posting in entry.postings)
        ):
            ledger.add(rules.undo(ledger.books, entry.number, ledger.today, "called off"))
            return
