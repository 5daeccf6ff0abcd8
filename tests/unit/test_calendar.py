"""Working days in Việt Nam."""

import os
import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.calendar import vietnam

VIETNAM = vietnam()
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
SMALL = st.integers(-30, 30)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2024, 3, 15), True, id="a Friday"),
        pytest.param(date(2024, 3, 16), False, id="a Saturday"),
        pytest.param(date(2024, 5, 4), True, id="a Saturday that makes up for a day off"),
        pytest.param(date(2024, 4, 29), False, id="the Monday it makes up for"),
        pytest.param(date(2024, 4, 18), False, id="the Hùng Kings' day"),
        pytest.param(date(2024, 2, 8), False, id="the first day of Tết"),
        pytest.param(date(2024, 2, 14), False, id="the last day of Tết"),
        pytest.param(date(2024, 2, 15), True, id="the day after Tết"),
        pytest.param(date(2026, 8, 22), True, id="a make-up Saturday of 2026"),
    ],
)
def test_the_law_says_who_works(day: date, works: bool) -> None:
    assert VIETNAM.is_working(day) is works


def test_a_local_exception_wins_over_the_law() -> None:
    local = vietnam({date(2024, 3, 15): False, date(2024, 3, 16): True})

    assert not local.is_working(date(2024, 3, 15))
    assert local.is_working(date(2024, 3, 16))
    assert VIETNAM.is_working(date(2024, 3, 15))


def test_a_year_begins_its_quarters_on_working_days() -> None:
    assert [VIETNAM.first_of_quarter(2024, quarter) for quarter in (1, 2, 3, 4)] == [
        date(2024, 1, 2),
        date(2024, 4, 1),
        date(2024, 7, 1),
        date(2024, 10, 1),
    ]
    assert VIETNAM.first_of_month(2024, 5) == date(2024, 5, 2)


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [(2024, date(2024, 2, 8), date(2024, 2, 14)), (2026, date(2026, 2, 16), date(2026, 2, 20))],
)
def test_tet_is_known(year: int, first: date, last: date) -> None:
    assert VIETNAM.tet(year) == (first, last)
    assert VIETNAM.is_tet(first)
    assert VIETNAM.is_tet(last)
    assert not VIETNAM.is_tet(first - timedelta(1))
    assert not VIETNAM.is_tet(last + timedelta(1))


@pytest.mark.parametrize("language", ["vi", "en", "th"])
def test_tet_is_known_whatever_language_the_machine_speaks(language: str) -> None:
    tell = "from dondoc.domain.calendar import vietnam; print(*vietnam().tet(2024))"
    speaking = os.environ | {"LANGUAGE": language}

    told = subprocess.run([sys.executable, "-c", tell], env=speaking, capture_output=True, text=True, check=True)

    assert told.stdout == "2024-02-08 2024-02-14\n"


def test_the_nearest_working_day_stays_within_its_bounds() -> None:
    sunday = date(2024, 6, 30)

    assert VIETNAM.nearest(sunday) == date(2024, 7, 1)
    assert VIETNAM.nearest(sunday, (date(2024, 6, 1), sunday)) == date(2024, 6, 28)


def test_the_first_and_the_last_day_that_will_do_are_among_them() -> None:
    friday, saturday, sunday, monday = (date(2024, 3, day) for day in (15, 16, 17, 18))

    assert VIETNAM.nearest(sunday, (friday, sunday)) == friday
    assert VIETNAM.nearest(saturday, (saturday, monday)) == monday


def test_a_holiday_at_one_bound_does_not_hide_the_days_towards_the_other() -> None:
    first, last = VIETNAM.tet(2024)
    before, after = VIETNAM.on_or_before(first), VIETNAM.on_or_after(last)

    assert VIETNAM.nearest(first, (first, after)) == after
    assert VIETNAM.nearest(last, (before, last)) == before


def test_of_two_equally_near_days_the_later_is_taken() -> None:
    wednesday = date(2024, 3, 20)

    assert vietnam({wednesday: False}).nearest(wednesday) == date(2024, 3, 21)


def test_bounds_without_a_working_day_are_refused() -> None:
    tet = VIETNAM.tet(2024)

    with pytest.raises(ValueError, match=r"^no working day from 2024-02-08 to 2024-02-14$"):
        VIETNAM.nearest(tet[0], tet)


@given(DAYS, SMALL)
def test_a_shift_ends_on_a_working_day_and_counts_them(day: date, n: int) -> None:
    shifted = VIETNAM.shift(day, n)

    assert VIETNAM.is_working(shifted)
    if n:
        assert VIETNAM.working_days_between(day, shifted) == n or not VIETNAM.is_working(day)


@given(DAYS, SMALL)
def test_a_shift_can_be_taken_back(day: date, n: int) -> None:
    start = VIETNAM.on_or_after(day)

    assert VIETNAM.shift(VIETNAM.shift(start, n), -n) == start


@given(DAYS)
def test_no_working_day_lies_between_a_day_and_its_neighbours(day: date) -> None:
    before, after = VIETNAM.on_or_before(day), VIETNAM.on_or_after(day)

    assert before <= day <= after
    assert VIETNAM.shift(day, 0) == after
    assert VIETNAM.nearest(day) in {before, after}
    if before != after:
        assert VIETNAM.shift(before, 1) == after


@given(DAYS, DAYS, DAYS)
def test_working_days_add_up(a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    between = VIETNAM.working_days_between

    assert between(first, middle) + between(middle, last) == between(first, last)


@given(st.integers(2013, 2100))
def test_nobody_works_in_tet(year: int) -> None:
    first, last = VIETNAM.tet(year)

    assert 5 <= (last - first).days + 1 <= 7
    assert not any(VIETNAM.is_working(first + timedelta(n)) for n in range((last - first).days + 1))


def test_the_holidays_are_not_loaded_before_they_are_needed() -> None:
    seen = "import dondoc.cli, dondoc.cli.plan, dondoc.domain.calendar, sys; print('holidays' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)

    assert loaded.stdout == "False\n"
