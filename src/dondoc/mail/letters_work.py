"""What the letters about the work say (Plan 2024, II.1 "Phân công thực hiện", III.2; I.2 "tuyên truyền")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dondoc.mail.letters import Letter, OccurrenceView, ToUnit


@dataclass(frozen=True, slots=True)
class TaskView:
    """What the unit does; with partners it leads, or works with who leads."""

    text: str
    leads: bool = True
    partners: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work(ToUnit):
    occurrence: OccurrenceView
    due_at: datetime
    tasks: tuple[TaskView, ...]
    work_url: str
    """Where the unit answers, and reports how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRequest(_Work):
    """Gives a unit its contents; the official letter goes with it."""

    kind = "assignment_request"

    because: str | None = None
    """Why it is asked anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentReminder(_Work):
    kind = "assignment_reminder"

    number: int
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentEscalation(_Work):
    """Tells a unit's secretary that the assignment was not answered."""

    kind = "assignment_escalation"

    overdue: bool
    asked_at: datetime
    contact_address: str | None
    reminders: int
    undelivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentNoted(_Work):
    """Confirms to a unit what it answered."""

    kind = "assignment_noted"

    accepted: bool
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest(_Work):
    """Asks a unit for its report after an occurrence."""

    kind = "report_request"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportReminder(_Work):
    kind = "report_reminder"

    number: int
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEscalation(_Work):
    """Tells a unit's secretary that the report did not come."""

    kind = "report_escalation"

    overdue: bool
    asked_at: datetime
    contact_address: str | None
    reminders: int
    undelivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportNoted(_Work):
    """Confirms a unit's report."""

    kind = "report_noted"

    text: str
    by: str
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin(Letter):
    """Tells of an occurrence to those on the plan's list of recipients (I.2, Nơi nhận)."""

    kind = "bulletin"

    recipient: str
    title: str
    text: str
    links: tuple[str, ...]
    occurrence_title: str
