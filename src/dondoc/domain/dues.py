"""Who owes how much for an occurrence (Plan 2024, II.1, II.2, II.3; assumptions A1 and A2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NewType

from dondoc.domain import payment_code
from dondoc.domain.ids import ActivityId, Dong, OccurrenceId, UnitId
from dondoc.domain.payment_code import PaymentCode
from dondoc.domain.plan import Contribution, Plan
from dondoc.domain.proposal import Proposal
from dondoc.errors import Refused

DueKey = NewType("DueKey", str)
"""`due/OCCURRENCE/UNIT`, unique within a plan."""


@dataclass(frozen=True, slots=True)
class Due:
    """What one unit owes for one occurrence."""

    occurrence: OccurrenceId
    activity: ActivityId
    unit: UnitId
    amount: Dong
    is_internal: bool = False
    """The head's own share, which no bank transfer moves (A2)."""

    @property
    def key(self) -> DueKey:
        return due_key(self.occurrence, self.unit)


def due_key(occurrence: str, unit: str) -> DueKey:
    return DueKey(f"due/{occurrence}/{unit}")


def dues_of(
    plan: Plan,
    occurrence: OccurrenceId,
    proposal: Proposal,
    day: date,
    collecting: Sequence[OccurrenceId] | None = None,
) -> tuple[Due, ...]:
    """What the members of `day` owe for the occurrence as it was agreed, in the plan's order of units.

    `collecting` are the occurrences of its activity that collect money, the first one first: those that the system
    runs, together with any whose dues were ever raised. None means all that the plan foresees. Where the basis is the
    year, the first of them collects for all; instalments are equal, with what cannot be divided on the first.
    Raises Refused when the occurrence is not among them.
    """
    activity, _ = plan.occurrence(occurrence)
    if collecting is None:
        collecting = [each.occurrence_id for each in activity.occurrences]
    if occurrence not in collecting:
        raise Refused(f"{occurrence} collects no contributions: it is not one of {', '.join(collecting) or 'none'}")
    if proposal.contribution is None:
        return ()
    head = plan.head_on(day).unit
    found = (
        Due(
            occurrence,
            activity.activity_id,
            unit.unit_id,
            _part(proposal.contribution, unit.id, collecting.index(occurrence), len(collecting)),
            is_internal=unit.id == head,
        )
        for unit in plan.members_on(day)
    )
    return tuple(due for due in found if due.amount > 0)


def _part(contribution: Contribution, unit: str, place: int, parts: int) -> Dong:
    share = contribution.share_of(unit)
    match contribution.basis:
        case "occurrence":
            return share
        case "year":
            return share if place == 0 else Dong(0)
        case "instalments":
            equal, rest = divmod(share, parts)
            return Dong(equal + (rest if place == 0 else 0))


def total(dues: Iterable[Due]) -> Dong:
    return Dong(sum(due.amount for due in dues))


def code_of(due: Due, plan: Plan, number: int) -> PaymentCode:
    """The due's payment code; `number` counts the dues of the plan. Raises Unreadable when there are too many."""
    return payment_code.make(plan.id, plan.year, due.activity, due.unit, number)
