"""The books: entries that are only ever added, and what they add up to (Plan 2024, III.1).

A correction is an entry that names the one it corrects and takes its postings back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from dondoc.domain.accounts import Account, AccountKind, Balances
from dondoc.errors import Refused


class EntryKind(StrEnum):
    RAISE = "raise"
    SETTLE = "settle"
    RECEIVE = "receive"
    ALLOCATE = "allocate"
    CREDIT = "credit"
    CARRY_OVER = "carry_over"
    RETURN = "return"
    WAIVE = "waive"
    FEE = "fee"
    FREEZE = "freeze"
    EXPENSE = "expense"
    MOVE = "move"
    REVERSE = "reverse"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Posting:
    account: Account
    amount: int
    """Debit positive, credit negative."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; its postings add up to zero. Numbers run from 1 without a gap."""

    number: int
    kind: EntryKind
    on: date
    postings: tuple[Posting, ...]
    corrects: int | None = None
    note: str = ""
    """The reason of a waiver, the evidence of an expense."""

    def __post_init__(self) -> None:
        if sum(posting.amount for posting in self.postings) != 0:
            raise Refused(f"entry {self.number} ({self.kind.value}) does not add up to zero")


@dataclass(frozen=True, slots=True)
class Books:
    """All entries so far, and what they add up to."""

    entries: tuple[Entry, ...]
    balances: Balances
    corrected: frozenset[int]
    """The entries that were taken back: their receipts are void."""

    def with_(self, *entries: Entry) -> Books:
        """The books after these entries, which carry the next numbers."""
        expected = range(self.next_number, self.next_number + len(entries))
        if [entry.number for entry in entries] != list(expected):
            raise Refused(f"the next entry of the ledger is number {self.next_number}, not {entries[0].number}")
        balances = dict(self.balances)
        for posting in (posting for entry in entries for posting in entry.postings):
            balances[posting.account] = balances.get(posting.account, 0) + posting.amount
        corrected = {entry.corrects for entry in entries if entry.corrects is not None}
        return Books(self.entries + entries, balances, self.corrected | corrected)

    @property
    def next_number(self) -> int:
        return len(self.entries) + 1

    def balance(self, kind: AccountKind, of: str = "", item: str = "") -> int:
        return self.balances.get(Account(kind, of, item), 0)

    def entry(self, number: int) -> Entry:
        """Raises Refused when there is none of that number."""
        if not 1 <= number < self.next_number:
            raise Refused(f"the ledger has no entry {number}: the last one is {len(self.entries)}")
        return self.entries[number - 1]


EMPTY: Final = Books((), {}, frozenset())


def books_of(entries: Iterable[Entry]) -> Books:
    return EMPTY.with_(*entries)
