"""Whether the parts of a plan fit each other: what one part names must exist in another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dondoc.domain.plan_activities import Activity, PlannedOccurrence, quarter_days
from dondoc.domain.plan_units import Unit, fold_name

if TYPE_CHECKING:
    from dondoc.domain.plan import Plan

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What does not fit; `at` leads from the plan to the value: ("heads", 0, "unit")."""

    at: Path
    says: str


class Inconsistent(ValueError):
    """A plan whose parts do not fit each other (a ValueError, so that pydantic passes it on)."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, fault.at))}: {fault.says}" for fault in faults))
        self.faults = faults


def faults_in(plan: Plan) -> Iterator[Fault]:
    """Everything in the plan that names what is not there, or says twice what can be said once."""
    units = {unit.id for unit in plan.units}
    yield from _repeated(("units",), (unit.id for unit in plan.units))
    yield from _repeated(("activities",), (activity.id for activity in plan.activities))
    yield from _repeated(("recipients",), (recipient.id for recipient in plan.recipients))
    yield from _repeated(("assumptions",), (assumption.id for assumption in plan.assumptions))
    yield from _shared_spellings(plan)
    for n, head in enumerate(plan.heads):
        yield from _unknown(("heads", n, "unit"), [head.unit], units, "unit")
    for n, unit in enumerate(plan.units):
        for m, relation in enumerate(unit.relations):
            successor = [relation.unit] if relation.unit is not None else []
            yield from _unknown(("units", n, "relations", m, "unit"), successor, units - {unit.id}, "other unit")
    known: set[str] = set()
    for n, activity in enumerate(plan.activities):
        yield from _in_activity(activity, ("activities", n), units)
        for m, occurrence in enumerate(activity.occurrences):
            at = ("activities", n, "occurrences", m)
            if occurrence.id in known:
                yield Fault((*at, "id"), f'"{occurrence.id}" is already the id of another occurrence')
            known.add(occurrence.id)
            yield from _in_occurrence(occurrence, at, plan.year)
    for occurrence_id in plan.policy.place_known_by:
        yield from _unknown(("policy", "place_known_by", occurrence_id), [occurrence_id], known, "occurrence")


def _in_activity(activity: Activity, at: Path, units: set[str]) -> Iterator[Fault]:
    contents = {content.id for content in activity.contents}
    yield from _repeated((*at, "contents"), (content.id for content in activity.contents))
    yield from _repeated((*at, "assignments"), (assignment.id for assignment in activity.assignments))
    for n, assignment in enumerate(activity.assignments):
        here = (*at, "assignments", n)
        yield from _unknown((*here, "units"), assignment.units, units, "unit")
        yield from _unknown((*here, "contents"), assignment.contents, contents, "content of this activity")
        if assignment.lead is not None and assignment.lead not in assignment.units:
            yield Fault((*here, "lead"), f'expected one of its units, found "{assignment.lead}"')
        if len(set(assignment.units)) < len(assignment.units):
            yield Fault((*here, "units"), "names a unit twice")
    for unit in activity.contribution.shares if activity.contribution else ():
        yield from _unknown((*at, "contribution", "shares", unit), [unit], units, "unit")


def _in_occurrence(occurrence: PlannedOccurrence, at: Path, year: int) -> Iterator[Fault]:
    for day in occurrence.days:
        if day.year != year:
            yield Fault((*at, "when"), f"expected a day in the plan's year {year}, found {day}")
    if occurrence.consult_on > occurrence.first_day:
        yield Fault(
            (*at, "consult_on"),
            f"expected a day not after the occurrence ({occurrence.first_day}), found {occurrence.consult_on}",
        )
    if occurrence.quarter is None:
        return
    first, last = quarter_days(occurrence.quarter)
    for day in occurrence.days:
        if not first <= day <= last:
            yield Fault((*at, "when"), f"expected a day in its quarter {occurrence.quarter}, found {day}")


def _shared_spellings(plan: Plan) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for n, unit in enumerate(plan.units):
        for at, text in _spellings(unit):
            owner = owners.setdefault(fold_name(text), unit.id)
            if owner != unit.id:
                yield Fault(("units", n, *at), f'"{text}" already stands for {owner}: a spelling names one unit')


def _spellings(unit: Unit) -> Iterator[tuple[Path, str]]:
    yield ("id",), unit.id
    for n, name in enumerate(unit.names):
        yield ("names", n, "full"), name.full
        yield ("names", n, "short"), name.short
    yield from ((("aliases", n), alias) for n, alias in enumerate(unit.aliases))


def _repeated(at: Path, ids: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for n, one in enumerate(ids):
        if one in seen:
            yield Fault((*at, n, "id"), f'"{one}" is already the id of another of the {at[-1]}')
        seen.add(one)


def _unknown(at: Path, named: Iterable[str], known: set[str], what: str) -> Iterator[Fault]:
    for one in named:
        if one not in known:
            yield Fault(at, f'there is no {what} "{one}"')
