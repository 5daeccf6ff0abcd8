"""Following up: who is reminded, when, and when it is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.calendar import vietnam
from dondoc.domain.ids import OccurrenceId, UnitId
from dondoc.domain.plan import RequestPolicy
from dondoc.domain.requests import Remind, Request, TellSecretary, chase, request_key
from dondoc.domain.states import RequestKind, RequestState

CALENDAR = vietnam()
POLICY = RequestPolicy(answer_within=5)

ASKED = Request(
    key=request_key(RequestKind.OPINION, "visit-2024-q2", "so-y-te"),
    kind=RequestKind.OPINION,
    occurrence=OccurrenceId("visit-2024-q2"),
    unit=UnitId("so-y-te"),
    round=1,
    asked_on=date(2024, 4, 1),
    due_on=date(2024, 4, 8),
    state=RequestState.OPEN,
)


def having(**facts: object) -> Request:
    return replace(ASKED, **facts)  # type: ignore[arg-type]


FIRST = having(reminded=1, reminded_stage=-3, reminded_on=date(2024, 4, 3))
SECOND = having(reminded=2, reminded_stage=-1, reminded_on=date(2024, 4, 5))
TOLD = having(reminded=2, reminded_stage=-1, reminded_on=date(2024, 4, 5), secretary_told_on=date(2024, 4, 8))


@pytest.mark.parametrize(
    ("request_", "today", "expected"),
    [
        pytest.param(ASKED, date(2024, 4, 1), None, id="on the day of asking: nothing"),
        pytest.param(ASKED, date(2024, 4, 2), None, id="before the first stage: nothing"),
        pytest.param(ASKED, date(2024, 4, 3), Remind(ASKED, 1, -3), id="three working days before: the first reminder"),
        pytest.param(FIRST, date(2024, 4, 3), None, id="later on the same day: not again"),
        pytest.param(FIRST, date(2024, 4, 4), None, id="between two stages: nothing"),
        pytest.param(FIRST, date(2024, 4, 5), Remind(FIRST, 2, -1), id="one working day before: the second"),
        pytest.param(FIRST, date(2024, 4, 6), None, id="on a Saturday: nothing"),
        pytest.param(SECOND, date(2024, 4, 5), None, id="on the day of the second reminder: the secretary not yet"),
        pytest.param(SECOND, date(2024, 4, 8), TellSecretary(SECOND), id="two reminders unanswered: the secretary"),
        pytest.param(TOLD, date(2024, 4, 8), None, id="the secretary is told once"),
        pytest.param(TOLD, date(2024, 4, 9), Remind(TOLD, 3, 1), id="after the deadline: the third"),
        pytest.param(
            replace(TOLD, secretary_told_on=date(2024, 4, 9)),
            date(2024, 4, 9),
            None,
            id="on the day on which the secretary is told: nothing more",
        ),
        pytest.param(having(state=RequestState.ANSWERED), date(2024, 4, 9), None, id="who answered is never chased"),
        pytest.param(
            having(is_held=True), date(2024, 4, 9), None, id="whose answer waits for a person is not chased meanwhile"
        ),
        pytest.param(
            having(asked_on=date(2024, 4, 3)), date(2024, 4, 4), None, id="a stage on the day of asking: unsaid"
        ),
        pytest.param(
            ASKED, date(2024, 4, 9), Remind(ASKED, 1, 1, missed=(-3, -1)), id="after days of silence: one, not three"
        ),
    ],
)
def test_what_is_said_to_a_unit(request_: Request, today: date, expected: object) -> None:
    assert chase(request_, today, POLICY, CALENDAR) == expected


def test_the_secretary_is_left_alone_where_the_plan_says_so() -> None:
    never = POLICY.model_copy(update={"secretary_after": None})

    assert chase(SECOND, date(2024, 4, 8), never, CALENDAR) is None
    assert chase(SECOND, date(2024, 4, 9), never, CALENDAR) == Remind(SECOND, 3, 1)


def test_the_key_of_a_request_says_what_is_asked_about_what_and_of_whom() -> None:
    assert ASKED.key == "opinion/visit-2024-q2/so-y-te"


def test_of_a_contact_whom_no_letter_reaches_the_secretary_is_told_at_once_and_once() -> None:
    told = having(secretary_told_on=date(2024, 4, 1))

    assert chase(ASKED, date(2024, 4, 1), POLICY, CALENDAR, unreached=True) == TellSecretary(ASKED)
    assert chase(told, date(2024, 4, 9), POLICY, CALENDAR, unreached=True) is None


@pytest.mark.parametrize("request_", [ASKED, FIRST, SECOND, TOLD])
def test_nothing_is_added_to_a_letter_that_has_only_just_left(request_: Request) -> None:
    assert chase(request_, date(2024, 4, 9), POLICY, CALENDAR, being_told=True) is None


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.lists(st.booleans(), min_size=40, max_size=40))
def test_however_the_runs_fall_each_stage_is_said_at_most_once(asked_on: date, runs: list[bool]) -> None:
    request = replace(ASKED, asked_on=asked_on, due_on=CALENDAR.shift(asked_on, 5))
    said: list[int] = []
    for offset, is_running in enumerate(runs):
        today = asked_on + timedelta(offset)
        match chase(request, today, POLICY, CALENDAR) if is_running else None:
            case Remind(number=number, stage=stage):
                said.append(stage)
                assert number == len(said)
                request = replace(request, reminded=number, reminded_stage=stage, reminded_on=today)
            case TellSecretary():
                assert request.secretary_told_on is None
                request = replace(request, secretary_told_on=today)
            case None:
                continue
        assert CALENDAR.is_working(today)

    assert said == sorted(set(said))
