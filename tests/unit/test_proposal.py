"""What a revision changes, and whom it concerns."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from dondoc.domain.plan import (
    Activity,
    ActivityKind,
    Announced,
    Contribution,
    OnDay,
    Place,
    PlannedOccurrence,
    Window,
)
from dondoc.domain.proposal import Aspect, Proposal, Revision, differences, first_proposal, is_material, revise
from dondoc.errors import Refused

VISIT = Proposal(
    title="Thăm Mẹ Việt Nam Anh hùng quý II",
    when=OnDay(day=date(2024, 6, 14), at=time(8), alternatives=(date(2024, 6, 17),)),
    place=Place(name="Huyện Củ Chi"),
    contribution=Contribution(basis="year", each=1_750_000),
)


@pytest.mark.parametrize(
    ("revision", "changed", "material"),
    [
        pytest.param(Revision(day=date(2024, 6, 17)), (Aspect.WHEN,), False, id="another day"),
        pytest.param(
            Revision(day=date(2024, 6, 17), material=True), (Aspect.WHEN,), True, id="the head says it matters"
        ),
        pytest.param(Revision(place="Hội trường 272"), (Aspect.PLACE,), False, id="another place"),
        pytest.param(Revision(each=2_000_000), (Aspect.CONTRIBUTION,), True, id="money always matters"),
        pytest.param(Revision(note="Mặc áo xanh"), (Aspect.NOTE,), False, id="a note"),
    ],
)
def test_a_revision(revision: Revision, changed: tuple[Aspect, ...], material: bool) -> None:
    revised = revise(VISIT, revision)

    assert differences(VISIT, revised) == changed
    assert is_material(VISIT, revised, revision) is material


def test_a_new_day_keeps_the_hour_and_drops_the_alternatives() -> None:
    assert revise(VISIT, Revision(day=date(2024, 6, 20))).when == OnDay(day=date(2024, 6, 20), at=time(8))


def test_a_new_day_may_bring_its_own_hour() -> None:
    revised = revise(VISIT, Revision(day=date(2024, 6, 20), at=time(14)))

    assert revised.when == OnDay(day=date(2024, 6, 20), at=time(14))


def test_a_day_takes_the_place_of_a_span_and_has_no_hour_yet() -> None:
    summer = VISIT.model_copy(update={"when": SUMMER})

    assert revise(summer, Revision(day=date(2024, 6, 20))).when == OnDay(day=date(2024, 6, 20))


def test_a_note_stays_until_another_one_is_made() -> None:
    noted = revise(VISIT, Revision(note="Mặc áo xanh"))

    assert revise(noted, Revision(day=date(2024, 6, 20))).note == "Mặc áo xanh"


def test_a_decision_from_above_stays_with_the_day_that_it_set() -> None:
    revised = revise(VISIT, Revision(day=date(2024, 6, 20), decision="12-QĐ/TĐTN"))

    assert revised.decision == "12-QĐ/TĐTN"
    assert revise(revised, Revision(day=date(2024, 6, 21))).decision == "12-QĐ/TĐTN"


@pytest.mark.parametrize("named", [None, OnDay(day=date(2024, 6, 20))])
def test_the_first_proposal_is_the_plans_own_on_the_day_that_leaves_time(named: OnDay | None) -> None:
    planned = PlannedOccurrence(
        id="visit-2024-q2", title=VISIT.title, when=VISIT.when, place=VISIT.place, consult_on=date(2024, 4, 1)
    )
    activity = Activity(
        id="visit",
        kind=ActivityKind.VISITS,
        clause="II.3",
        title="Thăm Mẹ",
        short_title="Thăm Mẹ",
        time_text="Hằng quý",
        contribution=VISIT.contribution,
        occurrences=(planned,),
    )

    assert first_proposal(activity, planned, named) == VISIT.model_copy(update={"when": named or VISIT.when})


def test_a_new_amount_keeps_its_basis() -> None:
    assert revise(VISIT, Revision(each=2_000_000)).contribution == Contribution(basis="year", each=2_000_000)


def test_an_amount_where_there_was_none_is_for_this_time() -> None:
    free = VISIT.model_copy(update={"contribution": None})

    assert revise(free, Revision(each=500_000)).contribution == Contribution(basis="occurrence", each=500_000)


@pytest.mark.parametrize("revision", [Revision(), Revision(place="Huyện Củ Chi"), Revision(each=1_750_000)])
def test_a_revision_that_changes_nothing_is_refused(revision: Revision) -> None:
    says = (
        "^the revision of “Thăm Mẹ Việt Nam Anh hùng quý II” changes nothing: name a day, a place, an amount or a note$"
    )

    with pytest.raises(Refused, match=says):
        revise(VISIT, revision)


def test_a_span_of_days_takes_the_place_of_a_day() -> None:
    revised = revise(VISIT, Revision(day=date(2024, 6, 20), until=date(2024, 6, 22)))

    assert revised.when == Window(first=date(2024, 6, 20), last=date(2024, 6, 22))


def test_a_span_of_one_day_is_a_day() -> None:
    revised = revise(VISIT, Revision(day=date(2024, 6, 20), until=date(2024, 6, 20)))

    assert revised.when == OnDay(day=date(2024, 6, 20), at=time(8))


def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    says = "^“Thăm Mẹ Việt Nam Anh hùng quý II” cannot end on 19/06/2024, before it begins on 20/06/2024$"

    with pytest.raises(Refused, match=says):
        revise(VISIT, Revision(day=date(2024, 6, 20), until=date(2024, 6, 19)))


SUMMER = Window(first=date(2024, 6, 1), last=date(2024, 8, 31))
ANNOUNCED = Announced(announced_by="Ban Thường vụ Thành Đoàn")
BY_THE_CITY = Window(first=date(2024, 6, 1), last=date(2024, 8, 31), announced_by="Ban Thường vụ Thành Đoàn")


@pytest.mark.parametrize(
    ("planned", "changes", "settled"),
    [
        pytest.param(VISIT.when, {}, True, id="a day and a place"),
        pytest.param(BY_THE_CITY, {"when": BY_THE_CITY}, False, id="others announce the days"),
        pytest.param(SUMMER, {"when": BY_THE_CITY}, False, id="others will announce the days after all"),
        pytest.param(VISIT.when, {"place": ANNOUNCED}, False, id="others announce the place"),
        pytest.param(SUMMER, {"when": SUMMER}, False, id="the plan's own guess"),
        pytest.param(BY_THE_CITY, {"when": SUMMER}, True, id="the same days, once they are announced"),
    ],
)
def test_it_is_settled_once_day_and_place_are_known(planned: Any, changes: dict[str, Any], settled: bool) -> None:
    occurrence = PlannedOccurrence(
        id="visit-2024-q2", title=VISIT.title, when=planned, place=VISIT.place, consult_on=date(2024, 4, 1)
    )

    assert VISIT.model_copy(update=changes).is_settled(occurrence) is settled
