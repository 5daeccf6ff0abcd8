"""What the head is asked about an occurrence's time: when, and when no more."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dondoc.domain.life import NOT_CONFIRMED_HELD, PLACE_UNKNOWN, QUARTER_UNRESOLVED, Unresolved, unresolved
from dondoc.domain.plan import Announced, OnDay, Place, PlannedOccurrence, Window
from dondoc.domain.proposal import Proposal
from dondoc.domain.states import OccurrenceState

PLANNED, AGREED, LAUNCHED = OccurrenceState.PLANNED, OccurrenceState.AGREED, OccurrenceState.LAUNCHED
CITY = "Ban Thường vụ Thành Đoàn"
SUMMER = Window(first=date(2024, 6, 1), last=date(2024, 8, 31), announced_by=CITY)
VISIT = PlannedOccurrence(
    id="visit-2024-q2",
    title="Thăm Mẹ",
    quarter="2024-Q2",
    when=OnDay(day=date(2024, 6, 14)),
    place=Place(name="Củ Chi"),
    consult_on=date(2024, 4, 1),
)
CAMPAIGN = PlannedOccurrence(
    id="ky-nghi-hong-2024",
    title="Kỳ Nghỉ Hồng",
    when=SUMMER,
    place=Announced(announced_by=CITY),
    consult_on=date(2024, 5, 2),
)


def of(planned: PlannedOccurrence, **changes: Any) -> Proposal:
    return Proposal(title=planned.title, when=planned.when, place=planned.place).model_copy(update=changes)


JUNE_30, JULY_1 = date(2024, 6, 30), date(2024, 7, 1)


@pytest.mark.parametrize(
    ("state", "when", "today", "expected"),
    [
        pytest.param(PLANNED, VISIT.when, JUNE_30, None, id="the quarter's last day is in time"),
        pytest.param(PLANNED, VISIT.when, JULY_1, QUARTER_UNRESOLVED, id="the day after it is not"),
        pytest.param(LAUNCHED, VISIT.when, date(2024, 6, 14), None, id="on its day nobody is asked"),
        pytest.param(LAUNCHED, VISIT.when, date(2024, 6, 15), NOT_CONFIRMED_HELD, id="the day after: was it held?"),
        pytest.param(LAUNCHED, VISIT.when, JULY_1, QUARTER_UNRESOLVED, id="then the quarter ends"),
        pytest.param(AGREED, OnDay(day=date(2024, 7, 12)), JULY_1, None, id="put off beyond the quarter, with a day"),
        pytest.param(OccurrenceState.POSTPONED, VISIT.when, JULY_1, None, id="postponed with its reason"),
        pytest.param(OccurrenceState.SKIPPED, VISIT.when, JULY_1, None, id="skipped with its reason"),
        pytest.param(OccurrenceState.HELD, VISIT.when, JULY_1, None, id="held"),
    ],
)
def test_a_quarterly_visit(state: OccurrenceState, when: Any, today: date, expected: str | None) -> None:
    found = unresolved(state, of(VISIT, when=when), VISIT, today)

    assert (found.kind if found else None) == expected


@pytest.mark.parametrize(
    ("state", "changes", "today", "expected"),
    [
        pytest.param(AGREED, {}, date(2024, 5, 15), None, id="the fifteenth of May is in time"),
        pytest.param(AGREED, {}, date(2024, 5, 16), PLACE_UNKNOWN, id="the sixteenth is not"),
        pytest.param(PLANNED, {}, date(2024, 5, 16), PLACE_UNKNOWN, id="also before the units are asked"),
        pytest.param(OccurrenceState.CONSULTING, {}, date(2024, 5, 16), PLACE_UNKNOWN, id="and while they are"),
        pytest.param(
            AGREED,
            {"when": Window(first=date(2024, 7, 6), last=date(2024, 7, 7)), "place": Place(name="Củ Chi")},
            date(2024, 5, 16),
            None,
            id="entered",
        ),
        pytest.param(
            LAUNCHED,
            {"when": Window(first=date(2024, 7, 6), last=date(2024, 7, 7)), "place": Place(name="Củ Chi")},
            date(2024, 7, 8),
            NOT_CONFIRMED_HELD,
            id="after its last day",
        ),
        pytest.param(LAUNCHED, {}, date(2024, 5, 16), None, id="launched: the units have been told"),
        pytest.param(AGREED, {}, date(2024, 9, 1), NOT_CONFIRMED_HELD, id="the summer is over"),
    ],
)
def test_the_campaign(state: OccurrenceState, changes: dict[str, Any], today: date, expected: str | None) -> None:
    found = unresolved(state, of(CAMPAIGN, **changes), CAMPAIGN, today, known_by=date(2024, 5, 15))

    assert (found.kind if found else None) == expected


def test_of_a_paused_activity_only_the_end_of_its_quarter_is_brought_up() -> None:
    assert unresolved(LAUNCHED, of(VISIT), VISIT, date(2024, 6, 20), is_paused=True) is None
    assert unresolved(LAUNCHED, of(VISIT), VISIT, JULY_1, is_paused=True) == Unresolved(QUARTER_UNRESOLVED, JUNE_30)
