"""Who does what of an activity (II.1 "Phân công thực hiện"): the plan's assignments, and what the head decided since.

A task is an assignment of the plan, or a content that no assignment carries out and the head gave to a unit (R14).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Activity, Assignment


@dataclass(frozen=True, slots=True)
class Task:
    """What one unit does, alone or with partners."""

    id: str
    text: str
    leads: bool = True
    partners: tuple[UnitId, ...] = ()
    figures: tuple[str, ...] = ()
    """What is counted."""


@dataclass(frozen=True, slots=True)
class Unowned:
    """A content nobody is in charge of, or an assignment whose units have left: the activity cannot launch."""

    id: str
    text: str


Handovers = Mapping[str, UnitId | None]
"""What the head decided, by the id of a content or an assignment: who does it now, or None when nobody has to."""


def tasks_of(activity: Activity, unit: str, handovers: Handovers) -> tuple[Task, ...]:
    """What `unit` does, in the plan's order; what was given to somebody else is not among it."""
    return tuple(_tasks(activity, UnitId(unit), handovers))


def _tasks(activity: Activity, unit: UnitId, handovers: Handovers) -> Iterator[Task]:
    for assignment in activity.assignments:
        if assignment.id in handovers:
            if handovers[assignment.id] == unit:
                yield Task(assignment.id, assignment.text, figures=assignment.figures)
        elif unit in assignment.units:
            partners = tuple(UnitId(other) for other in assignment.units if other != unit)
            yield Task(assignment.id, assignment.text, assignment.leader == unit, partners, assignment.figures)
    for content in activity.contents:
        if not _is_covered(activity, content.id) and handovers.get(content.id) == unit:
            yield Task(content.id, content.text)


def unowned(activity: Activity, members: Collection[str], handovers: Handovers) -> tuple[Unowned, ...]:
    """What must be given to a unit, or waived, before the activity is ready (R14, scenario 21)."""
    found = []
    for content in activity.contents:
        if not _is_covered(activity, content.id) and not _is_settled(content.id, members, handovers):
            found.append(Unowned(content.id, content.text))
    for assignment in activity.assignments:
        if _is_left(assignment, members) and not _is_settled(assignment.id, members, handovers):
            found.append(Unowned(assignment.id, assignment.text))
    return tuple(found)


def _is_covered(activity: Activity, content: str) -> bool:
    """Whether an assignment carries the content out; an assignment may bear the same id."""
    return any(content in assignment.contents for assignment in activity.assignments)


def _is_settled(task: str, members: Collection[str], handovers: Handovers) -> bool:
    return task in handovers and (handovers[task] is None or handovers[task] in members)


def _is_left(assignment: Assignment, members: Collection[str]) -> bool:
    return not any(unit in members for unit in assignment.units)
