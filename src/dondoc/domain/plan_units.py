"""Who belongs to a cluster: units, their dated names and mailboxes, and who leads (Plan 2024, III)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dondoc.domain.ids import UnitId

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

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(f"it ends ({self.until:%d/%m/%Y}) before it begins ({self.since:%d/%m/%Y})")
        return self

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

    @model_validator(mode="after")
    def _names_the_successor(self) -> Self:
        if (self.kind == "merged_into") != (self.unit is not None):
            raise ValueError("'unit' is given with 'merged_into', and only there")
        return self


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

    @property
    def spellings(self) -> frozenset[str]:
        """Every way to write the unit, folded: its id, its names of all times, its aliases (A8)."""
        written = (self.id, *self.aliases, *(text for name in self.names for text in (name.full, name.short)))
        return frozenset(map(fold_name, written))

    def name_on(self, day: date) -> UnitName:
        """The name borne on `day`; the last one where the dates leave a gap."""
        holding = [name for name in self.names if name.holds_on(day)]
        return holding[-1] if holding else self.names[-1]

    def addresses_of(self, role: Role, day: date) -> tuple[Contact, ...]:
        return tuple(c for c in self.contacts if c.role is role and c.holds_on(day))

    def is_member_on(self, day: date) -> bool:
        return not any(r.kind in ("merged_into", "left") and r.on <= day for r in self.relations)


class Person(Dated):
    """Somebody who has a part in leading the cluster for some time."""

    name: Text
    title: Text
    email: Email


class Substitute(Person):
    """Who stands in for the head while the head is away."""


class Treasurer(Person):
    """Who keeps the cluster's money (III.1 "đầu mối tiếp nhận kinh phí")."""


class Observer(Person):
    """Who may see how the year goes, and decides nothing."""


class Head(Dated):
    """The unit that leads the cluster, and its person (III.1)."""

    unit: Slug
    name: Text
    title: Text
    email: Email
    substitutes: tuple[Substitute, ...] = Field((), description="Who reads the head's letters, from when until when.")

    def substitute_on(self, day: date) -> Substitute | None:
        return next((person for person in self.substitutes if person.holds_on(day)), None)


def fold_name(name: str) -> str:
    """A unit's name without what people spell in several ways (assumption A8)."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return re.sub(r"[\s,–—-]+", " ", folded).strip()
