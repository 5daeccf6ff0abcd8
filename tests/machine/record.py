"""What the record says, as the claims about it need to read it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from dondoc.domain.accounts import BANK, CASH, AccountKind, standings_of_dues
from dondoc.domain.books import Books, Entry, EntryKind
from dondoc.domain.plan import Plan
from dondoc.domain.states import LetterState, ProblemState, RequestState
from dondoc.services.bookkeeping import books_in
from dondoc.store.tables import LetterRow, OccurrenceRow, ProblemRow, RequestRow, ResponseRow, Row
from dondoc.store.tables_life import RestRow
from dondoc.store.tables_money import TransferRow
from dondoc.store.tables_people import NamedRow, NameListRow
from dondoc.store.tables_work import AcceptanceRow, ReportRow
from tests.integration.office import PLAN, Desk

CHASING = ("_reminder", "_escalation")
_LARGE = {"content", "document"}
_USES = (AccountKind.RECEIVABLE, AccountKind.BANK, AccountKind.CASH)


def everything(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the bytes of letters and documents."""
    with desk.office.sessions.reading() as session:
        return {
            table.name: sorted(
                map(tuple, session.execute(select(*(c for c in table.columns if c.name not in _LARGE)))), key=repr
            )
            for table in Row.metadata.sorted_tables
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request stands."""

    state: RequestState
    asking: int
    is_held: bool
    """Whether an answer to it waits for a person, or its money for the bank."""

    @property
    def is_settled(self) -> bool:
        return self.state is not RequestState.OPEN


def requests(desk: Desk) -> dict[int | None, Asked]:
    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(RequestRow))
        return {row.id: Asked(row.state, row.asking, row.held_at is not None) for row in rows}


def answered(desk: Desk, plan: Plan) -> set[int]:
    """The requests that were answered since they were last asked, by what units said and not by what became of it."""
    found: set[int] = set()
    with desk.office.sessions.reading() as session:
        for said in (ResponseRow, AcceptanceRow, ReportRow):
            asked = select(RequestRow.id).join(said, said.request_id == RequestRow.id)
            found.update(session.scalars(asked.where(said.received_at >= RequestRow.asked_at)))
        lists = session.execute(
            select(RequestRow.id, OccurrenceRow.key, func.count())
            .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
            .join(NameListRow, NameListRow.request_id == RequestRow.id)
            .join(NamedRow, NamedRow.list_id == NameListRow.id)
            .where(NameListRow.received_at >= RequestRow.asked_at, NamedRow.reason.is_(None))
            .group_by(RequestRow.id, OccurrenceRow.key, NameListRow.number)
            .order_by(NameListRow.number)
        ).tuples()
        latest = {request: (occurrence, people) for request, occurrence, people in lists}
    for request, (occurrence, people) in latest.items():
        quota = plan.occurrence(occurrence)[0].quota
        if quota is not None and people >= quota.each:
            found.add(request)
    return found


def letters(desk: Desk, *, after: int = 0) -> list[LetterRow]:
    with desk.office.sessions.reading() as session:
        return list(session.scalars(select(LetterRow).where(LetterRow.id > after).order_by(LetterRow.id)))


def sent(desk: Desk) -> list[LetterRow]:
    return [letter for letter in letters(desk) if letter.state is LetterState.SENT]


def is_chase(letter: LetterRow) -> bool:
    return letter.kind.endswith(CHASING) and letter.kind != "event_reminder" and letter.request_id is not None


def problems(desk: Desk) -> list[ProblemRow]:
    with desk.office.sessions.reading() as session:
        return list(session.scalars(select(ProblemRow).order_by(ProblemRow.id)))


def settled_problems(desk: Desk, *, by: str) -> list[ProblemRow]:
    return [p for p in problems(desk) if p.state is ProblemState.RESOLVED and p.settled_by == by]


def paused(desk: Desk) -> set[str]:
    """The keys of the occurrences that rest."""
    with desk.office.sessions.reading() as session:
        resting = select(RestRow.activity).where(RestRow.resumed_at.is_(None))
        return set(session.scalars(select(OccurrenceRow.key).where(OccurrenceRow.activity.in_(resting))))


@dataclass(frozen=True, slots=True)
class Money:
    """The books, and the bank's lines as the office has them."""

    books: Books
    transfers: dict[str, TransferRow]

    def standing(self) -> list[Entry]:
        """The entries that were not taken back, and that take nothing back."""
        return [e for e in self.books.entries if e.number not in self.books.corrected and e.corrects is None]

    def received(self) -> dict[str, int]:
        """What each transfer brought, of those that were not taken back."""
        return {
            posting.account.item: -posting.amount
            for entry in self.standing()
            if entry.kind is EntryKind.RECEIVE
            for posting in entry.postings
            if posting.account.kind is AccountKind.SUSPENSE
        }

    def total(self, *kinds: EntryKind, place: object = None) -> int:
        """How much the standing entries of these kinds moved in the bank and the cash box, or in one of them."""
        places = (BANK, CASH) if place is None else (place,)
        return sum(
            posting.amount
            for entry in self.standing()
            if entry.kind in kinds
            for posting in entry.postings
            if posting.account in places
        )

    def paid_by_entries(self) -> Counter[str]:
        """What each due was paid, added up from the entries that stand, not from its balance."""
        found: Counter[str] = Counter()
        for entry in self.standing():
            if entry.kind in (EntryKind.ALLOCATE, EntryKind.CARRY_OVER, EntryKind.SETTLE):
                for posting in entry.postings:
                    if posting.account.kind is AccountKind.RECEIVABLE:
                        found[posting.account.item] -= posting.amount
        return found

    def paid_by_balances(self) -> Counter[str]:
        return Counter({str(key): int(one.paid) for key, one in standings_of_dues(self.books.balances).items()})

    def uses(self) -> dict[str, int]:
        """What became of each transfer's money: what dues, credits, returns and the unmatched have of it."""
        found: dict[str, int] = defaultdict(int)
        for account, balance in self.books.balances.items():
            if account.kind in (AccountKind.SUSPENSE, AccountKind.CREDIT) and account.item in self.transfers:
                found[account.item] -= balance
        for entry in self.standing():
            sources = {p.account.item for p in entry.postings if p.account.item in self.transfers}
            if entry.kind in (EntryKind.ALLOCATE, EntryKind.CARRY_OVER, EntryKind.RETURN):
                [source] = sources
                goes_to = [p for p in entry.postings if p.account.kind in _USES]
                found[source] -= sum(posting.amount for posting in goes_to)
        return found


def money(desk: Desk) -> Money:
    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(TransferRow)).all()
        return Money(books_in(session, PLAN), {str(row.id): row for row in rows})
