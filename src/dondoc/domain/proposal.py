"""What the units are asked about: one version of how an occurrence is to happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from dondoc.domain.plan import (
    Activity,
    Announced,
    Contribution,
    OnDay,
    Place,
    PlanModel,
    PlannedOccurrence,
    Text,
    Window,
)
from dondoc.errors import Refused


class Proposal(PlanModel):
    """One version; a new one is made whenever the head changes something."""

    title: Text
    when: OnDay | Window
    place: Place | Announced
    contribution: Contribution | None = None
    note: Text | None = None
    decision: Text | None = None
    """The number of the decision by which somebody above set time and place (II.1 "theo phân công của …")."""

    def is_settled(self, planned: PlannedOccurrence) -> bool:
        """Whether day and place are known, so that it can launch.

        II.1 leaves both to the city; a window that is still the plan's own is only its guess ("Dự kiến tháng 8").
        """
        if isinstance(self.when, Window) and (self.when.announced_by is not None or self.when == planned.when):
            return False
        return isinstance(self.place, Place)


def first_proposal(activity: Activity, occurrence: PlannedOccurrence, when: OnDay | None) -> Proposal:
    """The plan's own proposal, on the day `when` if the timetable names one."""
    return Proposal(
        title=occurrence.title,
        when=when or occurrence.when,
        place=occurrence.place,
        contribution=activity.contribution,
    )


class Aspect(StrEnum):
    """What two versions can differ in."""

    WHEN = "when"
    PLACE = "place"
    CONTRIBUTION = "contribution"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Revision:
    """What the head changes; None leaves a thing as it is."""

    day: date | None = None
    until: date | None = None
    """The last day, when it takes more than one."""
    at: time | None = None
    place: str | None = None
    each: int | None = None
    note: str | None = None
    decision: str | None = None
    material: bool = False
    """Whether those who had agreed are asked again; a changed contribution always is (scenario 23)."""


def revise(proposal: Proposal, revision: Revision) -> Proposal:
    """The next version. Raises Refused when nothing would change."""
    changes: dict[str, object] = {}
    if revision.day is not None:
        changes["when"] = _when(proposal, revision.day, revision)
    if revision.place is not None:
        changes["place"] = Place(name=revision.place)
    if revision.each is not None:
        changes["contribution"] = Contribution(basis=_basis(proposal), each=revision.each)
    if revision.note is not None:
        changes["note"] = revision.note
    if revision.decision is not None:
        changes["decision"] = revision.decision
    revised = proposal.model_copy(update=changes)
    if revised == proposal:
        raise Refused(f"the revision of “{proposal.title}” changes nothing: name a day, a place, an amount or a note")
    return revised


def _when(proposal: Proposal, day: date, revision: Revision) -> OnDay | Window:
    if revision.until is None or revision.until == day:
        kept = proposal.when.at if isinstance(proposal.when, OnDay) else None
        return OnDay(day=day, at=revision.at or kept)
    if revision.until < day:
        raise Refused(f"“{proposal.title}” cannot end on {revision.until:%d/%m/%Y}, before it begins on {day:%d/%m/%Y}")
    return Window(first=day, last=revision.until)


def _basis(proposal: Proposal) -> str:
    return proposal.contribution.basis if proposal.contribution else "occurrence"


def differences(old: Proposal, new: Proposal) -> tuple[Aspect, ...]:
    return tuple(aspect for aspect in Aspect if getattr(old, aspect.value) != getattr(new, aspect.value))


def is_material(old: Proposal, new: Proposal, revision: Revision) -> bool:
    return revision.material or Aspect.CONTRIBUTION in differences(old, new)
