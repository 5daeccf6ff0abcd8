"""The same plan for another year."""

import difflib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.domain.calendar import vietnam
from dondoc.domain.plan import OnDay, Plan
from dondoc.domain.plan_check import check
from dondoc.domain.plan_roll import roll
from dondoc.errors import Refused
from dondoc.planfile import load_plan, roll_plan

FILE = Path(__file__).resolve().parents[2] / "config" / "plans" / "hcsn-2024.yaml"
DOCUMENT: dict[str, Any] = load_plan(FILE).model_dump(mode="json", exclude_none=True)
VIETNAM = vietnam()


def rolled(tmp_path: Path, year: int, path: Path = FILE) -> Plan:
    out = tmp_path / f"{year}.yaml"
    out.write_text(roll_plan(path, year), encoding="utf-8")
    return load_plan(out)


@settings(deadline=None, max_examples=21)
@given(st.integers(2020, 2040).filter(lambda year: year != 2024))
def test_any_year_rolls_to_a_plan_that_can_run(tmp_path_factory: pytest.TempPathFactory, year: int) -> None:
    plan = rolled(tmp_path_factory.mktemp("rolled"), year)

    report = check(plan, VIETNAM)
    assert plan.year == year
    assert report.can_run
    assert not [f for f in report.findings if f.code in ("in-tet", "non-working-day", "short-consultation", "no-visit")]
    for _, occurrence in plan.occurrences():
        days = (*(occurrence.days if isinstance(occurrence.when, OnDay) else ()), occurrence.consult_on)
        assert all(VIETNAM.is_working(day) and not VIETNAM.is_tet(day) and day.year == year for day in days)
    assert all(VIETNAM.is_working(day) for day in plan.policy.place_known_by.values())


def test_people_names_mailboxes_and_the_theme_keep_the_years_that_they_name() -> None:
    treasurer = {"name": "Thủ quỹ 2024", "title": "Thủ quỹ", "email": "quy@example.org"}
    kept = {
        "theme": "Năm thanh niên tình nguyện 2024",
        "units": [DOCUMENT["units"][0] | {"aliases": ["Đoàn 2024"]}, *DOCUMENT["units"][1:]],
        "heads": [DOCUMENT["heads"][0] | {"title": "Cụm trưởng 2024"}],
        "treasurers": [treasurer],
        "observers": [treasurer],
        "account": DOCUMENT["account"] | {"holder": "Quỹ Đoàn 2024"},
        "recipients": [DOCUMENT["recipients"][0] | {"name": "Ban Thường vụ khóa 2024"}],
    }

    rolled = roll(DOCUMENT | kept, 2026, VIETNAM)

    assert {part: rolled[part] for part in kept} == kept


def test_2026_has_its_own_days_ids_and_titles(tmp_path: Path) -> None:
    plan = rolled(tmp_path, 2026)

    assert [(o.id, o.consult_on, o.first_day) for _, o in plan.occurrences()] == [
        ("visit-2026-q1", date(2026, 1, 2), date(2026, 3, 16)),
        ("visit-2026-q2", date(2026, 4, 1), date(2026, 6, 15)),
        ("ky-nghi-hong-2026", date(2026, 5, 4), date(2026, 6, 1)),
        ("seminar-2026", date(2026, 7, 1), date(2026, 8, 1)),
        ("visit-2026-q3", date(2026, 7, 1), date(2026, 7, 24)),
        ("visit-2026-q4", date(2026, 10, 1), date(2026, 12, 21)),
    ]
    assert plan.id == "hcsn-2026"
    assert plan.title == "Kế hoạch tổ chức hoạt động Cụm Hành chính – Sự nghiệp năm 2026"
    assert [activity.time_text for activity in plan.activities] == [
        "Tháng 6 - 8 năm 2026",
        "Dự kiến tháng 8/2026",
        "định kỳ hằng quý",
    ]
    assert plan.policy.place_known_by == {"ky-nghi-hong-2026": date(2026, 5, 15)}
    assert rolled(tmp_path, 2027).policy.place_known_by == {"ky-nghi-hong-2027": date(2027, 5, 14)}, "no Saturday"


def test_people_names_money_and_the_theme_stay(tmp_path: Path) -> None:
    before, after = load_plan(FILE), rolled(tmp_path, 2026)

    for kept in ("units", "heads", "account", "recipients", "theme"):
        assert getattr(after, kept) == getattr(before, kept)
    assert [a.contribution for a in after.activities] == [a.contribution for a in before.activities]


def test_the_treasurer_and_observers_keep_their_own_days(tmp_path: Path) -> None:
    person = "{name: Năm 2024, title: Cán bộ, email: a@example.org, until: 2024-12-31}"
    path = tmp_path / "plan.yaml"
    path.write_text(f"{FILE.read_text('utf-8')}\ntreasurers: [{person}]\nobservers: [{person}]\n", "utf-8")

    next_year = tmp_path / "next.yaml"
    next_year.write_text(roll_plan(path, 2026), "utf-8")
    before, after = load_plan(path), load_plan(next_year)

    assert before.treasurers
    assert (after.treasurers, after.observers) == (before.treasurers, before.observers)


def test_every_other_line_of_the_file_stays_as_it_was_written() -> None:
    before, after = FILE.read_text(encoding="utf-8").splitlines(), roll_plan(FILE, 2026).splitlines()

    assert len(before) == len(after)
    assert all("2024" in old for old, new in zip(before, after, strict=True) if old != new)
    assert [line for line in after if line.lstrip().startswith("#")] == [
        line for line in before if line.lstrip().startswith("#")
    ]


def test_rolling_there_and_back_changes_only_days(tmp_path: Path) -> None:
    there = tmp_path / "2026.yaml"
    there.write_text(roll_plan(FILE, 2026), encoding="utf-8")

    back = roll_plan(there, 2024)

    differing = [
        line for line in difflib.ndiff(FILE.read_text("utf-8").splitlines(), back.splitlines()) if line[0] == "-"
    ]
    assert all("when: {day:" in line for line in differing)


def test_a_confirmed_assumption_has_to_be_confirmed_again(tmp_path: Path) -> None:
    confirmed = tmp_path / "2024.yaml"
    text = FILE.read_text(encoding="utf-8")
    answer = "    value: Không, vì Cụm trưởng là người lấy ý kiến.\n"
    assert answer in text
    by = "    confirmed_by: 'Cụm trưởng' # họp giao ban\n    confirmed_on: 2024-01-05\n"
    confirmed.write_text(text.replace(answer, answer + by), encoding="utf-8")
    assert load_plan(confirmed).assumptions[-1].is_confirmed

    text = roll_plan(confirmed, 2025)

    assert "    confirmed_by: null # họp giao ban\n    confirmed_on: null\n" in text
    (tmp_path / "2025.yaml").write_text(text, encoding="utf-8")
    assert not any(one.is_confirmed for one in load_plan(tmp_path / "2025.yaml").assumptions)


def test_the_same_year_is_refused() -> None:
    with pytest.raises(Refused, match="the plan is for 2024 already"):
        roll_plan(FILE, 2024)


@pytest.mark.parametrize(
    ("when", "year", "expected"),
    [
        pytest.param({"day": "2024-02-20"}, 2026, {"day": "2026-02-23"}, id="out of Tết, after it"),
        pytest.param({"day": "2024-02-15"}, 2026, {"day": "2026-02-13"}, id="out of Tết, before it"),
        pytest.param({"day": "2024-03-29"}, 2030, {"day": "2030-03-29"}, id="a working day stays"),
        pytest.param({"day": "2024-03-31"}, 2030, {"day": "2030-03-29"}, id="the last Sunday stays in its quarter"),
        pytest.param({"day": "2024-03-01"}, 2025, {"day": "2025-02-28"}, id="into another month of its quarter"),
        pytest.param({"day": "2024-02-29"}, 2025, {"day": "2025-02-28"}, id="29 February"),
        pytest.param(
            {"day": "2024-03-15", "alternatives": ["2024-03-22"]},
            2026,
            {"day": "2026-03-16", "alternatives": ["2026-03-23"]},
            id="alternatives move as well",
        ),
        pytest.param(
            {"first": "2024-02-01", "last": "2024-02-29"},
            2025,
            {"first": "2025-02-01", "last": "2025-02-28"},
            id="a whole month stays one",
        ),
    ],
)
def test_a_day_moves_to_the_nearest_working_day(when: dict[str, Any], year: int, expected: dict[str, Any]) -> None:
    visit = DOCUMENT["activities"][2]
    document = DOCUMENT | {"activities": [visit | {"occurrences": [visit["occurrences"][0] | {"when": when}]}]}

    (occurrence,) = roll(document, year, VIETNAM)["activities"][0]["occurrences"]

    assert occurrence["when"] == expected


@pytest.mark.parametrize(
    ("known_by", "year", "expected"),
    [
        pytest.param("2024-08-01", 2025, "2025-08-01", id="the first of a month stays"),
        pytest.param("2024-06-01", 2025, "2025-06-02", id="the first, a Sunday"),
        pytest.param("2024-05-31", 2026, "2026-05-29", id="the last, a Sunday, stays in its month"),
        pytest.param("2024-03-02", 2025, "2025-03-03", id="a Sunday, to the Monday after it"),
    ],
)
def test_a_day_without_a_quarter_stays_in_its_month(known_by: str, year: int, expected: str) -> None:
    policy = DOCUMENT["policy"] | {"place_known_by": {"ky-nghi-hong-2024": known_by}}

    rolled = roll(DOCUMENT | {"policy": policy}, year, VIETNAM)

    assert rolled["policy"]["place_known_by"] == {f"ky-nghi-hong-{year}": expected}


def test_a_whole_february_stays_one_when_the_leap_day_comes_back() -> None:
    seminar = DOCUMENT["activities"][1]
    february = seminar["occurrences"][0] | {
        "when": {"first": "2024-02-01", "last": "2024-02-29"},
        "consult_on": "2024-01-02",
    }
    document = DOCUMENT | {"activities": [seminar | {"occurrences": [february]}]}

    (occurrence,) = roll(roll(document, 2027, VIETNAM), 2028, VIETNAM)["activities"][0]["occurrences"]

    assert occurrence["when"] == {"first": "2028-02-01", "last": "2028-02-29"}


def test_a_consultation_in_mid_month_stays_near_its_day() -> None:
    visit = DOCUMENT["activities"][2]
    later = visit["occurrences"][0] | {"consult_on": "2024-02-20"}

    (occurrence,) = roll(DOCUMENT | {"activities": [visit | {"occurrences": [later]}]}, 2027, VIETNAM)["activities"][0][
        "occurrences"
    ]

    assert occurrence["consult_on"] == "2027-02-19"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param('title: "Kế hoạch năm 2024"', 'title: "Kế hoạch năm 2026"', id="in double quotes"),
        pytest.param("title: 'Kế hoạch: 2024'", 'title: "Kế hoạch: 2026"', id="in single quotes"),
        pytest.param("title: >-\n  Kế hoạch\n  năm 2024", 'title: "Kế hoạch năm 2026"', id="folded"),
        pytest.param("title: |\n  Kế hoạch 2024", 'title: "Kế hoạch 2026\\n"', id="as a block"),
        pytest.param("title: Kế hoạch\n  năm 2024", "title: Kế hoạch năm 2026", id="over two lines"),
    ],
)
def test_a_text_rolls_however_it_is_written(tmp_path: Path, written: str, expected: str) -> None:
    title = "title: Kế hoạch tổ chức hoạt động Cụm Hành chính – Sự nghiệp năm 2024"
    path = tmp_path / "2024.yaml"
    path.write_text(FILE.read_text(encoding="utf-8").replace(title, written, 1), encoding="utf-8")

    text = roll_plan(path, 2026)

    assert f"\n{expected}\n\n# “Thực hiện" in text
    (tmp_path / "2026.yaml").write_text(text, encoding="utf-8")
    assert "2026" in load_plan(tmp_path / "2026.yaml").title
