"""Bringing the contributions in line with the record (III.1): dues raised, money that came early matched, what is
overdue, unmatched or overspent put before the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.accounts import standings_of_activities, standings_of_dues
from dondoc.domain.books import Books
from dondoc.domain.dues import DueKey
from dondoc.domain.plan import Plan
from dondoc.domain.states import ProblemState, RequestState
from dondoc.domain.wording import dong, ngay
from dondoc.services.booking import Booking, unmatched_of
from dondoc.services.bookkeeping import books_in
from dondoc.services.candidates import book_certain, waiting_transfers
from dondoc.services.dues import raise_dues
from dondoc.services.money_views import title_of
from dondoc.services.office import Office
from dondoc.store.history import RULES, note, raise_problem
from dondoc.store.life import is_resting
from dondoc.store.parts import in_parts
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.tables import OccurrenceRow, ProblemRow, RequestRow
from dondoc.store.tables_money import DueRow


@dataclass(frozen=True, slots=True)
class Collected:
    """What one pass did."""

    raised: int = 0
    matched: int = 0
    watched: int = 0
    """Problems that it found."""


def collect(office: Office) -> Collected:
    """Everything about contributions that follows from the record; asking and chasing come after it."""
    raised = raise_dues(office)
    with office.sessions.reading() as session:
        plans = [row.id for row in active_plans(session)]
    matched = sum(match_again(office, plan_id) for plan_id in plans)
    return Collected(raised, matched, sum(_watch(office, plan_id) for plan_id in plans))


def match_again(office: Office, plan_id: str) -> int:
    """Look once more at money that belongs to nobody: its due may be raised by now; return how many were booked."""
    with office.sessions.reading() as session:
        if not waiting_transfers(session, books_in(session, plan_id)):
            return 0
    with office.sessions.writing() as session:
        booking = Booking(office, session, plan_id, RULES)
        waiting = waiting_transfers(session, booking.ledger.books)
        booked = sum(book_certain(booking, transfer) for transfer in waiting)
        if booked:
            booking.finish()
    return booked


def _watch(office: Office, plan_id: str) -> int:
    """Raise the problems that are due, once each; return how many are new."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        plan = next(plan_of(row) for row in active_plans(session) if row.id == plan_id)
        found = _problems(office, session, plan)
    if not found:
        return 0
    with office.sessions.writing() as session:
        new = 0
        for one in found:
            raised = raise_problem(
                session,
                plan_id,
                now,
                one.key,
                kind=one.kind,
                detail=one.detail,
                occurrence=one.occurrence,
                unit=one.unit,
            )
            if raised is None:
                continue
            new += 1
            if one.kind == "overdue":
                note(session, plan_id, now, "due.overdue", occurrence=one.occurrence, unit=one.unit, detail=one.detail)
        return new


@dataclass(frozen=True, slots=True)
class _Found:
    key: str
    kind: str
    detail: str
    occurrence: str | None = None
    unit: str | None = None


def _problems(office: Office, session: Session, plan: Plan) -> list[_Found]:
    """What is wrong and was not put before the head in just these words."""
    books = books_in(session, plan.id)
    found = [
        *_overdue(office, session, plan, books),
        *_unmatched(office, session, plan, books),
        *_overspent(plan, books),
    ]
    known = {
        row.key: row
        for some in in_parts(one.key for one in found)
        for row in session.scalars(select(ProblemRow).where(ProblemRow.plan_id == plan.id, ProblemRow.key.in_(some)))
    }
    return [
        one
        for one in found
        if (row := known.get(one.key)) is None
        or (row.state is ProblemState.RESOLVED and row.detail != one.detail)  # the head said that it is settled
    ]


def _overdue(office: Office, session: Session, plan: Plan, books: Books) -> Iterator[_Found]:
    """A contribution that did not come within so many working days after its deadline (R16).

    Who says that it paid is believed as long again: that nobody imports a statement must not keep it from the head.
    """
    today = local(office.clock.now()).date()
    standings = standings_of_dues(books.balances)
    rows = session.execute(
        select(DueRow, RequestRow)
        .join(RequestRow, RequestRow.id == DueRow.request_id)
        .join(OccurrenceRow, OccurrenceRow.id == DueRow.occurrence_id)
        .where(
            DueRow.plan_id == plan.id,
            RequestRow.state == RequestState.OPEN,
            ~is_resting(),
        )
        .order_by(DueRow.number)
    )
    for due, request in rows.tuples():
        due_on = local(request.due_at).date()
        standing = standings.get(DueKey(due.key))
        said_on = local(request.held_at).date() if request.held_at else None
        late = office.calendar.working_days_between(max(due_on, said_on or due_on), today)
        if standing is not None and standing.outstanding and late >= plan.policy.overdue_after:
            occurrence = due.occurrence.key
            said = f", đơn vị đã phản hồi ngày {ngay(said_on)}" if said_on else ""
            yield _Found(
                f"overdue/{occurrence}/{due.unit}",
                "overdue",
                f"{title_of(plan, occurrence)}: còn {dong(standing.outstanding)}, hạn nộp {ngay(due_on)}{said}",
                occurrence,
                due.unit,
            )


def _unmatched(office: Office, session: Session, plan: Plan, books: Books) -> Iterator[_Found]:
    """Money of which nobody said for some working days what it is for (R5)."""
    today = local(office.clock.now()).date()
    for transfer in waiting_transfers(session, books):
        recorded_on = local(transfer.recorded_at).date()
        if office.calendar.working_days_between(recorded_on, today) >= plan.policy.unmatched_after:
            payer = f", người chuyển {transfer.payer}" if transfer.payer else ""
            yield _Found(
                f"unmatched_money/{transfer.id}",
                "unmatched_money",
                f"{dong(unmatched_of(books, transfer))} ngày {ngay(transfer.booked_on)}{payer}: {transfer.remark}",
            )


def _overspent(plan: Plan, books: Books) -> Iterator[_Found]:
    """More was spent than came (R23)."""
    for activity, standing in standings_of_activities(books.balances).items():
        if standing.left < 0:
            title = next((a.short_title for a in plan.activities if a.id == activity), activity)
            spent, came = dong(standing.spent), dong(standing.received + standing.moved)
            yield _Found(f"overspent/{activity}", "overspent", f"{title}: đã chi {spent}, đã thu {came}")
