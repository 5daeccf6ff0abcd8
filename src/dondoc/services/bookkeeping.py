"""The books of a plan in the record: what was booked is read, and what is booked is written, in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.accounts import Account, DueStanding, standings_of_dues
from dondoc.domain.books import Books, Entry, Posting, books_of
from dondoc.domain.dues import Due, DueKey
from dondoc.domain.ids import ActivityId, Dong, OccurrenceId, UnitId
from dondoc.errors import Unreadable
from dondoc.store.history import Actor
from dondoc.store.tables import PlanRow
from dondoc.store.tables_money import DueRow, EntryRow, PostingRow


class Ledger:
    """A plan's books, held against other runs until the transaction ends."""

    def __init__(self, session: Session, plan_id: str, now: datetime, by: Actor) -> None:
        session.get_one(PlanRow, plan_id, with_for_update=True)
        self.session, self.plan_id, self.now, self.by = session, plan_id, now, by
        self.books = books_in(session, plan_id)

    @property
    def today(self) -> date:
        return local(self.now).date()

    def add(self, *entries: Entry) -> None:
        """Book entries that were made from `books`, which are afterwards the books with them."""
        self.books = self.books.with_(*entries)
        _write(self, entries)

    def add_batch(self, entries: Iterable[Entry]) -> None:
        """Book entries that were each made from the books as they stand, and do not touch each other's accounts."""
        first = self.books.next_number
        self.add(*(replace(entry, number=first + n) for n, entry in enumerate(entries)))

    def standing(self, key: DueKey | str) -> DueStanding | None:
        """None for a due that was withdrawn."""
        return standings_of_dues(self.books.balances).get(DueKey(key))


def books_in(session: Session, plan_id: str) -> Books:
    """All that was ever booked for the plan."""
    postings: dict[int, list[Posting]] = defaultdict(list)
    rows = session.execute(
        select(PostingRow.number, PostingRow.account, PostingRow.of, PostingRow.item, PostingRow.amount)
        .where(PostingRow.plan_id == plan_id)
        .order_by(PostingRow.number, PostingRow.place)
    )
    for number, kind, of, item, amount in rows:
        postings[number].append(Posting(Account(kind, of, item), amount))
    entries = session.execute(
        select(EntryRow.number, EntryRow.kind, EntryRow.dated, EntryRow.corrects, EntryRow.note)
        .where(EntryRow.plan_id == plan_id)
        .order_by(EntryRow.number)
    )
    return books_of(
        Entry(number, kind, dated, tuple(postings[number]), corrects, note)
        for number, kind, dated, corrects, note in entries
    )


def _write(ledger: Ledger, entries: Iterable[Entry]) -> None:
    """Postings first: the database checks that they add up to zero when their entry comes."""
    made = list(entries)
    if not made:
        return
    ledger.session.execute(
        insert(PostingRow),
        [
            {
                "plan_id": ledger.plan_id,
                "number": entry.number,
                "place": place,
                "account": posting.account.kind,
                "of": posting.account.of,
                "item": posting.account.item,
                "amount": posting.amount,
            }
            for entry in made
            for place, posting in enumerate(entry.postings)
        ],
    )
    ledger.session.execute(
        insert(EntryRow),
        [
            {
                "plan_id": ledger.plan_id,
                "number": entry.number,
                "kind": entry.kind,
                "dated": entry.on,
                "corrects": entry.corrects,
                "note": entry.note,
                "booked_at": ledger.now,
                "booked_by": ledger.by.who,
                "channel": ledger.by.channel,
            }
            for entry in made
        ],
    )


def due_of(row: DueRow) -> Due:
    return Due(
        OccurrenceId(row.occurrence.key),
        ActivityId(row.activity),
        UnitId(row.unit),
        Dong(row.amount),
        is_internal=row.is_internal,
    )


def find_due(session: Session, plan_id: str, key: str) -> DueRow:
    """The due of that key. Raises Unreadable, naming some that there are, when it was never raised."""
    row = session.scalar(select(DueRow).where(DueRow.plan_id == plan_id, DueRow.key == key))
    if row is None:
        known = session.scalars(
            select(DueRow.key).where(DueRow.plan_id == plan_id, DueRow.withdrawn_at.is_(None)).limit(5)
        ).all()
        raise Unreadable(f"plan {plan_id} has no due {key} (it has: {', '.join(known) or 'none yet'} …)")
    return row


def dues_in(session: Session, plan_id: str) -> dict[DueKey, DueRow]:
    """Every due that is not withdrawn, in the order of raising."""
    rows = session.scalars(
        select(DueRow).where(DueRow.plan_id == plan_id, DueRow.withdrawn_at.is_(None)).order_by(DueRow.number)
    )
    return {DueKey(row.key): row for row in rows}
