"""A cluster's yearly plan as data (the whole of the Plan 2024).

The plan is a value: it is read from one YAML file, checked here, and never changed by a run.
What happens during the year is recorded elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dondoc.domain.ids import ActivityId, Dong, OccurrenceId, PlanId, UnitId

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Email = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]


class PlanModel(BaseModel):
    """What every part of a plan has in common: it is frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Dated(PlanModel):
    """Something true from one day to another; an open end means from ever, or until further notice."""

    since: date | None = Field(None, description="First day on which this holds; empty: since ever.")
    until: date | None = Field(None, description="Last day on which this holds; empty: until further notice.")

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Role(StrEnum):
    CONTACT = "contact"
    SECRETARY = "secretary"


class Contact(Dated):
    """A mailbox of a unit, and who reads it."""

    role: Role = Field(description="contact: receives every request; secretary: receives escalations.")
    email: Email
    name: Text | None = Field(None, description="The person's name; empty: the letter addresses the unit.")
    title: Text | None = Field(None, description="The person's position, as it is written in a letter.")


class UnitName(Dated):
    """What a unit is called during some time; old letters keep old names."""

    full: Text = Field(description="The name as it stands in an official letter.")
    short: Text = Field(description="The name as it stands in a table or a subject line.")


class Relation(PlanModel):
    """How a unit's identity changed (renamed, merged, left the cluster)."""

    kind: Literal["renamed", "merged_into", "left"]
    on: date
    unit: Slug | None = Field(None, description="The unit it became part of (merged_into only).")


class Unit(PlanModel):
    """A member organisation; its id stays while names, people and membership change."""

    id: Slug
    names: tuple[UnitName, ...] = Field(min_length=1)
    aliases: tuple[Text, ...] = Field((), description="Other spellings that stand for this unit.")
    contacts: tuple[Contact, ...] = ()
    relations: tuple[Relation, ...] = ()
    party_committee: Email | None = Field(None, description="The cấp ủy's address; used only with the head's approval.")

    @property
    def unit_id(self) -> UnitId:
        return UnitId(self.id)

    def name_on(self, day: date) -> UnitName:
        """The name borne on `day`; the nearest one where the dates leave a gap."""
        holding = [name for name in self.names if name.holds_on(day)]
        return holding[-1] if holding else self.names[-1]

    def addresses_of(self, role: Role, day: date) -> tuple[Contact, ...]:
        return tuple(c for c in self.contacts if c.role is role and c.holds_on(day))

    def is_member_on(self, day: date) -> bool:
        return not any(r.kind in ("merged_into", "left") and r.on <= day for r in self.relations)


class Head(Dated):
    """The unit that leads the cluster, and its person (III.1)."""

    unit: Slug
    name: Text
    title: Text
    email: Email


class Announced(PlanModel):
    """A time or place that somebody else announces later (II.1: "theo phân công của …")."""

    announced_by: Text


class OnDay(PlanModel):
    """A proposed day, with the days that would do as well."""

    day: date
    at: time | None = Field(None, description="Local time of day; empty: a whole day.")
    alternatives: tuple[date, ...] = ()


class Window(PlanModel):
    """A span of days within which the activity happens."""

    first: date
    last: date
    announced_by: Text | None = Field(None, description="Who announces the days within it.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"the window ends ({self.last:%d/%m/%Y}) before it begins ({self.first:%d/%m/%Y})")
        return self


class Place(PlanModel):
    """Where an activity happens."""

    name: Text
    address: Text | None = None


class PlannedOccurrence(PlanModel):
    """One time an activity happens, as the plan foresees it."""

    id: Slug
    title: Text
    when: OnDay | Window
    place: Place | Announced
    consult_on: date = Field(description="The day on which its consultation opens.")
    quarter: Annotated[str, StringConstraints(pattern=r"^\d{4}-Q[1-4]$")] | None = None

    @property
    def occurrence_id(self) -> OccurrenceId:
        return OccurrenceId(self.id)

    @property
    def first_day(self) -> date:
        return self.when.day if isinstance(self.when, OnDay) else self.when.first

    @property
    def last_day(self) -> date:
        """The last day on which it can still happen: the quarter's, the window's, or the day itself."""
        if self.quarter is not None:
            year, number = int(self.quarter[:4]), int(self.quarter[-1])
            return date(year, number * 3, (31, 30, 30, 31)[number - 1])
        return self.when.day if isinstance(self.when, OnDay) else self.when.last


class Content(PlanModel):
    """One line of what an activity contains (II.1 "Nội dung")."""

    id: Slug
    text: Text


class Assignment(PlanModel):
    """What some units take charge of ("Phân công thực hiện")."""

    id: Slug
    units: tuple[Slug, ...] = Field(min_length=1)
    lead: Slug | None = Field(None, description="Who leads a shared assignment.")
    text: Text
    kind: Literal["content", "coordination"] = Field("content", description="coordination: serves no single content.")
    contents: tuple[Slug, ...] = Field((), description="The contents that it carries out.")
    figures: tuple[Text, ...] = Field((), description="What is counted: patients, trainees, cases …")


class Contribution(PlanModel):
    """Who pays how much for an activity, in whole đồng."""

    basis: Literal["occurrence", "year", "instalments"] = Field(
        "occurrence", description="occurrence: each time; year: once; instalments: the year's sum in equal parts."
    )
    each: int | None = Field(None, gt=0, description="The same amount from every unit, in đồng.")
    shares: dict[Slug, Annotated[int, Field(gt=0)]] = Field(default_factory=dict, description="A unit's own amount.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.each is None) == (not self.shares):
            raise ValueError("give either 'each' or 'shares'")
        return self

    def share_of(self, unit: str) -> Dong:
        """The unit's amount; 0 when it owes nothing."""
        return Dong(self.each if self.each is not None else self.shares.get(unit, 0))


class Quota(PlanModel):
    """How many people each unit names."""

    each: int = Field(gt=0)
    reserve: int = Field(0, ge=0, description="How many more names are kept in reserve.")


class ActivityKind(StrEnum):
    CAMPAIGN = "campaign"
    SEMINAR = "seminar"
    VISITS = "visits"


class Activity(PlanModel):
    """One of the plan's activities (II.1, II.2, II.3)."""

    id: Slug
    kind: ActivityKind
    clause: Text
    title: Text
    short_title: Text = Field(description="How a subject line or a table calls it.")
    time_text: Text = Field(description="The time as the plan words it.")
    contents: tuple[Content, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    contribution: Contribution | None = None
    quota: Quota | None = None
    occurrences: tuple[PlannedOccurrence, ...] = Field(min_length=1)

    @property
    def activity_id(self) -> ActivityId:
        return ActivityId(self.id)


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


class RequestPolicy(PlanModel):
    """How a kind of request is followed up; all figures are working days."""

    answer_within: int = Field(gt=0, description="Working days from asking to the deadline.")
    remind: tuple[int, ...] = Field((-3, -1, 1, 3), description="Days around the deadline on which to remind.")
    secretary_after: int | None = Field(2, gt=0, description="Unanswered reminders after which the secretary is told.")

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.remind) != sorted(set(self.remind)):
            raise ValueError("reminder days must rise, each once")
        return self


class Policy(PlanModel):
    """The cluster's own rules where the plan names none (assumption A3)."""

    opinion: RequestPolicy
    contribution: RequestPolicy
    participants: RequestPolicy
    assignment: RequestPolicy
    report: RequestPolicy
    close_at: time = Field(time(17), description="Local time at which a deadline day ends.")
    silence: Literal["ask_head", "consent"] = Field("ask_head", description="What no answer means at the close (A4).")
    consult_head: bool = Field(False, description="Whether the head's own unit is asked as well (A9).")
    tolerance: int = Field(5000, ge=0, description="Shortfall in đồng that the head may waive in one step.")
    place_known_by: dict[Slug, date] = Field(
        default_factory=dict, description="Per occurrence: by when a time and place that others announce is due."
    )


class Assumption(PlanModel):
    """What the plan leaves open, and the value taken until somebody confirms it."""

    id: Annotated[str, StringConstraints(pattern=r"^A\d+$")]
    question: Text
    value: Text
    alternatives: tuple[Text, ...] = ()
    confirmed_by: Text | None = None
    confirmed_on: date | None = None

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_by is not None and self.confirmed_on is not None


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
    activities: tuple[Activity, ...] = Field(min_length=1)
    recipients: tuple[Recipient, ...] = ()
    account: BankAccount | None = None
    policy: Policy
    assumptions: tuple[Assumption, ...] = ()

    @property
    def plan_id(self) -> PlanId:
        return PlanId(self.id)

    def unit(self, unit_id: str) -> Unit:
        """The unit of that id. Raises KeyError."""
        return self._units_by_id[unit_id]

    def head_on(self, day: date) -> Head:
        """Who leads on `day`; the nearest one where the dates leave a gap."""
        holding = [head for head in self.heads if head.holds_on(day)]
        return holding[-1] if holding else self.heads[-1]

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
    def _occurrences_by_id(self) -> dict[str, tuple[Activity, PlannedOccurrence]]:
        return {occurrence.id: (activity, occurrence) for activity, occurrence in self.occurrences()}


def fold_name(name: str) -> str:
    """A unit's name without what people spell in several ways (assumption A8)."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[\s,–—-]+", " ", folded).strip()
