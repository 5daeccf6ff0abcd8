"""Who does what of an activity: as the plan says it, and as the head has given it since (R14, scenario 21)."""

from __future__ import annotations

from datetime import date

from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Activity, ActivityKind, Assignment, Content, OnDay, Place, PlannedOccurrence
from dondoc.domain.tasks import Task, Unowned, tasks_of, unowned

YTE, LDTBXH, TNXP, GTVT = UnitId("so-y-te"), UnitId("so-ldtbxh"), UnitId("tnxp"), UnitId("so-gtvt")
MEMBERS = (YTE, LDTBXH, TNXP, GTVT)
GIFTS = Unowned("tang-qua", "Tặng quà")
CAMPAIGN = Activity(
    id="ky-nghi-hong",
    kind=ActivityKind.CAMPAIGN,
    clause="II.1",
    title="Chiến dịch tình nguyện Kỳ Nghỉ Hồng",
    short_title="Kỳ Nghỉ Hồng",
    time_text="Từ tháng 6 đến tháng 8",
    contents=(Content(id="kham-benh", text="Khám bệnh"), Content(id="tang-qua", text="Tặng quà")),
    assignments=(
        Assignment(id="kham", units=(YTE,), text="Khám, phát thuốc", contents=("kham-benh",), figures=("lượt khám",)),
        Assignment(id="san-choi", units=(LDTBXH, TNXP), text="Sân chơi thiếu nhi"),
    ),
    occurrences=(
        PlannedOccurrence(
            id="ky-nghi-hong-2024",
            title="Kỳ Nghỉ Hồng 2024",
            when=OnDay(day=date(2024, 6, 14)),
            place=Place(name="Củ Chi"),
            consult_on=date(2024, 5, 2),
        ),
    ),
)


def test_a_unit_does_what_the_plan_assigns_to_it() -> None:
    assert tasks_of(CAMPAIGN, YTE, {}) == (Task("kham", "Khám, phát thuốc", figures=("lượt khám",)),)
    assert tasks_of(CAMPAIGN, GTVT, {}) == ()


def test_of_two_units_the_first_named_leads_and_each_knows_the_other() -> None:
    assert tasks_of(CAMPAIGN, LDTBXH, {}) == (Task("san-choi", "Sân chơi thiếu nhi", True, (TNXP,)),)
    assert tasks_of(CAMPAIGN, TNXP, {}) == (Task("san-choi", "Sân chơi thiếu nhi", False, (LDTBXH,)),)


def test_the_unit_that_the_plan_names_leads() -> None:
    children = CAMPAIGN.assignments[1].model_copy(update={"lead": TNXP})
    campaign = CAMPAIGN.model_copy(update={"assignments": (children,)})

    assert [task.leads for unit in (LDTBXH, TNXP) for task in tasks_of(campaign, unit, {})] == [False, True]


def test_what_the_head_gave_to_another_unit_is_that_ones_alone() -> None:
    given = {"kham": TNXP, "san-choi": TNXP}

    assert [task.id for task in tasks_of(CAMPAIGN, TNXP, given)] == ["kham", "san-choi"]
    assert all(task.leads and not task.partners for task in tasks_of(CAMPAIGN, TNXP, given))
    assert tasks_of(CAMPAIGN, TNXP, given)[0].figures == ("lượt khám",)
    assert tasks_of(CAMPAIGN, YTE, given) == tasks_of(CAMPAIGN, LDTBXH, given) == ()


def test_a_content_without_an_assignment_is_done_by_whom_the_head_gave_it_to() -> None:
    given = {"tang-qua": LDTBXH, "kham-benh": GTVT}

    assert tasks_of(CAMPAIGN, LDTBXH, given)[-1] == Task("tang-qua", "Tặng quà")
    assert tasks_of(CAMPAIGN, TNXP, given) == tasks_of(CAMPAIGN, TNXP, {})
    assert tasks_of(CAMPAIGN, YTE, given) == tasks_of(CAMPAIGN, YTE, {})
    assert tasks_of(CAMPAIGN, GTVT, given) == (), "what an assignment carries out is not given a second time"


def test_a_content_that_nobody_carries_out_is_unowned_until_it_is_given_or_waived() -> None:
    assert unowned(CAMPAIGN, MEMBERS, {}) == (GIFTS,)
    assert unowned(CAMPAIGN, MEMBERS, {"tang-qua": GTVT}) == ()
    assert unowned(CAMPAIGN, MEMBERS, {"tang-qua": None}) == ()


def test_what_was_given_to_a_unit_that_has_left_is_unowned_again() -> None:
    assert unowned(CAMPAIGN, (YTE, LDTBXH, TNXP), {"tang-qua": GTVT}) == (GIFTS,)


def test_an_assignment_is_unowned_once_all_its_units_have_left() -> None:
    children = Unowned("san-choi", "Sân chơi thiếu nhi")

    assert unowned(CAMPAIGN, (YTE, TNXP, GTVT), {}) == (GIFTS,)
    assert unowned(CAMPAIGN, (YTE, GTVT), {}) == (GIFTS, children)
    assert unowned(CAMPAIGN, (YTE, GTVT), {"san-choi": GTVT, "tang-qua": None}) == ()
