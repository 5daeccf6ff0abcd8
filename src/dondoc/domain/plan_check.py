"""Whether a plan can run, and what it leaves open: what `dondoc plan check` and the head's list of decisions say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.plan import Activity, ActivityKind, Announced, OnDay, Plan, PlannedOccurrence, Role, Window


class Severity(StrEnum):
    BLOCKS = "blocks"
    """The plan cannot run."""
    WARNS = "warns"
    """It can, and something will probably go wrong."""
    OPEN = "open"
    """Somebody has to decide or confirm it; the plan runs meanwhile."""


class Code(StrEnum):
    ORPHAN_CONTENT = "orphan-content"
    ORPHAN_ASSIGNMENT = "orphan-assignment"
    NO_LEAD = "no-lead"
    UNCONFIRMED = "unconfirmed"
    NO_CONTACT = "no-contact"
    NO_SECRETARY = "no-secretary"
    NO_ADDRESS = "no-address"
    NO_HEAD = "no-head"
    NO_TREASURER = "no-treasurer"
    NO_ACCOUNT = "no-account"
    IN_TET = "in-tet"
    NON_WORKING_DAY = "non-working-day"
    SHORT_CONSULTATION = "short-consultation"
    NO_VISIT = "no-visit"
    ANNOUNCEMENT_UNDATED = "announcement-undated"


@dataclass(frozen=True, slots=True)
class Finding:
    """One point: `object` is the id it is about (`activity/assignment`, a unit, an occurrence, an assumption).

    `message` is English; `quote` is the plan's own wording, empty where the plan has none.
    """

    severity: Severity
    code: Code
    object: str
    message: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    findings: tuple[Finding, ...]

    @property
    def can_run(self) -> bool:
        return not self.of(Severity.BLOCKS)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)

    def coded(self, code: Code) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.code is code)


def check(plan: Plan, calendar: WorkingCalendar) -> Report:
    """Everything that the plan leaves open or gets wrong, in a settled order: what blocks comes first."""
    found = [
        *_addresses(plan),
        *_money(plan),
        *(finding for activity, occurrence in plan.occurrences() for finding in _days(plan, occurrence, calendar)),
        *_quarters(plan),
        *(finding for activity in plan.activities for finding in _tasks(activity)),
        *_assumptions(plan),
    ]
    order = list(Severity)
    return Report(tuple(sorted(found, key=lambda finding: order.index(finding.severity))))


def _tasks(activity: Activity) -> Iterator[Finding]:
    """Contents nobody carries, assignments that carry none, and shared ones without a lead (R14, A5, A6)."""
    carried = {content for assignment in activity.assignments for content in assignment.contents}
    for content in activity.contents:
        if content.id not in carried:
            message = f"{activity.clause}: no unit is assigned to this content"
            yield Finding(Severity.OPEN, Code.ORPHAN_CONTENT, f"{activity.id}/{content.id}", message, content.text)
    for assignment in activity.assignments:
        if assignment.kind == "content" and not assignment.contents:
            message = f"{activity.clause}: no content of the plan names what {', '.join(assignment.units)} is assigned"
            at = f"{activity.id}/{assignment.id}"
            yield Finding(Severity.OPEN, Code.ORPHAN_ASSIGNMENT, at, message, assignment.text)
    # Units that share several tasks of one line are asked once who leads.
    for units in dict.fromkeys(a.units for a in activity.assignments if a.lacks_lead):
        shared = [a for a in activity.assignments if a.lacks_lead and a.units == units]
        message = f"{activity.clause}: no lead is named among {', '.join(units)}; until then {shared[0].leader} leads"
        at = f"{activity.id}/{shared[0].id}"
        yield Finding(Severity.OPEN, Code.NO_LEAD, at, message, " ".join(a.text for a in shared))


def _assumptions(plan: Plan) -> Iterator[Finding]:
    for one in plan.assumptions:
        if not one.is_confirmed:
            quote = f"{one.question} → {one.value}"
            yield Finding(Severity.OPEN, Code.UNCONFIRMED, one.id, "nobody has confirmed this assumption", quote)


def _addresses(plan: Plan) -> Iterator[Finding]:
    """Who cannot be reached on a day on which letters are due to go out."""
    opening_days = sorted({occurrence.consult_on for _, occurrence in plan.occurrences()})
    for day in opening_days:
        if not any(head.holds_on(day) for head in plan.heads):
            message = f"nobody is named as head on {day}; the last one named is taken"
            yield Finding(Severity.WARNS, Code.NO_HEAD, plan.id, message)
            break
    for day in opening_days if plan.treasurers else ():
        if not plan.treasurers_on(day):
            message = f"nobody is named as treasurer on {day}; the head keeps the money meanwhile"
            yield Finding(Severity.WARNS, Code.NO_TREASURER, plan.id, message)
            break
    lacking = {Role.CONTACT: (Severity.BLOCKS, Code.NO_CONTACT), Role.SECRETARY: (Severity.WARNS, Code.NO_SECRETARY)}
    for unit in plan.units:
        for role, (severity, code) in lacking.items():
            missing = (d for d in opening_days if unit.is_member_on(d) and not unit.addresses_of(role, d))
            if (since := next(missing, None)) is not None:
                message = f"no address of its {role.value} holds on {since}"
                yield Finding(severity, code, unit.id, message, unit.name_on(since).full)
    for recipient in plan.recipients:
        if recipient.group in ("city", "archive") and recipient.email is None:
            yield Finding(Severity.WARNS, Code.NO_ADDRESS, recipient.id, "no address is given", recipient.name)
        elif recipient.group == "party_committees":
            for unit in plan.units:
                if unit.party_committee is None:
                    message = "no address of its party committee is given"
                    yield Finding(Severity.WARNS, Code.NO_ADDRESS, unit.id, message, recipient.name)


def _money(plan: Plan) -> Iterator[Finding]:
    paid_for = [activity.id for activity in plan.activities if activity.contribution is not None]
    if not paid_for:
        return
    if plan.account is None:
        message = f"no account is given, and the units are to pay for {', '.join(paid_for)}"
        yield Finding(Severity.BLOCKS, Code.NO_ACCOUNT, plan.id, message)
        return
    for day in sorted({occurrence.first_day for _, occurrence in plan.occurrences()}):
        if not plan.account.holds_on(day):
            message = f"the account does not hold on {day}"
            yield Finding(Severity.BLOCKS, Code.NO_ACCOUNT, plan.id, message, plan.account.holder)
            return


def _days(plan: Plan, occurrence: PlannedOccurrence, calendar: WorkingCalendar) -> Iterator[Finding]:
    """Days in Tết, days off, too little time to answer, and announcements that nobody waits for."""
    at, when = occurrence.id, occurrence.when
    for day in occurrence.days if isinstance(when, OnDay) else ():
        if calendar.is_tet(day):
            yield Finding(Severity.BLOCKS, Code.IN_TET, at, f"its day {day} lies in Tết", occurrence.title)
        elif not calendar.is_working(day):
            message = f"its day {day} is not a working day"
            yield Finding(Severity.WARNS, Code.NON_WORKING_DAY, at, message, occurrence.title)
    opens = occurrence.consult_on
    if not calendar.is_working(opens):
        message = f"its consultation opens on {opens}, which is not a working day"
        yield Finding(Severity.WARNS, Code.NON_WORKING_DAY, at, message, occurrence.title)
    # The answers are due before the occurrence begins, not on its first day.
    left = calendar.working_days_between(opens, occurrence.first_day - timedelta(days=1))
    needed = plan.policy.opinion.answer_within
    if left < needed:
        message = (
            f"{max(left, 0)} working days remain to answer before {occurrence.first_day}, the policy gives {needed}"
        )
        yield Finding(Severity.WARNS, Code.SHORT_CONSULTATION, at, message, occurrence.title)
    announced = isinstance(occurrence.place, Announced) or (isinstance(when, Window) and when.announced_by is not None)
    if announced and at not in plan.policy.place_known_by:
        message = "policy.place_known_by does not say by when its time and place are to be announced"
        yield Finding(Severity.WARNS, Code.ANNOUNCEMENT_UNDATED, at, message, occurrence.title)


def _quarters(plan: Plan) -> Iterator[Finding]:
    """Quarters without a visit (II.3 "định kỳ hằng quý")."""
    for activity in plan.activities:
        if activity.kind is not ActivityKind.VISITS:
            continue
        planned = {_quarter_of(occurrence.first_day) for occurrence in activity.occurrences}
        for number in (1, 2, 3, 4):
            if f"{plan.year}-Q{number}" not in planned:
                message = f"{activity.clause}: no visit is planned for quarter {number}"
                yield Finding(Severity.WARNS, Code.NO_VISIT, activity.id, message, activity.time_text)


def _quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
