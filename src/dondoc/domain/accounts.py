"""The accounts of the cluster's money, and what is read from their balances (Plan 2024, III.1, I.2 "tiết kiệm").

Everything about a due is its balances: what was raised, what is still owed, what was waived. Nothing else is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

from dondoc.domain.dues import DueKey
from dondoc.domain.ids import ActivityId, Dong, UnitId

TransferId = NewType("TransferId", str)
"""One receipt of money: a line of a statement, or cash booked by hand."""


class AccountKind(StrEnum):
    BANK = "bank"
    CASH = "cash"
    INTERNAL = "internal"
    """What the head's unit provides for its own shares (A2), without a transfer."""
    RECEIVABLE = "receivable"
    FROZEN = "frozen"
    """A receivable that waits for the head's decision (scenario 21)."""
    WAIVED = "waived"
    FEE = "fee"
    """What a bank kept of a transfer, and the cluster bears."""
    EXPENSE = "expense"
    INCOME = "income"
    """What was raised, paid or not."""
    SUSPENSE = "suspense"
    """Money that came and belongs to no due yet."""
    CREDIT = "credit"
    """What a unit paid too much."""
    MOVED = "moved"
    """What one activity gave to another."""


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One account: its kind, whose it is (a unit or an activity), and which due or transfer it is about."""

    kind: AccountKind
    of: str = ""
    item: str = ""


Balances = Mapping[Account, int]
"""Debit positive, credit negative; the sum of all is zero."""

BANK: Final = Account(AccountKind.BANK)
CASH: Final = Account(AccountKind.CASH)


class DueState(StrEnum):
    OPEN = "open"
    PART = "part"
    PAID = "paid"
    WAIVED = "waived"
    """Settled, a part of it by the head's waiver."""
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class DueStanding:
    """How one due stands; `amount` is `paid` + `waived` + `frozen` + `outstanding`."""

    key: DueKey
    activity: ActivityId
    unit: UnitId
    amount: Dong
    outstanding: Dong
    waived: Dong
    """With what a bank kept."""
    frozen: Dong

    @property
    def paid(self) -> Dong:
        return Dong(self.amount - self.outstanding - self.waived - self.frozen)

    @property
    def state(self) -> DueState:
        if self.frozen:
            return DueState.FROZEN
        if self.outstanding:
            return DueState.PART if self.paid else DueState.OPEN
        return DueState.WAIVED if self.waived else DueState.PAID


@dataclass(frozen=True, slots=True)
class ActivityStanding:
    """Thu, chi, tồn of one activity."""

    activity: ActivityId
    received: Dong
    """Money that came for its dues, with the head's own shares."""
    spent: Dong
    moved: Dong
    """What other activities gave, less what it gave to them."""
    expected: Dong
    """What its dues still lack."""

    @property
    def left(self) -> int:
        """Below zero when more was spent than received (R23)."""
        return self.received + self.moved - self.spent


@dataclass(frozen=True, slots=True)
class Held:
    """Money of one transfer that no due has: unmatched, or a unit's credit.

    Unmatched money below zero is a claim: the bank took back what was already returned to the payer.
    """

    transfer: TransferId
    amount: int
    unit: UnitId | None = None
    """None while it is not known whose it is."""


def standings_of_dues(balances: Balances) -> dict[DueKey, DueStanding]:
    """Every due that is raised, in the order of raising; one that was withdrawn is not among them."""
    found = {}
    for account, balance in balances.items():
        if account.kind is AccountKind.INCOME and balance:
            key = DueKey(account.item)
            unit = UnitId(key.rpartition("/")[2])
            found[key] = DueStanding(
                key=key,
                activity=ActivityId(account.of),
                unit=unit,
                amount=Dong(-balance),
                outstanding=Dong(balances.get(Account(AccountKind.RECEIVABLE, unit, key), 0)),
                waived=Dong(
                    balances.get(Account(AccountKind.WAIVED, account.of, key), 0)
                    + balances.get(Account(AccountKind.FEE, account.of, key), 0)
                ),
                frozen=Dong(balances.get(Account(AccountKind.FROZEN, unit, key), 0)),
            )
    return found


def standings_of_activities(balances: Balances) -> dict[ActivityId, ActivityStanding]:
    """Thu, chi, tồn of every activity that has a due or an expense."""
    dues = standings_of_dues(balances).values()
    kinds = (AccountKind.INCOME, AccountKind.EXPENSE, AccountKind.MOVED)
    activities = dict.fromkeys(ActivityId(account.of) for account in balances if account.kind in kinds)
    return {
        activity: ActivityStanding(
            activity,
            received=Dong(sum(due.paid for due in dues if due.activity == activity)),
            spent=Dong(balances.get(Account(AccountKind.EXPENSE, activity), 0)),
            moved=Dong(-balances.get(Account(AccountKind.MOVED, activity), 0)),
            expected=Dong(sum(due.outstanding + due.frozen for due in dues if due.activity == activity)),
        )
        for activity in activities
    }


def unmatched(balances: Balances) -> tuple[Held, ...]:
    """Money without a due and without an owner, in the order in which it came."""
    return tuple(_held(balances, AccountKind.SUSPENSE))


def credits_held(balances: Balances) -> tuple[Held, ...]:
    """What units paid too much, by transfer: the head carries it over or returns it (scenario 5)."""
    return tuple(_held(balances, AccountKind.CREDIT))


def _held(balances: Balances, kind: AccountKind) -> Iterable[Held]:
    for account, balance in balances.items():
        if account.kind is kind and balance:
            yield Held(TransferId(account.item), -balance, UnitId(account.of) if account.of else None)
