"""Thu – chi – tồn: where every đồng of a plan is, and what of it needs a decision (III.1, I.2 "tiết kiệm").

One reading of the record for the page, the command and the artifacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.accounts import (
    BANK,
    CASH,
    DueStanding,
    DueState,
    standings_of_activities,
    standings_of_dues,
)
from dondoc.domain.books import Books
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import ActivityId, Dong
from dondoc.domain.plan import Plan
from dondoc.services.booking import limits_of, unmatched_of
from dondoc.services.bookkeeping import books_in, dues_in
from dondoc.services.candidates import Candidates, credits_of, waiting_transfers
from dondoc.services.money_views import proposal_text, short_unit, title_of
from dondoc.services.office import Office
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables_money import ClaimRow, DueRow, ExpenseRow, StatementRow, TransferRow

MOST_CANDIDATES = 4
"""Proposals that are shown for one transfer."""


@dataclass(frozen=True, slots=True)
class DueLine:
    key: str
    unit: str
    unit_name: str
    occurrence: str
    title: str
    amount: Dong
    paid: Dong
    waived: Dong
    lacks: Dong
    state: DueState
    due_on: date | None
    """None for the head's own share."""
    code: str
    reminders: int
    is_internal: bool
    is_small: bool
    """What it lacks may be waived."""
    claimed_on: date | None
    """The day on which the unit says that it paid, while no statement shows it."""


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """Thu, chi, tồn of one activity, with its dues."""

    activity: str
    title: str
    raised: Dong
    received: Dong
    waived: Dong
    spent: Dong
    left: int
    """With what other activities gave; below zero when more was spent than received."""
    lacks: Dong
    dues: tuple[DueLine, ...]


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One way to use money: `parts` by due, and the same in words."""

    parts: tuple[tuple[str, Dong], ...]
    text: str
    score: int


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """Money that belongs to nobody yet."""

    transfer: int
    on: date
    amount: Dong
    remark: str
    payer: str | None
    document: str | None
    proposals: tuple[ProposalLine, ...]


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What a unit paid too much."""

    transfer: int
    on: date
    unit: str
    unit_name: str
    amount: Dong
    carry_over: tuple[tuple[str, Dong], ...]
    """To which of its dues, by title; empty when none is open."""


@dataclass(frozen=True, slots=True)
class DebitLine:
    """Money that went, and nobody said why."""

    transfer: int
    on: date
    amount: Dong
    remark: str


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    activity: str
    on: date
    amount: Dong
    what: str
    evidence: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    number: int
    name: str
    first: date | None
    last: date | None
    lines: int
    added: int
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class MoneyOverview:
    plan_id: str
    title: str
    at: datetime
    account: str | None
    in_bank: int
    in_cash: int
    activities: tuple[ActivityLine, ...]
    waiting: tuple[WaitingLine, ...]
    credits: tuple[CreditLine, ...]
    debits: tuple[DebitLine, ...]
    expenses: tuple[ExpenseLine, ...]
    statements: tuple[StatementLine, ...]

    @property
    def small(self) -> tuple[DueLine, ...]:
        """The dues of which the head may waive what is lacking."""
        return tuple(due for activity in self.activities for due in activity.dues if due.is_small)

    @property
    def frozen(self) -> tuple[DueLine, ...]:
        """What units that left still owe: the head says whether it is asked for."""
        return tuple(due for activity in self.activities for due in activity.dues if due.state is DueState.FROZEN)

    @property
    def needs_decision(self) -> bool:
        return bool(self.waiting or self.credits or self.debits or self.small or self.frozen)


def money_overview(office: Office, plan_id: str | None) -> MoneyOverview:
    """Raises Unreadable when there is no such plan."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        plan = plan_of(find_plan(session, plan_id))
        books = books_in(session, plan.id)
        dues = dues_in(session, plan.id)
        candidates = Candidates(session, plan, books, dues, limits_of(office, plan))
        account = plan.account
        return MoneyOverview(
            plan_id=plan.id,
            title=plan.title,
            at=local(now),
            account=f"{account.number}, {account.bank_name}, {account.holder}" if account else None,
            in_bank=books.balances.get(BANK, 0),
            in_cash=books.balances.get(CASH, 0),
            activities=tuple(_activities(office, session, plan, books, dues, now)),
            waiting=tuple(_waiting(session, plan, books, candidates)),
            credits=tuple(_credits(session, plan, books, candidates)),
            debits=tuple(
                DebitLine(row.id, row.booked_on, Dong(row.debit), row.remark)
                for row in session.scalars(
                    select(TransferRow)
                    .where(TransferRow.plan_id == plan.id, TransferRow.debit > 0, TransferRow.settled_at.is_(None))
                    .order_by(TransferRow.id)
                )
            ),
            expenses=tuple(_expenses(session, plan, books)),
            statements=tuple(
                StatementLine(row.number, row.name, row.first, row.last, row.lines, row.added, local(row.imported_at))
                for row in session.scalars(
                    select(StatementRow).where(StatementRow.plan_id == plan.id).order_by(StatementRow.number.desc())
                )
            ),
        )


def _activities(
    office: Office, session: Session, plan: Plan, books: Books, dues: Mapping[DueKey, DueRow], now: datetime
) -> Iterator[ActivityLine]:
    standings = standings_of_dues(books.balances)
    claims = {
        claim.due_id: claim.paid_on
        for claim in session.scalars(select(ClaimRow).where(ClaimRow.settled_at.is_(None)).order_by(ClaimRow.id))
    }
    kept = standings_of_activities(books.balances)
    for activity in plan.activities:
        standing = kept.get(ActivityId(activity.id))
        if standing is None:
            continue
        lines = tuple(
            _due(office, plan, row, standings[key], claims.get(row.id), now)
            for key, row in dues.items()
            if row.activity == activity.id and key in standings
        )
        yield ActivityLine(
            activity=activity.id,
            title=activity.short_title,
            raised=Dong(sum(line.amount for line in lines)),
            received=standing.received,
            waived=Dong(sum(line.waived for line in lines)),
            spent=standing.spent,
            left=standing.left,
            lacks=standing.expected,
            dues=lines,
        )


def _due(
    office: Office, plan: Plan, row: DueRow, standing: DueStanding, claimed_on: date | None, now: datetime
) -> DueLine:
    lacks = Dong(standing.outstanding + standing.frozen)
    return DueLine(
        key=row.key,
        unit=row.unit,
        unit_name=plan.unit(row.unit).name_on(local(now).date()).short,
        occurrence=row.occurrence.key,
        title=title_of(plan, row.occurrence.key),
        amount=Dong(row.amount),
        paid=standing.paid,
        waived=standing.waived,
        lacks=lacks,
        state=standing.state,
        due_on=local(row.request.due_at).date() if row.request else None,
        code=row.code,
        reminders=row.request.reminded if row.request else 0,
        is_internal=row.is_internal,
        is_small=bool(standing.paid) and limits_of(office, plan).forgive(standing.outstanding),
        claimed_on=claimed_on,
    )


def _waiting(session: Session, plan: Plan, books: Books, candidates: Candidates) -> Iterator[WaitingLine]:
    for row in waiting_transfers(session, books):
        found = candidates.of(row).candidates[:MOST_CANDIDATES]
        yield WaitingLine(
            transfer=row.id,
            on=row.booked_on,
            amount=Dong(unmatched_of(books, row)),
            remark=row.remark,
            payer=row.payer,
            document=row.document,
            proposals=tuple(
                ProposalLine(
                    tuple((due.key, amount) for due, amount in one.parts), proposal_text(plan, row, one), one.score
                )
                for one in found
                if one.parts
            ),
        )


def _credits(session: Session, plan: Plan, books: Books, candidates: Candidates) -> Iterator[CreditLine]:
    for row, unit, amount in credits_of(session, books):
        parts = candidates.of_credit(unit, amount)
        yield CreditLine(
            transfer=row.id,
            on=row.booked_on,
            unit=unit,
            unit_name=short_unit(plan, unit, row),
            amount=Dong(amount),
            carry_over=tuple((title_of(plan, key.split("/")[1]), Dong(part)) for key, part in parts.items()),
        )


def _expenses(session: Session, plan: Plan, books: Books) -> Iterator[ExpenseLine]:
    titles = {activity.id: activity.short_title for activity in plan.activities}
    rows = session.scalars(select(ExpenseRow).where(ExpenseRow.plan_id == plan.id).order_by(ExpenseRow.id))
    for row in rows:
        if row.entry not in books.corrected:
            yield ExpenseLine(
                titles.get(row.activity, row.activity), row.spent_on, Dong(row.amount), row.what, row.evidence
            )
