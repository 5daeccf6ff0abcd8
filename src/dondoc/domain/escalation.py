"""Whom a problem is told to, when, and how often (III.2 "kịp thời thông tin … các vấn đề phát sinh").

A problem climbs its ladder until somebody acknowledges it, and is told once more at the top; from then on it stands in
every digest. An urgent one does not wait for the morning, and is told again until somebody acknowledges it. An
acknowledged one is left alone until it goes stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.plan import Audience, Ladder, Policy
from dondoc.domain.plan_policy import TO_HEAD
from dondoc.domain.states import ProblemState, Severity

REPORTED = "reported"
"""The kind of a problem that a unit reports."""

_HOUR = timedelta(hours=1)
_AT_THE_TOP = 1
"""How often an ordinary problem is told again by a letter of its own; what the digest repeats weekly needs no other."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ladder needs to know of a problem; moments are in the zone of Việt Nam."""

    severity: Severity
    state: ProblemState
    raised_at: datetime
    ladder: Ladder
    told: int = 0
    """How many times somebody was told: the first times up the ladder, all others at its top."""
    told_at: datetime | None = None
    acknowledged_at: datetime | None = None

    @property
    def is_urgent(self) -> bool:
        return self.severity is Severity.URGENT

    @property
    def rung(self) -> int:
        """Which step of the ladder is next."""
        return min(self.told, len(self.ladder) - 1)

    @property
    def told_at_top(self) -> int:
        """How many times the last of the ladder was told."""
        return max(self.told - len(self.ladder) + 1, 0)


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell them for the n-th time."""

    to: Audience
    n: int


@dataclass(frozen=True, slots=True)
class Hold:
    """It is due, and not said yet."""

    because: str
    until: datetime


def next_step(
    problem: Standing, now: datetime, policy: Policy, calendar: WorkingCalendar, lately: Iterable[datetime] = ()
) -> Tell | Hold | None:
    """What is to be said about a problem now; None while nothing is due.

    `lately`: when the one who would be told got other letters about problems.
    """
    due = due_at(problem, policy, calendar)
    if due is None or now < due:
        return None
    held = None if problem.is_urgent else out_of_office(now, policy, calendar)
    if held := held or too_many(lately, now, policy, urgent=problem.is_urgent):
        return held
    return Tell(problem.ladder[problem.rung].to, problem.told_at_top + 1)


def rides_along(problem: Standing, now: datetime, policy: Policy, calendar: WorkingCalendar) -> bool:
    """Whether it goes with a letter that leaves now anyway, because it would be told again later that day."""
    due = due_at(problem, policy, calendar)
    return problem.told_at_top > 0 and due is not None and due.date() <= now.date()


def due_at(problem: Standing, policy: Policy, calendar: WorkingCalendar) -> datetime | None:
    """The moment from which a letter about problems is to say something; None: never, unless somebody acts.

    What is only worth a note is left to the digest, and so is what was told twice.
    """
    if problem.state is ProblemState.RESOLVED or problem.severity is Severity.NOTE:
        return None
    if problem.acknowledged_at is not None:
        day = calendar.shift(problem.acknowledged_at.date(), policy.stale_after)
        return datetime.combine(day, policy.office_opens, problem.acknowledged_at.tzinfo)
    since = problem.told_at or problem.raised_at
    if problem.told < len(problem.ladder):
        wait = 0 if problem.is_urgent else problem.ladder[problem.rung].after
    elif problem.is_urgent:
        return since + policy.urgent_repeat * _HOUR
    elif problem.told_at_top > _AT_THE_TOP:
        return None
    else:
        wait = policy.acknowledge_within
    return since if wait == 0 else datetime.combine(calendar.shift(since.date(), wait), since.timetz())


def told_enough(policy: Policy) -> int:
    """How often an ordinary problem is told at most, on whatever ladder: nothing more is due until it is taken up."""
    return max(map(len, (TO_HEAD, *policy.ladders.values()))) + _AT_THE_TOP


def out_of_office(now: datetime, policy: Policy, calendar: WorkingCalendar) -> Hold | None:
    """Why nobody is disturbed at this hour, and until when; None during office hours."""
    today = now.date()
    if not calendar.is_working(today):
        because, opens = "it is a day off", calendar.on_or_after(today)
    elif now.time() < policy.office_opens:
        because, opens = "the office has not opened", today
    elif now.time() >= policy.office_closes:
        because, opens = "the office has closed", calendar.shift(today, 1)
    else:
        return None
    return Hold(because, datetime.combine(opens, policy.office_opens, now.tzinfo))


def too_many(lately: Iterable[datetime], now: datetime, policy: Policy, *, urgent: bool) -> Hold | None:
    """Why another letter would be one too many for an hour; the last place is kept for what is urgent."""
    allowed = policy.letters_per_hour if urgent else policy.letters_per_hour - 1
    past_hour = sorted((at for at in lately if at > now - _HOUR), reverse=True)
    if len(past_hour) < allowed:
        return None
    return Hold(f"{len(past_hour)} letters went there within an hour", past_hour[allowed - 1] + _HOUR)


def severity_of(kind: str, named: Severity, today: date, happens_on: date | None, policy: Policy) -> Severity:
    """How grave a problem is that was raised `today`: what units report shortly before an occurrence is urgent.

    `happens_on` is the day on which the occurrence that it is about begins, if there is one.
    """
    if kind == REPORTED and happens_on is not None and 0 <= (happens_on - today).days <= policy.urgent_before:
        return Severity.URGENT
    return named
