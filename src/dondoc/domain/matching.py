"""Which dues a transfer may pay (Plan 2024, III.1): proposals with a score and reasons, for the head to confirm.

Only a transfer that bears one due's code and brings exactly what that due lacks needs nobody's confirmation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

from dondoc.domain.dues import Due, DueKey
from dondoc.domain.ids import Dong, UnitId
from dondoc.domain.payment_code import PaymentCode, find_codes
from dondoc.domain.unit_names import units_named, words_of

MOST_CANDIDATES: Final = 10
_MOST_DUES: Final = 8
"""Of one unit, for which every combination is tried."""


class Reason(StrEnum):
    """Why a candidate is proposed, or what is odd about it."""

    CODE = "code"
    EXACT = "exact"
    """The amount is what these dues lack."""
    SPLIT = "split"
    """It pays more than one due."""
    FEE = "fee"
    """What is missing is what banks charge for a transfer (scenario 7)."""
    TOLERANCE = "tolerance"
    """So little is missing that the head may waive it (scenario 6)."""
    PART = "part"
    OVER = "over"
    """A part of the money belongs to no due that is open."""
    ALREADY_PAID = "already_paid"
    """The due with this code is settled (scenario 5)."""
    FROZEN = "frozen"
    UNIT_NAMED = "unit_named"
    PAYER_KNOWN = "payer_known"
    CLAIMED = "claimed"
    """The unit said that it paid."""
    ONLY_UNIT = "only_unit"
    """No other unit's dues have this amount."""


_WEIGHT: Final = {
    Reason.CODE: 70,
    Reason.EXACT: 30,
    Reason.FEE: 20,
    Reason.TOLERANCE: 20,
    Reason.UNIT_NAMED: 25,
    Reason.PAYER_KNOWN: 20,
    Reason.CLAIMED: 10,
    Reason.ONLY_UNIT: 10,
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the bank says about money that came."""

    amount: int
    remark: str
    payer: str | None = None


@dataclass(frozen=True, slots=True)
class Payable:
    """A due with its code and what it lacks; one that is settled lacks nothing and still has its code."""

    due: Due
    code: PaymentCode
    lacks: Dong
    is_frozen: bool = False

    @property
    def is_open(self) -> bool:
        return self.lacks > 0 and not self.is_frozen and not self.due.is_internal


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about the units, beyond their dues."""

    spellings: Mapping[UnitId, Collection[str]]
    """Every way to write a unit's name."""
    payers: Mapping[str, UnitId]
    """For whom a payer paid before, by the payer's name as the bank writes it."""
    claimed: Collection[DueKey] = ()
    """Dues of which the unit said that they are paid."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still nearly the amount."""

    tolerance: int
    fees: Collection[int]
    """What banks deduct from a transfer at the receiver's cost."""

    def forgive(self, lacking: int) -> bool:
        """Whether so little is lacking that the head may let it go (scenarios 6 and 7)."""
        return 0 < lacking <= self.tolerance or lacking in self.fees


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to use the money: so much for each due, and the rest as the unit's credit."""

    unit: UnitId
    parts: tuple[tuple[Due, Dong], ...]
    rest: Dong
    short: Dong
    """What the dues would still lack."""
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """From 0 to 100; only a code with the exact amount has 100."""
        return sum(_WEIGHT.get(reason, 0) for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Match:
    """The candidates, the best first; a certain one is booked, others wait for a person."""

    candidates: tuple[Candidate, ...]
    is_certain: bool = False
    unknown_codes: tuple[PaymentCode, ...] = ()
    """Valid codes that belong to no due of ours."""


def match(money: Incoming, dues: Sequence[Payable], known: Known, limits: Limits) -> Match:
    """What the money may be for. Without any candidate it stays unmatched."""
    codes = find_codes(money.remark)
    by_code = {payable.code: payable for payable in dues}
    coded = [by_code[code] for code in codes if code in by_code]
    unknown = tuple(code for code in codes if code not in by_code)
    if not coded:
        return Match(tuple(_without_code(money, dues, known, limits)), unknown_codes=unknown)
    candidate = _by_code(money, coded, dues, known, limits)
    is_certain = candidate.reasons[:2] == (Reason.CODE, Reason.EXACT) and len(codes) == len(candidate.parts) == 1
    return Match((candidate,), is_certain, unknown)


def _by_code(
    money: Incoming, coded: Sequence[Payable], dues: Iterable[Payable], known: Known, limits: Limits
) -> Candidate:
    """The coded dues first; what is left pays other dues of the same unit if it is just what they lack (scenario 9)."""
    targets = [payable for payable in coded if payable.is_open]
    unit = coded[0].due.unit
    left = money.amount - sum(payable.lacks for payable in targets)
    others = [p for p in dues if p.is_open and p.due.unit == unit and p not in targets]
    targets += next((list(some) for some in _combinations(others) if _sum(some) == left), [])
    reasons = [Reason.CODE]
    if not any(payable.is_open or payable.is_frozen for payable in coded):
        reasons.append(Reason.ALREADY_PAID)
    if any(payable.is_frozen for payable in coded):
        reasons.append(Reason.FROZEN)
    return _candidate(money, unit, targets, reasons, known, limits)


def _without_code(money: Incoming, dues: Iterable[Payable], known: Known, limits: Limits) -> list[Candidate]:
    by_unit: dict[UnitId, list[Payable]] = {}
    for payable in dues:
        if payable.is_open:
            by_unit.setdefault(payable.due.unit, []).append(payable)
    named = units_named(f"{money.remark} {money.payer or ''}", known.spellings)
    payer = _payer_of(money, known)
    amounts = {
        unit: [some for some in _combinations(owed) if _is_near(money, some, limits)] for unit, owed in by_unit.items()
    }
    units = [unit for unit, found in amounts.items() if found]
    candidates = []
    for unit, owed in by_unit.items():
        reasons = [Reason.UNIT_NAMED] * (unit in named) + [Reason.PAYER_KNOWN] * (unit == payer)
        if units == [unit]:
            reasons.append(Reason.ONLY_UNIT)
        # A unit that is known to pay pays its oldest dues first, whatever the amount.
        choices = amounts[unit] or ([tuple(owed)] if unit in named or unit == payer else [])
        candidates += [_candidate(money, unit, some, reasons, known, limits) for some in choices]
    return sorted(candidates, key=lambda candidate: (-candidate.score, len(candidate.parts)))[:MOST_CANDIDATES]


def _candidate(
    money: Incoming, unit: UnitId, targets: Iterable[Payable], reasons: Iterable[Reason], known: Known, limits: Limits
) -> Candidate:
    left, parts, lacking = money.amount, [], 0
    for payable in targets:
        if part := min(left, payable.lacks):
            parts.append((payable.due, Dong(part)))
            lacking += payable.lacks - part
            left -= part
    found = [*_about_amount(len(parts), lacking, left, limits)]
    if any(due.key in known.claimed for due, _ in parts):
        found.append(Reason.CLAIMED)
    ordered = [reason for reason in Reason if reason in {*reasons, *found}]
    return Candidate(unit, tuple(parts), Dong(left), Dong(lacking), tuple(ordered))


def _about_amount(parts: int, lacking: int, left: int, limits: Limits) -> Iterator[Reason]:
    if not lacking and not left:
        yield Reason.EXACT
    if parts > 1:
        yield Reason.SPLIT
    if lacking in limits.fees:
        yield Reason.FEE
    elif 0 < lacking <= limits.tolerance:
        yield Reason.TOLERANCE
    elif lacking:
        yield Reason.PART
    if left:
        yield Reason.OVER


def _combinations(owed: Sequence[Payable]) -> Iterator[tuple[Payable, ...]]:
    """Some of the dues, fewest first."""
    some = owed[:_MOST_DUES]
    for size in range(1, len(some) + 1):
        yield from combinations(some, size)


def _is_near(money: Incoming, some: Iterable[Payable], limits: Limits) -> bool:
    lacking = _sum(some) - money.amount
    return lacking == 0 or limits.forgive(lacking)


def _sum(some: Iterable[Payable]) -> int:
    return sum(payable.lacks for payable in some)


def _payer_of(money: Incoming, known: Known) -> UnitId | None:
    if money.payer is None:
        return None
    payers = {words_of(payer): unit for payer, unit in known.payers.items()}
    return payers.get(words_of(money.payer))
