"""What a plan says by the day: names, people and membership that begin and end, quarters and windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from dondoc.domain.ids import UnitId
from dondoc.domain.plan import (
    Activity,
    ActivityKind,
    Assignment,
    Assumption,
    Contact,
    Contribution,
    OnDay,
    Place,
    Plan,
    PlannedOccurrence,
    Quota,
    Relation,
    Role,
    Substitute,
    Unit,
    UnitName,
    Window,
)
from dondoc.domain.plan_activities import quarter_days
from dondoc.planfile import load_plan

RENAMED = date(2025, 3, 1)
A_DAY = timedelta(days=1)
OLD = UnitName(full="Đoàn Sở Giao thông Vận tải", short="Sở GTVT", until=RENAMED - A_DAY)
NEW = UnitName(full="Đoàn Sở Xây dựng", short="Sở XD", since=RENAMED)


def unit(*names: UnitName, relations: tuple[Relation, ...] = (), contacts: tuple[Contact, ...] = ()) -> Unit:
    return Unit(id="so-gtvt", names=names or (OLD, NEW), relations=relations, contacts=contacts)


def test_a_name_is_borne_up_to_its_last_day_and_the_next_from_its_first() -> None:
    assert unit().name_on(RENAMED - A_DAY) == OLD
    assert unit().name_on(RENAMED) == NEW
    assert unit(NEW, OLD).name_on(RENAMED) == NEW


def test_of_two_names_on_one_day_the_one_named_later_holds() -> None:
    for_a_while = UnitName(full="Đoàn Sở Giao thông công chính", short="Sở GTCC", since=date(2025, 1, 1))

    assert unit(OLD, for_a_while).name_on(date(2025, 1, 1)) == for_a_while
    assert unit(OLD, for_a_while).name_on(date(2024, 12, 31)) == OLD


def test_where_the_dates_leave_a_gap_the_last_name_is_taken() -> None:
    later = UnitName(full="Đoàn Sở Xây dựng", short="Sở XD", since=RENAMED + A_DAY)

    assert unit(OLD, NEW, later.model_copy(update={"since": date(2026, 1, 1)})).name_on(RENAMED) == NEW
    assert unit(OLD, OLD, later).name_on(RENAMED) == later


def test_a_contact_is_written_to_from_the_first_to_the_last_day() -> None:
    one_day = Contact(role=Role.CONTACT, email="a@example.org", since=RENAMED, until=RENAMED)
    asked = unit(contacts=(one_day,))

    assert [len(asked.addresses_of(Role.CONTACT, RENAMED + n * A_DAY)) for n in (-1, 0, 1)] == [0, 1, 0]
    assert asked.addresses_of(Role.SECRETARY, RENAMED) == ()
    assert asked.unit_id == UnitId("so-gtvt")


def test_what_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"it ends \(28/02/2025\) before it begins \(01/03/2025\)"):
        UnitName(full="Đoàn Sở Xây dựng", short="Sở XD", since=RENAMED, until=RENAMED - A_DAY)


@pytest.mark.parametrize(
    ("relation", "before", "after"),
    [
        pytest.param(Relation(kind="left", on=RENAMED), True, False, id="who left is no member from that day"),
        pytest.param(Relation(kind="merged_into", on=RENAMED, unit="so-xd"), True, False, id="nor who merged"),
        pytest.param(Relation(kind="renamed", on=RENAMED), True, True, id="who is renamed stays"),
    ],
)
def test_membership_ends_on_a_day(relation: Relation, before: bool, after: bool) -> None:
    asked = unit(relations=(relation,))

    assert [asked.is_member_on(RENAMED - A_DAY), asked.is_member_on(RENAMED)] == [before, after]


def test_only_who_merges_has_a_successor() -> None:
    for kind, successor in (("renamed", "so-xd"), ("left", "so-xd"), ("merged_into", None)):
        with pytest.raises(ValidationError, match="'unit' is given with 'merged_into', and only there"):
            Relation.model_validate({"kind": kind, "on": RENAMED, "unit": successor})


def test_spaces_around_a_text_do_not_count() -> None:
    assert UnitName(full="  Đoàn Sở Xây dựng ", short="Sở XD").full == "Đoàn Sở Xây dựng"


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-Q2", date(2024, 4, 1), date(2024, 6, 30)),
        ("2024-Q3", date(2024, 7, 1), date(2024, 9, 30)),
        ("2024-Q4", date(2024, 10, 1), date(2024, 12, 31)),
    ],
)
def test_a_quarter_has_its_first_and_its_last_day(quarter: str, first: date, last: date) -> None:
    assert quarter_days(quarter) == (first, last)


PLAN = load_plan(Path(__file__).resolve().parents[2] / "config" / "plans" / "hcsn-2024.yaml")
HEAD = PLAN.heads[0]
AWAY = Substitute(name="Phó", title="Phó Bí thư", email="pho@example.org", since=RENAMED, until=RENAMED)


def heads(*changes: Mapping[str, object]) -> Plan:
    """The plan of 2024 with heads who differ from its own by these."""
    return PLAN.model_copy(update={"heads": tuple(HEAD.model_copy(update=change) for change in changes)})


def test_the_head_is_who_is_named_for_the_day() -> None:
    first = {"since": None, "until": RENAMED - A_DAY, "name": "A"}
    second = {"since": RENAMED, "until": None, "name": "B"}
    gone = {"since": date(2020, 1, 1), "until": date(2020, 12, 31), "name": "C"}

    for plan in (heads(first, second), heads(gone, second, first)):
        assert [plan.head_on(day).name for day in (RENAMED - A_DAY, RENAMED)] == ["A", "B"]
    assert heads(second, second, gone).head_on(RENAMED - A_DAY).name == "C", "nobody holds it: the last one named"
    assert heads(second, {"name": "D", "since": None}).head_on(RENAMED).name == "D", "two hold it: the one named later"


def test_the_heads_letters_are_read_by_the_substitute_while_the_head_is_away() -> None:
    plan = heads({"since": None, "substitutes": (AWAY,)})

    assert [plan.reader_on(RENAMED + n * A_DAY).email for n in (-1, 0, 1)] == [HEAD.email, AWAY.email, HEAD.email]


def test_who_became_part_of_another_is_stood_for_by_that_one_from_the_day() -> None:
    def merged(unit_id: str, successor: str, on: date) -> Unit:
        relations = (Relation(kind="renamed", on=on), Relation(kind="merged_into", on=on, unit=successor))
        return PLAN.unit(unit_id).model_copy(update={"relations": relations})

    changed = {
        "so-gtvt": merged("so-gtvt", "so-y-te", RENAMED),
        "so-y-te": merged("so-y-te", "tnxp", RENAMED + A_DAY),
    }
    plan = Plan.model_validate(dict(PLAN) | {"units": tuple(changed.get(one.id, one) for one in PLAN.units)})

    days = (RENAMED - A_DAY, RENAMED, RENAMED + A_DAY)
    assert [plan.heir_of("so-gtvt", day).id for day in days] == ["so-gtvt", "so-y-te", "tnxp"]
    renamed = PLAN.unit("tnxp").model_copy(update={"relations": (Relation(kind="renamed", on=RENAMED),)})
    only_renamed = Plan.model_validate(
        dict(PLAN) | {"units": (renamed, *(one for one in PLAN.units if one.id != "tnxp"))}
    )
    assert only_renamed.heir_of("tnxp", RENAMED) == renamed, "with another name it is the same unit"
    twice = tuple(Relation(kind="merged_into", on=RENAMED, unit=into) for into in ("so-y-te", "tnxp"))
    moved = PLAN.unit("so-gtvt").model_copy(update={"relations": twice})
    corrected = Plan.model_validate(dict(PLAN) | {"units": (moved, *(one for one in PLAN.units if one.id != moved.id))})
    assert corrected.heir_of("so-gtvt", RENAMED).id == "tnxp", "of two the one named later"
    assert {one.id for one in PLAN.units} - {one.id for one in plan.members_on(RENAMED)} == {"so-gtvt"}


@pytest.mark.parametrize("is_consulted", [False, True])
def test_the_heads_own_unit_is_asked_only_where_the_policy_says_so(is_consulted: bool) -> None:
    plan = PLAN.model_copy(update={"policy": PLAN.policy.model_copy(update={"consult_head": is_consulted})})

    asked = [one.id for one in plan.consulted_on(RENAMED)]

    assert (HEAD.unit in asked) is is_consulted
    assert len(asked) == 6 + is_consulted


def test_an_assumption_is_confirmed_by_somebody_on_a_day() -> None:
    one = PLAN.assumptions[0].model_dump()

    assert Assumption.model_validate(one | {"confirmed_by": "Cụm trưởng", "confirmed_on": RENAMED}).is_confirmed
    for half in ({"confirmed_by": "Cụm trưởng"}, {"confirmed_on": RENAMED}):
        with pytest.raises(ValidationError, match="give both 'confirmed_by' and 'confirmed_on', or neither"):
            Assumption.model_validate(one | half)


def occurrence(when: OnDay | Window, quarter: str | None = None) -> PlannedOccurrence:
    return PlannedOccurrence(
        id="visit-2024-q1",
        title="Thăm Mẹ",
        when=when,
        place=Place(name="Củ Chi"),
        consult_on=date(2024, 1, 2),
        quarter=quarter,
    )


MARCH = Window(first=date(2024, 3, 1), last=date(2024, 3, 20))


@pytest.mark.parametrize(
    ("planned", "last"),
    [
        pytest.param(occurrence(OnDay(day=date(2024, 3, 15)), "2024-Q1"), date(2024, 3, 31), id="all its quarter"),
        pytest.param(occurrence(OnDay(day=date(2024, 3, 15))), date(2024, 3, 15), id="its day"),
        pytest.param(occurrence(MARCH), date(2024, 3, 20), id="its window"),
    ],
)
def test_until_when_it_can_still_happen(planned: PlannedOccurrence, last: date) -> None:
    assert planned.last_day == last


def test_a_window_may_be_a_single_day() -> None:
    assert Window(first=MARCH.first, last=MARCH.first).last == MARCH.first


def test_a_unit_pays_each_time_or_once_as_the_plan_has_it() -> None:
    def owed(basis: str) -> int:
        activity = Activity(
            id="visit",
            kind=ActivityKind.VISITS,
            clause="II.3",
            title="Thăm Mẹ",
            short_title="Thăm Mẹ",
            time_text="Hằng quý",
            contribution=Contribution.model_validate({"basis": basis, "each": 500_000}),
            occurrences=(occurrence(MARCH), occurrence(MARCH)),
        )
        return activity.owed_in_year_by("so-y-te")

    assert [owed("occurrence"), owed("year"), owed("instalments")] == [1_000_000, 500_000, 500_000]


def test_who_has_no_share_owes_nothing() -> None:
    visit = PLAN.activities[2]
    assert visit.contribution is not None

    assert visit.contribution.share_of("so-noi-vu") == visit.owed_in_year_by("so-noi-vu") == 0
    assert visit.model_copy(update={"contribution": None}).owed_in_year_by("so-y-te") == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"opinion": {"answer_within": 5, "remind": [1, -1]}}, "reminder days must rise, each once"),
        ({"opinion": {"answer_within": 5, "remind": [-1, -1]}}, "reminder days must rise, each once"),
        ({"office_closes": "07:30"}, "the office opens at 07:30, so it must close later than that"),
        (
            {"ladders": {"silence": [{"to": "head"}, {"to": "contact"}]}},
            "must rise from contact over secretary to head",
        ),
        (
            {"ladders": {"silence": [{"to": "secretary"}, {"to": "contact"}, {"to": "head"}]}},
            "must rise from contact over secretary to head",
        ),
        (
            {"ladders": {"silence": [{"to": "contact"}, {"to": "contact"}, {"to": "head"}]}},
            "must rise from contact over secretary to head",
        ),
        ({"ladders": {"silence": [{"to": "contact"}]}}, "must rise from contact over secretary to head, and end there"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        type(PLAN.policy).model_validate(PLAN.policy.model_dump(mode="json") | changes)


@pytest.mark.parametrize(
    ("units", "lead", "leader", "lacks"),
    [
        pytest.param(("tnxp",), None, "tnxp", False, id="one unit leads itself"),
        pytest.param(("so-ldtbxh", "tnxp"), None, "so-ldtbxh", True, id="the first until somebody is named"),
        pytest.param(("so-ldtbxh", "tnxp"), "tnxp", "tnxp", False, id="who is named"),
    ],
)
def test_a_shared_assignment_is_led_by_who_is_named(
    units: tuple[str, ...], lead: str | None, leader: str, lacks: bool
) -> None:
    shared = Assignment(id="san-choi", units=units, lead=lead, text="Sân chơi")

    assert (shared.leader, shared.lacks_lead) == (leader, lacks)


def test_what_opens_on_one_day_stands_in_the_order_of_its_ids() -> None:
    same_day = [
        activity.model_copy(
            update={
                "occurrences": tuple(
                    planned.model_copy(update={"consult_on": date(2024, 1, 2)})
                    for planned in reversed(activity.occurrences)
                )
            }
        )
        for activity in reversed(PLAN.activities)
    ]

    ids = [planned.id for _, planned in PLAN.model_copy(update={"activities": tuple(same_day)}).occurrences()]

    assert ids == sorted(ids)


@pytest.mark.parametrize("given", [{}, {"each": 1, "shares": {"so-y-te": 1}}])
def test_a_contribution_is_the_same_for_all_or_each_ones_own(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="give either 'each' or 'shares'"):
        Contribution.model_validate(given)


def test_a_list_may_be_short_from_the_day_it_was_due_and_not_before() -> None:
    assert Quota(each=2, named_before=5, short_before=5).short_before == 5
    with pytest.raises(ValidationError, match="'short_before' must not be more than 'named_before'"):
        Quota(each=2, named_before=5, short_before=6)
