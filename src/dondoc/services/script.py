"""The script of a rehearsal: who does what, when (DESIGN, section 7)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator

from dondoc.clock import local
from dondoc.domain.gathering import Preparation
from dondoc.domain.states import Verdict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Reply(_Part):
    """An officer presses Reply."""

    unit: str
    request: str
    text: str = ""
    file: str | None = Field(None, description="A file that goes with it.")
    from_: str | None = Field(None, alias="from")


class WebAnswer(_Part):
    """An officer answers on the web page."""

    unit: str
    request: str
    verdict: Verdict
    comment: str = ""


class NamedPerson(_Part):
    """Somebody whom a unit names."""

    name: str
    born: int | None = None
    role: str | None = None
    phone: str | None = None
    email: str | None = None


class Names(_Part):
    """A unit names its people on the web page: row by row, as a pasted list, or as a file."""

    unit: str
    request: str
    people: list[str | NamedPerson] = []
    text: str | None = None
    file: str | None = None
    adds: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.people, self.text, self.file))) != 1:
            raise ValueError("names come as exactly one of people, text, file")
        return self


ABOUT_PROBLEMS = ("acknowledge", "resolve", "report_up", "confirm", "count", "dismiss")
ABOUT_LETTERS = ("arrived", "again")
ABOUT_ACTIVITY = ("pause", "resume")
ABOUT_MONEY = ("waive", "split", "return", "carry_over", "spend", "cash", "thaw", "let_go", "undo_entry")

ABOUT_PEOPLE = ("attendance", "prepare", "report")


class Report(_Part):
    """A unit tells of a problem."""

    unit: str
    text: str
    occurrence: str | None = None
    urgent: bool = False


class Assignment(_Part):
    """A unit answers its assignment."""

    unit: str
    request: str
    accept: bool
    reason: str = ""


class Progress(_Part):
    """A unit says how far a task is."""

    unit: str
    request: str
    task: str
    percent: int
    figures: dict[str, int] = {}
    note: str = ""


class UnitReport(_Part):
    """A unit reports after an occurrence."""

    unit: str
    request: str
    text: str
    links: str = ""


class HeadStep(_Part):
    """The head decides or acts."""

    do: Literal[
        "open",
        "close",
        "reopen",
        "proceed",
        "revise",
        "cancel",
        "set-date",
        "postpone",
        "skip",
        "merge",
        "hold",
        "held",
        "pause",
        "resume",
        "acknowledge",
        "resolve",
        "report_up",
        "confirm",
        "count",
        "dismiss",
        "arrived",
        "again",
        "waive",
        "split",
        "return",
        "carry_over",
        "spend",
        "cash",
        "thaw",
        "let_go",
        "undo_entry",
        "attendance",
        "prepare",
        "report",
        "assign",
        "waive_content",
        "evaluate",
        "publish",
    ]
    occurrence: str | None = None
    problem: str | None = Field(None, description="A problem's key, or how it begins.")
    unit: str | None = Field(None, description="Whose problem; with it, the key may be left out.")
    letter: str | None = Field(None, description="arrived, again: the key of a letter whose fate is not known.")
    verdict: Verdict | None = Field(None, description="count: what the head reads in a held message.")
    recipients: list[str] = Field([], description="report_up, publish: which recipients are told.")
    reason: str = ""
    day: date | None = None
    until: date | None = Field(None, description="set-date, postpone: the last day, when it takes more than one.")
    place: str | None = None
    decision: str | None = Field(None, description="set-date: the number of the decision from above.")
    into: str | None = Field(None, description="merge: the occurrence that takes its place.")
    each: int | None = Field(None, gt=0)
    note: str | None = Field(
        None, description="revise: what else changes; publish: the text under the title in 'reason'."
    )
    material: bool = False
    due: str | None = Field(None, description="waive, thaw, let_go, cash: which due.")
    transfer: int | None = Field(None, description="split, confirm, return, carry_over: which transfer.")
    parts: dict[str, int] = Field({}, description="split, confirm, carry_over, cash: how much for which due.")
    amount: int | None = Field(None, gt=0, description="return, spend, cash: how much; undo_entry: which entry.")
    activity: str | None = Field(
        None, description="spend: on what; the evidence stands in 'note'. pause, resume: which."
    )
    content: str | None = Field(None, description="assign, waive_content: which content or assignment.")

    present: list[str] | Literal["all"] = Field([], description="attendance: who came; all: whoever is not named.")
    absent: list[str] = Field([], description="attendance: who did not.")
    substitutes: dict[str, str] = Field({}, description="attendance: who came, by whom it came instead of.")
    confirmed: dict[Preparation, str] = Field({}, description="prepare: programme, speaker, hall.")
    given: str = Field("", description="report: what was given; the report itself stands in 'note'.")

    @model_validator(mode="after")
    def _names_its_object(self) -> Self:
        is_about_activity = self.do in ABOUT_ACTIVITY and self.activity is not None
        if self.do in ABOUT_LETTERS and self.letter is None:
            raise ValueError(f"'{self.do}' needs 'letter'")
        if (
            self.do not in ABOUT_PROBLEMS + ABOUT_MONEY + ABOUT_LETTERS
            and self.occurrence is None
            and not is_about_activity
        ):
            raise ValueError(f"'{self.do}' needs 'occurrence'")
        is_about_transfer = self.do == "confirm" and self.transfer is not None
        if self.do in ABOUT_PROBLEMS and self.problem is None and self.unit is None and not is_about_transfer:
            raise ValueError(f"'{self.do}' needs 'problem' or 'unit'")
        return self


_SPAN = re.compile(r"(\d+)\s*(hours?|days?|weeks?)")


def _span(value: Any) -> Any:
    """`3 days` as a timedelta."""
    if isinstance(value, str):
        if (match := _SPAN.fullmatch(value.strip())) is None:
            raise ValueError("expected a span of time such as '3 days'")
        unit = match[2].rstrip("s") + "s"
        return timedelta(**{unit: int(match[1])})
    return value


def _moment(value: Any) -> Any:
    """A moment in local time; YAML gives a date, a datetime or, without seconds, a text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("expected a local time such as 2024-03-04 09:10") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, 8)  # noqa: DTZ001 - made local below
    return local(value) if isinstance(value, datetime) else value


class Step(_Part):
    """One thing that happens at a moment."""

    at: Annotated[datetime, BeforeValidator(_moment)]
    reply: Reply | None = None
    answer: WebAnswer | None = None
    head: HeadStep | None = None
    report: Report | None = None
    names: Names | None = None
    assignment: Assignment | None = None
    progress: Progress | None = None
    unit_report: UnitReport | None = None
    mail: str | None = None
    plan: str | None = None
    statement: str | None = None
    dies: str | None = Field(
        None, min_length=1, description="The worker that sends this letter next dies once the mail server has it."
    )
    off: Annotated[timedelta | None, BeforeValidator(_span)] = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        parts = [name for name in type(self).model_fields if name != "at"]
        if sum(getattr(self, part) is not None for part in parts) != 1:
            raise ValueError(f"a step does exactly one of {', '.join(parts)}")
        return self


class Script(RootModel[tuple[Step, ...]]):
    """All steps, in any order."""
