"""Whom a problem is told to, when, and how often: never silent for ever, never too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dondoc.clock import ZONE
from dondoc.domain.calendar import vietnam
from dondoc.domain.escalation import (
    Hold,
    Standing,
    Tell,
    due_at,
    next_step,
    out_of_office,
    rides_along,
    severity_of,
    told_enough,
    too_many,
)
from dondoc.domain.plan import Audience, Policy, RequestPolicy, Rung
from dondoc.domain.plan_policy import TO_HEAD
from dondoc.domain.states import ProblemState, Severity

CALENDAR = vietnam()
ASKED = RequestPolicy(answer_within=5)
POLICY = Policy(opinion=ASKED, contribution=ASKED, participants=ASKED, assignment=ASKED, report=ASKED)
UP = (Rung(to=Audience.CONTACT), Rung(to=Audience.SECRETARY, after=2), Rung(to=Audience.HEAD, after=1))
HOUR = timedelta(hours=1)


def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment in April 2024: the 1st is a Monday, the 18th is Giỗ Tổ."""
    return datetime(2024, 4, day, hour, minute, tzinfo=ZONE)


RAISED = Standing(Severity.NORMAL, ProblemState.OPEN, at(1), TO_HEAD)
URGENT = replace(RAISED, severity=Severity.URGENT, raised_at=at(1, 22, 30))
TOLD = replace(RAISED, told=1, told_at=at(1))
ACKNOWLEDGED = replace(TOLD, state=ProblemState.ACKNOWLEDGED, acknowledged_at=at(2))


@pytest.mark.parametrize(
    ("problem", "now", "expected"),
    [
        pytest.param(RAISED, at(1), Tell(Audience.HEAD, 1), id="at once"),
        pytest.param(TOLD, at(2, 8, 59), None, id="a working day to acknowledge it"),
        pytest.param(TOLD, at(2), Tell(Audience.HEAD, 2), id="told again"),
        pytest.param(
            replace(TOLD, told=2, told_at=at(2)), at(30), None, id="told twice: from then on it stands in the digest"
        ),
        pytest.param(
            replace(TOLD, told_at=at(17)), at(18), None, id="a holiday is no day to acknowledge it"
        ),
        pytest.param(ACKNOWLEDGED, at(8, 17), None, id="acknowledged: left alone"),
        pytest.param(ACKNOWLEDGED, at(9, 8), Tell(Audience.HEAD, 2), id="acknowledged, and nothing came of it"),
        pytest.param(replace(RAISED, state=ProblemState.RESOLVED), at(30), None, id="resolved"),
        pytest.param(replace(RAISED, severity=Severity.NOTE), at(30), None, id="a note is left to the digest"),
        pytest.param(
            RAISED, at(1, 18), Hold("the office has closed", at(2, 7, 30)), id="in the evening it waits for the morning"
        ),
        pytest.param(
            RAISED, at(2, 6), Hold("the office has not opened", at(2, 7, 30)), id="before the office opens"
        ),
        pytest.param(
            RAISED, at(1, 17, 30), Hold("the office has closed", at(2, 7, 30)), id="from the hour at which it closes"
        ),
        pytest.param(RAISED, at(6), Hold("it is a day off", at(8, 7, 30)), id="on Saturday it waits for Monday"),
        pytest.param(URGENT, at(1, 22, 30), Tell(Audience.HEAD, 1), id="urgent: at night"),
        pytest.param(
            replace(URGENT, raised_at=at(6)), at(6), Tell(Audience.HEAD, 1), id="urgent: on a Saturday, at once"
        ),
        pytest.param(
            replace(URGENT, told=1, told_at=at(6)), at(6, 11), Tell(Audience.HEAD, 2), id="urgent: again after 2 hours"
        ),
        pytest.param(replace(URGENT, told=1, told_at=at(6)), at(6, 10, 59), None, id="urgent: not before"),
        pytest.param(
            replace(URGENT, state=ProblemState.ACKNOWLEDGED, acknowledged_at=at(1, 23), told=1, told_at=at(1, 22)),
            at(5),
            None,
            id="urgent and acknowledged: silent",
        ),
        pytest.param(replace(RAISED, ladder=UP), at(1), Tell(Audience.CONTACT, 1), id="the contact first"),
        pytest.param(replace(TOLD, ladder=UP), at(2), None, id="the secretary not yet"),
        pytest.param(replace(TOLD, ladder=UP), at(3), Tell(Audience.SECRETARY, 1), id="then the secretary"),
        pytest.param(
            replace(TOLD, ladder=UP, told=2, told_at=at(3)), at(4), Tell(Audience.HEAD, 1), id="then the head"
        ),
        pytest.param(
            replace(URGENT, ladder=UP, told=1, told_at=at(1, 22, 30)),
            at(1, 22, 30),
            Tell(Audience.SECRETARY, 1),
            id="urgent: up the ladder without a pause",
        ),
    ],
)  # fmt: skip
def test_what_is_said_of_a_problem(problem: Standing, now: datetime, expected: Tell | Hold | None) -> None:
    assert next_step(problem, now, POLICY, CALENDAR) == expected


@pytest.mark.parametrize(
    ("problem", "now", "expected"),
    [
        pytest.param(TOLD, at(2, 8), True, id="due an hour later"),
        pytest.param(TOLD, at(2), True, id="due now"),
        pytest.param(TOLD, at(1, 17), False, id="due tomorrow"),
        pytest.param(RAISED, at(1), False, id="not told yet: it has a letter of its own"),
        pytest.param(replace(TOLD, ladder=UP), at(3), False, id="on its way up: the next one is told"),
        pytest.param(replace(TOLD, ladder=UP, told=3, told_at=at(4)), at(5, 8), True, id="told at the top"),
        pytest.param(replace(TOLD, told=2), at(30), False, id="told twice: nothing is due"),
        pytest.param(replace(TOLD, state=ProblemState.RESOLVED), at(2), False, id="resolved"),
    ],
)
def test_what_would_be_told_again_that_day_goes_with_a_letter_that_leaves_anyway(
    problem: Standing, now: datetime, expected: bool
) -> None:
    assert rides_along(problem, now, POLICY, CALENDAR) is expected


@pytest.mark.parametrize(
    ("kind", "named", "days_before", "expected"),
    [
        ("reported", Severity.NORMAL, 0, Severity.URGENT),
        ("reported", Severity.NORMAL, 2, Severity.URGENT),
        ("reported", Severity.NORMAL, 3, Severity.URGENT),
        ("reported", Severity.NORMAL, 4, Severity.NORMAL),
        ("reported", Severity.NORMAL, -1, Severity.NORMAL),
        ("reported", Severity.URGENT, 90, Severity.URGENT),
        ("reported", Severity.NORMAL, None, Severity.NORMAL),
        ("letter_failed", Severity.NORMAL, 1, Severity.NORMAL),
        ("unowned", Severity.NORMAL, 1, Severity.NORMAL),
    ],
)
def test_what_units_report_shortly_before_an_occurrence_is_urgent(
    kind: str, named: Severity, days_before: int | None, expected: Severity
) -> None:
    today = date(2024, 4, 1)
    happens_on = None if days_before is None else today + timedelta(days=days_before)

    assert severity_of(kind, named, today, happens_on, POLICY) is expected


def test_the_last_letter_of_an_hour_is_kept_for_what_is_urgent() -> None:
    two = [at(1, 9), at(1, 9, 20)]

    held = next_step(RAISED, at(1, 9, 30), POLICY, CALENDAR, lately=two)

    assert held == Hold("2 letters went there within an hour", at(1, 10))
    assert isinstance(next_step(RAISED, at(1, 10), POLICY, CALENDAR, lately=two), Tell)
    assert isinstance(next_step(URGENT, at(1, 23), POLICY, CALENDAR, lately=[at(1, 22, 40), at(1, 22, 50)]), Tell)


moments = st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 20), timezones=st.just(ZONE))  # noqa: DTZ001
policies = st.builds(
    lambda **changed: POLICY.model_copy(update=changed),
    acknowledge_within=st.integers(1, 4),
    stale_after=st.integers(1, 8),
    urgent_repeat=st.integers(1, 12),
    letters_per_hour=st.integers(2, 5),
)
severities = st.sampled_from([Severity.NORMAL, Severity.URGENT])


@given(moments, policies, severities, st.sampled_from([TO_HEAD, UP]), st.integers(0, 6))
def test_whatever_nobody_acknowledges_is_told_again_until_the_digest_repeats_it(
    told_at: datetime, policy: Policy, severity: Severity, ladder: tuple[Rung, ...], told: int
) -> None:
    problem = Standing(severity, ProblemState.OPEN, told_at, ladder, told, told_at if told else None)

    due = due_at(problem, policy, CALENDAR)

    if problem.told_at_top > 1 and not problem.is_urgent:
        assert due is None
        return
    assert due is not None
    closed = None if problem.is_urgent else out_of_office(due, policy, CALENDAR)
    says = next_step(problem, closed.until if closed else due, policy, CALENDAR)
    assert isinstance(says, Tell)
    # The longest wait: eight working days, two weekends, and Tết.
    assert timedelta() <= due - told_at <= timedelta(days=22)


@given(moments, policies, severities, st.integers(0, 3), st.integers(0, 24 * 60))
def test_nothing_is_said_after_an_acknowledgement_until_it_is_stale(
    acknowledged_at: datetime, policy: Policy, severity: Severity, told: int, minutes: int
) -> None:
    problem = Standing(
        severity,
        ProblemState.ACKNOWLEDGED,
        acknowledged_at,
        TO_HEAD,
        told,
        acknowledged_at if told else None,
        acknowledged_at,
    )
    stale_on = CALENDAR.shift(acknowledged_at.date(), policy.stale_after)

    before = datetime.combine(stale_on, policy.office_opens, ZONE) - timedelta(minutes=minutes + 1)

    assert next_step(problem, before, policy, CALENDAR) is None
    assert isinstance(next_step(problem, datetime.combine(stale_on, policy.office_opens, ZONE), policy, CALENDAR), Tell)


@given(
    moments,
    policies,
    st.lists(st.tuples(severities, st.integers(0, 300)), min_size=1, max_size=12),
    st.lists(st.integers(1, 45), min_size=1, max_size=40),
)
def test_nobody_gets_more_letters_than_an_hour_allows_nor_ordinary_ones_outside_office_hours(
    begin: datetime, policy: Policy, raised: list[tuple[Severity, int]], steps: list[int]
) -> None:
    problems = [
        Standing(severity, ProblemState.OPEN, begin + timedelta(minutes=after), TO_HEAD) for severity, after in raised
    ]
    sent: list[datetime] = []
    now = begin
    for minutes in steps:
        now += timedelta(minutes=minutes)
        said = [isinstance(next_step(problem, now, policy, CALENDAR, sent), Tell) for problem in problems]
        if any(said):
            ordinary = any(tell and not problem.is_urgent for tell, problem in zip(said, problems, strict=True))
            assert not (ordinary and out_of_office(now, policy, CALENDAR))
            sent.append(now)
        problems = [
            replace(problem, told=problem.told + 1, told_at=now) if tell else problem
            for tell, problem in zip(said, problems, strict=True)
        ]

    assert all(sum(moment - HOUR < other <= moment for other in sent) <= policy.letters_per_hour for moment in sent)


@given(st.lists(moments, max_size=8), moments, policies, st.booleans())
def test_a_letter_that_is_one_too_many_fits_when_it_is_said_to(
    sent: list[datetime], now: datetime, policy: Policy, urgent: bool
) -> None:
    lately = [now - (now - moment) % (2 * HOUR) for moment in sent]

    held = too_many(lately, now, policy, urgent=urgent)

    assert held is None or (held.until > now and too_many(lately, held.until, policy, urgent=urgent) is None)


@pytest.mark.parametrize(
    "ladder",
    [
        pytest.param((), id="nobody"),
        pytest.param((Rung(to=Audience.SECRETARY),), id="not up to the head"),
        pytest.param((Rung(to=Audience.HEAD), Rung(to=Audience.CONTACT)), id="downwards"),
        pytest.param((Rung(to=Audience.HEAD), Rung(to=Audience.HEAD)), id="twice the same"),
    ],
)
def test_a_ladder_leads_up_to_the_head(ladder: tuple[Rung, ...]) -> None:
    with pytest.raises(ValidationError, match=r"must rise from contact over secretary to head|at least 1 item"):
        Policy.model_validate(POLICY.model_dump() | {"ladders": {"letter_failed": ladder}})


@pytest.mark.parametrize("ladder", [TO_HEAD, UP], ids=["to the head at once", "up three steps"])
def test_what_was_told_enough_falls_due_no_more_whatever_its_ladder(ladder: tuple[Rung, ...]) -> None:
    policy = POLICY.model_copy(update={"ladders": {"late_names": ladder}})
    enough = told_enough(policy)
    problem = replace(TOLD, ladder=ladder)
    assert due_at(replace(problem, told=enough), policy, CALENDAR) is None
    assert due_at(replace(problem, told=len(ladder)), policy, CALENDAR) is not None
    assert enough == len(ladder) + 1
