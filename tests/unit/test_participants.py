"""Names against the quota (R15, R18, R21), who stands on two lists (scenario 29), who came."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.ids import UnitId
from dondoc.domain.participants import (
    Duplicate,
    Likeness,
    Mark,
    Person,
    Presence,
    attendance,
    likeness,
    take,
)

YTE, GTVT = UnitId("so-y-te"), UnitId("so-gtvt")


def member(number: int, unit: UnitId = YTE) -> Person:
    return Person(f"Đoàn viên {number:02}", unit)


def members(count: int, unit: UnitId = YTE, first: int = 1) -> list[Person]:
    return [member(n, unit) for n in range(first, first + count)]


def test_of_34_names_30_are_taken_and_4_are_in_reserve() -> None:
    people = members(34)

    (unit,) = take({YTE: people}, quota=30, reserve=5).units

    assert (unit.taken, unit.reserve) == (tuple(people[:30]), tuple(people[30:]))
    assert (unit.excess, unit.missing) == ((), 0)


def test_what_the_reserve_does_not_hold_is_excess() -> None:
    (unit,) = take({YTE: members(34)}, quota=30, reserve=3).units

    assert unit.excess == (member(34),)


def test_a_short_list_says_how_many_are_missing() -> None:
    selection = take({YTE: members(28), GTVT: []}, quota=30, reserve=5)

    assert [unit.missing for unit in selection.units] == [2, 30]
    assert selection.of(GTVT).taken == ()


def test_an_entry_that_is_there_twice_takes_one_place() -> None:
    twice = member(1)

    selection = take({YTE: [twice, twice, member(2)]}, quota=3, reserve=0)

    assert selection.of(YTE).taken == (member(1), member(2))
    assert selection.of(YTE).missing == 1
    assert selection.duplicates == (Duplicate(member(1), member(1), Likeness.SAME),)


def test_one_person_in_two_units_is_listed_with_both_and_keeps_both_places() -> None:
    selection = take({YTE: members(30), GTVT: members(30, GTVT, first=30)}, quota=30, reserve=0)

    (found,) = selection.duplicates
    assert found == Duplicate(member(30, YTE), member(30, GTVT), Likeness.SAME)
    assert found.is_across_units
    assert [unit.missing for unit in selection.units] == [0, 0]


def test_a_namesake_of_another_birth_year_keeps_a_place_of_their_own() -> None:
    older, younger = replace(member(1), birth_year=1990), replace(member(1), birth_year=1999)

    selection = take({YTE: [older, younger]}, quota=2, reserve=0)

    assert selection.of(YTE).taken == (older, younger)
    assert selection.duplicates == (Duplicate(older, younger, Likeness.POSSIBLE),)


def test_an_entry_stands_beside_the_one_that_it_is_most_surely_the_same_as() -> None:
    older, younger = replace(member(1), birth_year=1990), replace(member(1), birth_year=1999)

    selection = take({YTE: [older, younger], GTVT: [replace(older, unit=GTVT)]}, quota=2, reserve=0)

    assert selection.duplicates == (
        Duplicate(older, younger, Likeness.POSSIBLE),
        Duplicate(older, replace(older, unit=GTVT), Likeness.SAME),
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param({}, {}, Likeness.SAME, id="the same name"),
        pytest.param({}, {"name": "  ĐOÀN  VIÊN 01 "}, Likeness.SAME, id="capitals and spaces say nothing"),
        pytest.param(
            {}, {"name": unicodedata.normalize("NFD", "Đoàn viên 01")}, Likeness.SAME, id="decomposed letters"
        ),
        pytest.param({}, {"name": "Doan vien 01"}, Likeness.PROBABLE, id="without diacritics"),
        pytest.param({}, {"name": "Đoàn viện 01"}, Likeness.PROBABLE, id="another tone"),
        pytest.param({}, {"name": "Đoàn viên 02"}, None, id="another name"),
        pytest.param({"birth_year": 1990}, {}, Likeness.SAME, id="one of them says no year"),
        pytest.param({"phone": "0900 000 001"}, {}, Likeness.SAME, id="one of them says no number"),
        pytest.param({"phone": "0900 000 001"}, {"phone": "không có"}, Likeness.SAME, id="one of them has none"),
        pytest.param({"birth_year": 1990}, {"birth_year": 1991}, Likeness.POSSIBLE, id="another birth year"),
        pytest.param({"phone": "0900 000 001"}, {"phone": "0900000002"}, Likeness.POSSIBLE, id="another number"),
        pytest.param({"phone": "0900 000 001"}, {"phone": "+84 900.000.001"}, Likeness.SAME, id="the number as +84"),
        pytest.param(
            {"birth_year": 1990}, {"name": "Doan vien 01", "birth_year": 1991}, None, id="neither letters nor year"
        ),
    ],
)
def test_how_like_two_entries_are(one: dict[str, object], other: dict[str, object], expected: Likeness | None) -> None:
    first, second = replace(member(1), **one), replace(member(1, GTVT), **other)  # type: ignore[arg-type]  # a table

    assert likeness(first, second) is expected
    assert likeness(second, first) is expected


entries = st.builds(
    Person,
    st.sampled_from(["Đoàn viên 01", "Doan vien 01", "ĐOÀN VIÊN 01", "Đoàn viên 02", "Đoàn viên 03"]),
    st.just(YTE),
    birth_year=st.sampled_from([None, 1990, 1991]),
)


@given(people=st.lists(entries, max_size=12), quota=st.integers(0, 8), reserve=st.integers(0, 4))
def test_everybody_is_listed_once_in_the_units_own_order(people: list[Person], quota: int, reserve: int) -> None:
    selection = take({YTE: people}, quota, reserve)

    unit = selection.of(YTE)
    listed = [*unit.taken, *unit.reserve, *unit.excess]
    repeated = [d for d in selection.duplicates if d.likeness is Likeness.SAME]
    assert len(listed) + len(repeated) == len(people)
    in_order = iter(people)
    assert all(person in in_order for person in listed)
    assert len(unit.taken) + unit.missing == quota
    assert not unit.excess or len(unit.reserve) == reserve


def test_a_substitute_counts_as_having_come() -> None:
    selection = take({YTE: members(5)}, quota=5, reserve=0)
    marks = [Mark(person, Presence.PRESENT) for person in members(3)]
    marks += [Mark(member(4), Presence.SUBSTITUTE, member(9)), Mark(member(5), Presence.ABSENT)]

    (figures,) = attendance(selection, marks, quota=5)

    assert (figures.present, figures.substitutes, figures.absent) == (3, 1, 1)
    assert (figures.came, figures.percent, figures.falls_short) == (4, 80, False)


def test_under_80_percent_of_the_quota_falls_short_even_if_all_who_were_named_came() -> None:
    selection = take({YTE: members(23)}, quota=30, reserve=0)

    (figures,) = attendance(selection, [Mark(person, Presence.PRESENT) for person in members(23)], quota=30)

    assert (figures.percent, figures.falls_short) == (76, True)


@pytest.mark.parametrize(("came", "falls_short"), [(79, True), (80, False)])
def test_eighty_in_a_hundred_is_enough_and_one_less_is_not(came: int, falls_short: bool) -> None:
    selection = take({YTE: members(100)}, quota=100, reserve=0)

    (figures,) = attendance(selection, [Mark(person, Presence.PRESENT) for person in members(came)], quota=100)

    assert (figures.percent, figures.falls_short) == (came, falls_short)


def test_where_nobody_is_asked_for_nobody_is_missing() -> None:
    (figures,) = attendance(take({YTE: []}, quota=0, reserve=0), [], quota=0)

    assert (figures.percent, figures.falls_short) == (100, False)


@pytest.mark.parametrize(
    "known",
    [
        pytest.param([{"birth_year": 1989}, {"birth_year": 1990}], id="birth years"),
        pytest.param([{"phone": "0903 000 001"}, {"phone": "0903 000 002"}], id="telephones"),
    ],
)
def test_of_two_namesakes_each_has_a_mark_of_their_own(known: list[dict[str, Any]]) -> None:
    one, other = (replace(member(1), **facts) for facts in known)
    selection = take({YTE: [one, other]}, quota=2, reserve=0)

    (figures,) = attendance(selection, [Mark(one, Presence.PRESENT), Mark(other, Presence.ABSENT)], quota=2)

    assert (figures.named, figures.present, figures.absent) == (2, 1, 1)


def test_namesakes_of_two_units_have_each_a_mark_of_their_own() -> None:
    selection = take({YTE: [member(1)], GTVT: [member(1, GTVT)]}, quota=1, reserve=0)

    figures = attendance(selection, [Mark(member(1), Presence.PRESENT)], quota=1)

    assert [(each.unit, each.present) for each in figures] == [(YTE, 1), (GTVT, 0)]


def test_a_corrected_mark_replaces_the_first() -> None:
    selection = take({YTE: members(1)}, quota=1, reserve=0)

    (figures,) = attendance(selection, [Mark(member(1), Presence.ABSENT), Mark(member(1), Presence.PRESENT)], quota=1)

    assert (figures.present, figures.absent) == (1, 0)


def test_who_came_beyond_the_reserve_came() -> None:
    selection = take({YTE: members(3)}, quota=1, reserve=1)

    (figures,) = attendance(selection, [Mark(member(3), Presence.PRESENT)], quota=1)

    assert (figures.named, figures.present) == (2, 1)


def test_a_reserve_counts_only_when_they_came() -> None:
    selection = take({YTE: members(4)}, quota=2, reserve=2)
    marks = [Mark(member(2), Presence.ABSENT), Mark(member(3), Presence.PRESENT), Mark(member(4), Presence.ABSENT)]

    (figures,) = attendance(selection, marks, quota=2)

    assert (figures.named, figures.present, figures.absent, figures.unmarked) == (3, 1, 1, 1)
