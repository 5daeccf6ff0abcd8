"""What a cluster does in its year: activities, when and where, who carries what (Plan 2024, II)."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, WithJsonSchema, model_validator

from dondoc.domain.ids import ActivityId, Dong, OccurrenceId, UnitId
from dondoc.domain.plan_units import PlanModel, Slug, Text

# JSON Schema's own "time" wants seconds and a zone, which nobody writes in a plan.
TimeOfDay = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"})]
Quarter = Annotated[str, StringConstraints(pattern=r"^20\d{2}-Q[1-4]$")]


def quarter_days(quarter: str) -> tuple[date, date]:
    """The first and the last day of a quarter written `2024-Q1`."""
    year, number = int(quarter[:4]), int(quarter[-1])
    return date(year, number * 3 - 2, 1), date(year, number * 3, (31, 30, 30, 31)[number - 1])


class Announced(PlanModel):
    """A time or place that somebody else announces later (II.1: "theo phân công của …")."""

    announced_by: Text


class OnDay(PlanModel):
    """A proposed day, with the days that would do as well."""

    day: date
    at: TimeOfDay | None = Field(None, description="Local time of day; empty: a whole day.")
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


def _kind_of_time(value: object) -> str:
    return "day" if isinstance(value, OnDay) or (isinstance(value, dict) and "day" in value) else "window"


def _kind_of_place(value: object) -> str:
    announced = isinstance(value, Announced) or (isinstance(value, dict) and "announced_by" in value)
    return "announced" if announced else "place"


# The tags let a mistake be reported against the one form that was meant, not against both.
When = Annotated[
    Annotated[OnDay, Tag("day")] | Annotated[Window, Tag("window")],
    Discriminator(_kind_of_time),
]
Where = Annotated[
    Annotated[Place, Tag("place")] | Annotated[Announced, Tag("announced")],
    Discriminator(_kind_of_place),
]


class PlannedOccurrence(PlanModel):
    """One time an activity happens, as the plan foresees it."""

    id: Slug
    title: Text
    when: When
    place: Where
    consult_on: date = Field(description="The day on which its consultation opens.")
    quarter: Quarter | None = Field(None, description="The quarter that this visit is for, such as 2024-Q1.")

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
            return quarter_days(self.quarter)[1]
        return self.when.day if isinstance(self.when, OnDay) else self.when.last

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that the plan names for it."""
        if isinstance(self.when, OnDay):
            return (self.when.day, *self.when.alternatives)
        return (self.when.first, self.when.last)


class Content(PlanModel):
    """One line of what an activity contains (II.1 "Nội dung")."""

    id: Slug
    text: Text


class Assignment(PlanModel):
    """What some units take charge of ("Phân công thực hiện")."""

    id: Slug
    units: tuple[Slug, ...] = Field(min_length=1)
    lead: Slug | None = Field(None, description="Who leads a shared assignment; empty: the first named (A6).")
    text: Text
    kind: Literal["content", "coordination"] = Field("content", description="coordination: serves no single content.")
    contents: tuple[Slug, ...] = Field((), description="The contents that it carries out.")
    figures: tuple[Text, ...] = Field((), description="What is counted: patients, trainees, cases …")

    @property
    def leader(self) -> UnitId:
        """Who leads it: the unit that the plan names, else the first in the line (A6)."""
        return UnitId(self.lead or self.units[0])

    @property
    def lacks_lead(self) -> bool:
        return self.lead is None and len(self.units) > 1


class Contribution(PlanModel):
    """Who pays how much for an activity, in whole đồng."""

    text: Text | None = Field(None, description="As the plan words it.")
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
    """How many people each unit names, and by when."""

    text: Text | None = Field(None, description="As the plan words it.")
    each: int = Field(gt=0)
    reserve: int = Field(0, ge=0, description="How many more names are kept in reserve.")
    named_before: int = Field(10, gt=0, description="Working days before the day by which the names are due.")
    short_before: int = Field(5, gt=0, description="Working days before the day from which a short list is a problem.")

    @model_validator(mode="after")
    def _short_after_named(self) -> Self:
        if self.short_before > self.named_before:
            raise ValueError("'short_before' must not be more than 'named_before': a list is short once it was due")
        return self


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
    confirmed_before: int | None = Field(
        None, gt=0, description="Working days before the day by which programme, speaker and place are confirmed."
    )
    hours: int = Field(3, gt=0, le=24, description="How long it takes when a time of day is set, for calendars.")
    practical: tuple[Text, ...] = Field(
        (), description="What those who take part should know: where to meet, what to bring, whom to call."
    )
    occurrences: tuple[PlannedOccurrence, ...] = Field(min_length=1)

    @property
    def activity_id(self) -> ActivityId:
        return ActivityId(self.id)

    def owed_in_year_by(self, unit: str) -> Dong:
        """What the unit pays for this activity in the whole year; 0 when it owes nothing."""
        if self.contribution is None:
            return Dong(0)
        times = len(self.occurrences) if self.contribution.basis == "occurrence" else 1
        return Dong(self.contribution.share_of(unit) * times)
