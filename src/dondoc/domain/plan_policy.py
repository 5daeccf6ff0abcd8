"""The cluster's own rules where the plan names none (assumption A3): deadlines, reminders, who is told when."""

from __future__ import annotations

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from dondoc.domain.plan_activities import TimeOfDay
from dondoc.domain.plan_units import PlanModel, Slug

ProblemKind = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=60)]


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


class Audience(StrEnum):
    """Who can be told of a problem: two people of the unit that it is about, and the cluster head."""

    CONTACT = "contact"
    SECRETARY = "secretary"
    HEAD = "head"


class Rung(PlanModel):
    """One step of the ladder that a problem climbs while nobody acknowledges it."""

    to: Audience
    after: int = Field(0, ge=0, description="Working days after the step before; 0: at once.")


Ladder = Annotated[tuple[Rung, ...], Field(min_length=1)]
TO_HEAD: Ladder = (Rung(to=Audience.HEAD),)


class Policy(PlanModel):
    """What is followed up, how soon and how often."""

    opinion: RequestPolicy
    contribution: RequestPolicy
    participants: RequestPolicy
    assignment: RequestPolicy
    report: RequestPolicy
    close_at: TimeOfDay = Field(time(17), description="Local time at which a deadline day ends.")
    silence: Literal["ask_head", "consent"] = Field("ask_head", description="What no answer means at the close (A4).")
    consult_head: bool = Field(False, description="Whether the head's own unit is asked as well (A9).")
    tolerance: int = Field(5000, ge=0, description="Shortfall in đồng that the head may waive in one step.")
    overdue_after: int = Field(5, gt=0, description="Working days after which an unpaid due goes to the head (R16).")
    unmatched_after: int = Field(2, gt=0, description="Working days after which money without a due is a problem (R5).")
    acknowledge_within: int = Field(
        1,
        gt=0,
        description="Working days after which a problem that nobody acknowledged is told again (R6); "
        "from then on it stands in every digest.",
    )
    stale_after: int = Field(5, gt=0, description="Working days after which an acknowledged problem comes back (R6).")
    office_opens: TimeOfDay = Field(
        time(7, 30), description="Ordinary problems are told from here on, on working days …"
    )
    office_closes: TimeOfDay = Field(time(17, 30), description="… until here; urgent ones at any hour of any day.")
    urgent_before: int = Field(3, ge=0, description="Days before an occurrence from which what units report is urgent.")
    urgent_repeat: int = Field(2, gt=0, description="Hours after which an urgent problem is told again.")
    letters_per_hour: int = Field(
        3,
        ge=2,
        description="Letters about problems that an address gets in an hour at most; the last is kept for urgent ones.",
    )
    ladders: dict[ProblemKind, Ladder] = Field(
        default_factory=dict, description="Per kind of problem: who of the unit is told before the head, who is last."
    )
    remind_of_day: int = Field(
        2, gt=0, description="Working days before an occurrence on which its units are reminded."
    )
    publish_within: int = Field(5, gt=0, description="Working days after the day for links, photos, a bulletin (R24).")
    place_known_by: dict[Slug, date] = Field(
        default_factory=dict, description="Per occurrence: by when a time and place that others announce is due."
    )

    @model_validator(mode="after")
    def _office_opens_before_it_closes(self) -> Self:
        if self.office_opens >= self.office_closes:
            raise ValueError(f"the office opens at {self.office_opens:%H:%M}, so it must close later than that")
        return self

    @model_validator(mode="after")
    def _ladders_lead_up_to_the_head(self) -> Self:
        order = list(Audience)
        for kind, ladder in self.ladders.items():
            steps = [order.index(rung.to) for rung in ladder]
            if steps != sorted(set(steps)) or ladder[-1].to is not Audience.HEAD:
                raise ValueError(f"the ladder of '{kind}' must rise from contact over secretary to head, and end there")
        return self

    def ladder_of(self, kind: str) -> Ladder:
        """Who is told of such a problem, one after the other; the head at once unless the policy says otherwise."""
        return self.ladders.get(kind, TO_HEAD)
