"""When people are asked for, reminded and prepared for an occurrence (Plan 2024, II.1–II.3; R15, R17, R18, R21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.plan import OnDay, PlannedOccurrence, Quota
from dondoc.domain.proposal import Proposal


@dataclass(frozen=True, slots=True)
class Dated:
    """The days on which an occurrence happens are known; `at` None: whole days."""

    first: date
    last: date
    at: time | None = None


@dataclass(frozen=True, slots=True)
class NotDated:
    """Its day is still to be said; it is not before this one."""

    not_before: date


def dates_of(proposal: Proposal, planned: PlannedOccurrence) -> Dated | NotDated:
    """A window is the plan's guess until somebody narrows it ("Dự kiến tháng 8/2024")."""
    when = proposal.when
    if isinstance(when, OnDay):
        return Dated(when.day, when.day, when.at)
    if when.announced_by is not None or when == planned.when:
        return NotDated(when.first)
    return Dated(when.first, when.last)


def names_due(first: date, today: date, quota: Quota, calendar: WorkingCalendar) -> date | None:
    """By when the names are due; when that is past, the next working day. None: there is no day left before it."""
    due = calendar.shift(first, -quota.named_before)
    if due > today:
        return due
    due = calendar.shift(today, 1)
    return due if due < first else None


def is_short_time(first: date, today: date, quota: Quota, calendar: WorkingCalendar) -> bool:
    """Whether it is so near that a list with too few names is a problem (R15, R18)."""
    return calendar.shift(first, -quota.short_before) <= today


class Preparation(StrEnum):
    """What the head confirms before a seminar (R17)."""

    PROGRAMME = "programme"
    SPEAKER = "speaker"
    HALL = "hall"


def prepared_by(first: date, before: int, calendar: WorkingCalendar) -> date:
    """The day by which everything is to be confirmed."""
    return calendar.shift(first, -before)
