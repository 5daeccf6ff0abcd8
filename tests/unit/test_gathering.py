"""When people are asked for and prepared for (R15, R17, R18, R21)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.calendar import vietnam
from dondoc.domain.gathering import Dated, NotDated, dates_of, is_short_time, names_due, prepared_by
from dondoc.domain.plan import OnDay, Place, PlannedOccurrence, Quota, Window
from dondoc.domain.proposal import Proposal

CALENDAR = vietnam({})
AUGUST = Window(first=date(2024, 8, 1), last=date(2024, 8, 31))
PLANNED = PlannedOccurrence(
    id="seminar-2024", title="Sinh hoạt", when=AUGUST, place=Place(name="Hội trường 272"), consult_on=date(2024, 7, 1)
)
QUOTA = Quota(each=30, reserve=5, named_before=7, short_before=5)


def proposal(when: OnDay | Window) -> Proposal:
    return Proposal(title="Sinh hoạt", when=when, place=Place(name="Hội trường 272"))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param(AUGUST, NotDated(AUGUST.first), id="the plan's own guess"),
        pytest.param(
            Window(first=date(2024, 8, 5), last=date(2024, 8, 9), announced_by="Thành Đoàn"),
            NotDated(date(2024, 8, 5)),
            id="somebody announces it later",
        ),
        pytest.param(
            Window(first=date(2024, 8, 5), last=date(2024, 8, 9)),
            Dated(date(2024, 8, 5), date(2024, 8, 9)),
            id="narrowed down",
        ),
        pytest.param(
            OnDay(day=date(2024, 8, 15), at=time(8)),
            Dated(date(2024, 8, 15), date(2024, 8, 15), time(8)),
            id="a day",
        ),
    ],
)
def test_whether_the_day_is_known(when: OnDay | Window, expected: Dated | NotDated) -> None:
    assert dates_of(proposal(when), PLANNED) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(date(2024, 7, 2), date(2024, 8, 6), id="seven working days before"),
        pytest.param(date(2024, 8, 6), date(2024, 8, 7), id="the deadline is today: one more day"),
        pytest.param(date(2024, 8, 9), date(2024, 8, 12), id="past it: the next working day"),
        pytest.param(date(2024, 8, 14), None, id="tomorrow it is"),
    ],
)
def test_when_names_are_due(today: date, expected: date | None) -> None:
    assert names_due(date(2024, 8, 15), today, QUOTA, CALENDAR) == expected


@given(st.dates(date(2024, 1, 2), date(2025, 12, 1)), st.integers(0, 200))
def test_names_are_due_after_today_and_before_the_day(today: date, ahead: int) -> None:
    first = today + timedelta(days=ahead)

    due = names_due(first, today, QUOTA, CALENDAR)

    assert due is None or (today < due < first and CALENDAR.is_working(due))
    assert due is not None or ahead < 15


def test_a_short_list_is_a_problem_from_five_working_days_before() -> None:
    assert not is_short_time(date(2024, 8, 15), date(2024, 8, 7), QUOTA, CALENDAR)
    assert is_short_time(date(2024, 8, 15), date(2024, 8, 8), QUOTA, CALENDAR)


def test_a_seminar_is_prepared_fifteen_working_days_before() -> None:
    assert prepared_by(date(2024, 8, 15), 15, CALENDAR) == date(2024, 7, 25)
