"""Plans and holidays as files, and a plan as the text that the record keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from dondoc.domain.calendar import WorkingCalendar, vietnam
from dondoc.domain.plan import Plan, PlanModel
from dondoc.domain.plan_roll import roll
from dondoc.errors import Refused
from dondoc.yamlfile import read_model, read_text, rewrite


class Holidays(PlanModel):
    """Days that the `holidays` library does not know, or knows wrongly."""

    off: tuple[date, ...] = Field((), description="Days on which nobody works.")
    working: tuple[date, ...] = Field((), description="Days on which people do work, such as make-up Saturdays.")

    @model_validator(mode="after")
    def _either_or(self) -> Self:
        if both := sorted(set(self.off) & set(self.working)):
            raise ValueError(f"{both[0]} stands under 'off' and under 'working'")
        return self


def load_plan(path: Path) -> Plan:
    """The plan in a YAML file. Raises Unreadable with a line for each mistake: file, line, key, expected, found."""
    return read_model(path, Plan)


def load_holidays(path: Path) -> Mapping[date, bool]:
    """Local exceptions of the working calendar: True where people work. Raises Unreadable."""
    holidays = read_model(path, Holidays)
    return dict.fromkeys(holidays.off, False) | dict.fromkeys(holidays.working, True)


def roll_plan(path: Path, year: int, calendar: WorkingCalendar | None = None) -> str:
    """The same plan for another year, as YAML text that differs from the file only in what the year changes.

    Raises Unreadable, and Refused when the plan is for that year already.
    """
    text = read_text(path)
    plan = read_model(path, Plan, text)
    if plan.year == year:
        raise Refused(f"{path}: the plan is for {year} already; name another year")
    return rewrite(path, text, lambda document: roll(document, year, calendar or vietnam()))


def plan_to_json(plan: Plan) -> str:
    """The plan as the record keeps it: everything written out, so that a later default changes no old plan."""
    return plan.model_dump_json()


def plan_from_json(text: str) -> Plan:
    """The inverse of `plan_to_json`. Raises pydantic's ValidationError for a text that was not made by it."""
    return Plan.model_validate_json(text)


def schema_text() -> str:
    """The JSON Schema that editors check a plan with while it is written."""
    return json.dumps(Plan.model_json_schema(), ensure_ascii=False, indent=2) + "\n"


def write_schema(path: Path) -> None:
    """Bring `config/plan.schema.json` up to what the models say."""
    path.write_text(schema_text(), encoding="utf-8")
