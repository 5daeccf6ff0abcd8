"""A cluster's yearly plan as data (the whole of the Plan 2024).

The plan is a value: it is read from one YAML file, checked here, and never changed by a run.
What happens during the year is recorded elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from dondoc.domain.ids import PlanId
from dondoc.domain.plan_activities import (
    Activity,
    ActivityKind,
    Announced,
    Assignment,
    Content,
    Contribution,
    OnDay,
    Place,
    PlannedOccurrence,
    Quota,
    TimeOfDay,
    Window,
    quarter_days,
)
from dondoc.domain.plan_policy import Audience, Ladder, Policy, RequestPolicy, Rung
from dondoc.domain.plan_references import Inconsistent, faults_in
from dondoc.domain.plan_units import (
    Contact,
    Dated,
    Email,
    Head,
    Observer,
    PlanModel,
    Relation,
    Role,
    Slug,
    Substitute,
    Text,
    Treasurer,
    Unit,
    UnitName,
    fold_name,
)

__all__ = [
    "Activity",
    "ActivityKind",
    "Announced",
    "Assignment",
    "Assumption",
    "Audience",
    "BankAccount",
    "Contact",
    "Content",
    "Contribution",
    "Dated",
    "Email",
    "Head",
    "Ladder",
    "Observer",
    "OnDay",
    "Place",
    "Plan",
    "PlanModel",
    "PlannedOccurrence",
    "Policy",
    "Quota",
    "Recipient",
    "Relation",
    "RequestPolicy",
    "Role",
    "Rung",
    "Slug",
    "Substitute",
    "Text",
    "TimeOfDay",
    "Treasurer",
    "Unit",
    "UnitName",
    "Window",
    "fold_name",
    "quarter_days",
]


class Recipient(PlanModel):
    """Who receives the plan, its changes and reports (Nơi nhận)."""

    id: Slug
    name: Text
    group: Literal["city", "party_committees", "units", "archive"]
    email: Email | None = None
    needs_approval: bool = Field(description="True: a letter waits until the head approves it.")


class BankAccount(Dated):
    """The account into which the units pay (III.1 "đầu mối tiếp nhận kinh phí")."""

    bank_bin: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    bank_name: Text
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,19}$")]
    holder: Text


class Assumption(PlanModel):
    """What the plan leaves open, and the value taken until somebody confirms it."""

    id: Annotated[str, StringConstraints(pattern=r"^A\d+$")]
    question: Text
    value: Text
    alternatives: tuple[Text, ...] = ()
    confirmed_by: Text | None = None
    confirmed_on: date | None = None

    @model_validator(mode="after")
    def _by_somebody_on_a_day(self) -> Self:
        if (self.confirmed_by is None) != (self.confirmed_on is None):
            raise ValueError("give both 'confirmed_by' and 'confirmed_on', or neither")
        return self

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_on is not None


class Plan(PlanModel):
    """One cluster's year."""

    id: Slug
    year: int = Field(ge=2000, le=2100)
    cluster: Text
    parent: Text
    title: Text
    theme: Text
    basis: Text = Field(description="What the plan carries out.")
    purposes: tuple[Text, ...] = ()
    requirements: tuple[Text, ...] = ()
    units: tuple[Unit, ...] = Field(min_length=1)
    heads: tuple[Head, ...] = Field(min_length=1)
    treasurers: tuple[Treasurer, ...] = Field(
        (), description="Who keeps the money, from when until when; empty: the head does."
    )
    observers: tuple[Observer, ...] = Field((), description="Who may look at the board, from when until when.")
    activities: tuple[Activity, ...] = Field(min_length=1)
    recipients: tuple[Recipient, ...] = ()
    account: BankAccount | None = None
    policy: Policy
    assumptions: tuple[Assumption, ...] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if faults := tuple(faults_in(self)):
            raise Inconsistent(faults)
        return self

    @property
    def plan_id(self) -> PlanId:
        return PlanId(self.id)

    def unit(self, unit_id: str) -> Unit:
        """The unit of that id. Raises KeyError."""
        return self._units_by_id[unit_id]

    def has_unit(self, unit_id: str | None) -> bool:
        return unit_id in self._units_by_id

    def heir_of(self, unit_id: str, day: date) -> Unit:
        """Who stands for the unit on `day`: itself, or what it became part of."""
        unit = self.unit(unit_id)
        merged = [r.unit for r in unit.relations if r.unit is not None and r.on <= day]
        return self.heir_of(merged[-1], day) if merged else unit

    def unit_called(self, name: str) -> Unit | None:
        """The unit that is written so, in whatever spelling (A8); None when nobody is."""
        return self._units_by_spelling.get(fold_name(name))

    def contacts_at(self, address: str) -> Sequence[tuple[Unit, Contact]]:
        """Whose contact or secretary is written to there, in lower case, on whatever day."""
        return self._contacts_by_address.get(address, ())

    def head_on(self, day: date) -> Head:
        """Who leads on `day`; the last one named where the dates leave a gap."""
        holding = [head for head in self.heads if head.holds_on(day)]
        return holding[-1] if holding else self.heads[-1]

    def reader_on(self, day: date) -> Head | Substitute:
        """Who reads the head's letters on `day`: the head, or the substitute while the head is away."""
        head = self.head_on(day)
        return head.substitute_on(day) or head

    def treasurers_on(self, day: date) -> tuple[Treasurer, ...]:
        """Who keeps the money on `day`; nobody: the head does."""
        return tuple(person for person in self.treasurers if person.holds_on(day))

    def observers_on(self, day: date) -> tuple[Observer, ...]:
        return tuple(person for person in self.observers if person.holds_on(day))

    def members_on(self, day: date) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if unit.is_member_on(day))

    def consulted_on(self, day: date) -> tuple[Unit, ...]:
        """The units whose opinion is asked on `day` (III.1; the head's own by A9)."""
        head = self.head_on(day).unit
        return tuple(u for u in self.members_on(day) if self.policy.consult_head or u.id != head)

    def occurrences(self) -> tuple[tuple[Activity, PlannedOccurrence], ...]:
        """Every occurrence with its activity, by the day its consultation opens."""
        pairs = [(activity, occurrence) for activity in self.activities for occurrence in activity.occurrences]
        return tuple(sorted(pairs, key=lambda pair: (pair[1].consult_on, pair[1].id)))

    def occurrence(self, occurrence_id: str) -> tuple[Activity, PlannedOccurrence]:
        """The occurrence of that id, with its activity. Raises KeyError."""
        return self._occurrences_by_id[occurrence_id]

    @cached_property
    def _units_by_id(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in self.units}

    @cached_property
    def _contacts_by_address(self) -> dict[str, list[tuple[Unit, Contact]]]:
        found: dict[str, list[tuple[Unit, Contact]]] = defaultdict(list)
        for unit in self.units:
            for contact in unit.contacts:
                found[contact.email.lower()].append((unit, contact))
        return dict(found)

    @cached_property
    def _units_by_spelling(self) -> dict[str, Unit]:
        return {spelling: unit for unit in self.units for spelling in unit.spellings}

    @cached_property
    def _occurrences_by_id(self) -> dict[str, tuple[Activity, PlannedOccurrence]]:
        return {occurrence.id: (activity, occurrence) for activity, occurrence in self.occurrences()}
