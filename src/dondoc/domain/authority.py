"""In what capacity somebody acts, by the plan and the day; never stored, so that it ends with the day it ends on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from dondoc.domain.plan import Head, Plan
from dondoc.domain.plan_units import Person


class Capacity(StrEnum):
    HEAD = "head"
    """The cluster's head, or who stands in for the head."""
    TREASURER = "treasurer"
    """Who keeps the money; the head where the plan names nobody for that day."""
    OBSERVER = "observer"
    """Who looks and decides nothing."""
    UNIT = "unit"
    """Whoever holds a unit's link; it opens that unit's matter alone."""


def holders(plan: Plan, day: date) -> Iterator[tuple[Capacity, Head | Person]]:
    """Everybody who may sign in on `day`, in each of their capacities."""
    head = plan.head_on(day)
    leading = [person for person in (head, head.substitute_on(day)) if person is not None]
    yield from ((Capacity.HEAD, person) for person in leading)
    yield from ((Capacity.TREASURER, person) for person in plan.treasurers_on(day) or leading)
    yield from ((Capacity.OBSERVER, person) for person in plan.observers_on(day))


def capacities_of(plan: Plan, address: str, day: date) -> frozenset[Capacity]:
    """What the holder of a mailbox is to the cluster on `day`, apart from a unit; empty for a stranger."""
    return frozenset(capacity for capacity, person in holders(plan, day) if _same(person.email, address))


def holder_of(plan: Plan, address: str, day: date) -> tuple[Capacity, Head | Person] | None:
    """Whose mailbox it is, and what they foremost are; None when nobody's who may sign in on `day`."""
    return next((holder for holder in holders(plan, day) if _same(holder[1].email, address)), None)


def speaks_for(plan: Plan, address: str, unit_id: str | None, day: date) -> bool:
    """Whether the plan names the mailbox as one of the unit's on `day`."""
    unit = next((unit for unit in plan.units if unit.id == unit_id), None)
    return unit is not None and any(
        contact.holds_on(day) and _same(contact.email, address) for contact in unit.contacts
    )


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
