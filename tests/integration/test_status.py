"""`dondoc status`: one screen, however much there is to say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.cli.status import screen
from dondoc.domain.states import Severity, Verdict
from dondoc.services.held import raise_by_hand
from dondoc.services.plans import load_plan
from dondoc.services.status import Status, status
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024

LONG = "Xã báo đường vào nhà Mẹ đang sửa, ô tô không vào được, phải đi bộ chừng một cây số; xin Cụm trưởng cho ý kiến"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An office after a year in which hardly anybody answered and nothing ran for long."""
    with an_office(tmp_path, "2024-04-01 07:00") as desk:
        desk.at("2024-04-01 08:15").run()
        yield desk


def look(desk: Desk, plan: str | None = None) -> Status:
    return status(desk.office, plan, desk.settings.data, 0)


def everything_goes_wrong(desk: Desk) -> None:
    """A quarter in which nobody answers, many problems, another year's plan, and then nothing runs any more."""
    desk.answer("so-y-te", Verdict.OBJECT, "trùng lịch")
    for day in ("2024-04-05 08:15", "2024-04-09 08:15", "2024-05-02 08:15", "2024-07-01 08:15", "2024-07-08 17:05"):
        desk.at(day).run()
    for number in range(5):
        source = str(number)
        raise_by_hand(desk.office, PLAN, "so-y-te", LONG, severity=Severity.URGENT, by=HEAD, source=source)
    for year in ("a", "b"):
        load_plan(desk.office, plan_2024().model_copy(update={"id": f"hcsn-2024-{year}"}), HEAD)
    desk.at("2024-07-12 08:00")


def test_a_calm_morning_says_what_comes_next(desk: Desk) -> None:
    desk.at("2024-04-01 08:20")

    lines = list(screen(look(desk)))

    assert "late: nothing" in lines
    assert "letters: 7 sent; last run 01/04/2024 08:15" in lines
    assert "replies: 0 held for a person; mailbox read never" in lines
    assert (
        lines[lines.index("next: 5, of which the first 3") + 1]
        == "  08/04/2024  visit-2024-q2: opinion due from 6 units"
    )


def test_what_is_late_stands_there_with_its_deadline(desk: Desk) -> None:
    desk.at("2024-04-09 08:15")

    (first, *_) = look(desk).late

    assert first.key == "opinion/visit-2024-q2/so-y-te"
    assert f"{first.due_at:%d/%m/%Y %H:%M}" == "08/04/2024 17:00"


def test_the_worst_day_fits_a_screen(desk: Desk) -> None:
    everything_goes_wrong(desk)

    found = look(desk)
    lines = list(screen(found))

    assert len(found.plans) == 3
    assert len(lines) == 23
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("  urgent: reported/") and line.endswith("…") for line in lines)
    assert any(line.startswith("needs a decision: ") for line in lines)
    assert any(line.startswith("  letters_stuck: ") for line in lines)


def test_json_has_all_that_the_screen_leaves_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(desk.settings.data))

    done = CliRunner().invoke(group, ["status", "--json"])

    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["plans"][0]["plan_id"] == PLAN
    assert len(told["late"]) == 6
    assert told["post"]["letters"] == {"sent": 7}
    assert {line["code"] for line in told["wrong"]} == {"mailbox_unread", "no_runs", "no_follow_up"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--all"], "visit-2024-q2", id="the year as a table"),
        pytest.param(["visit-2024-q2"], "so-gtvt", id="unit by unit"),
        pytest.param(["--plan", PLAN], "needs a decision", id="one plan"),
    ],
)
def test_more_can_be_asked_for(desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(desk.settings.data))

    done = CliRunner().invoke(group, ["status", *words])

    assert done.exit_code == 0
    assert said in done.stdout


def test_a_plan_that_is_not_loaded_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(desk.settings.data))

    done = CliRunner().invoke(group, ["status", "--plan", "hcsn-1999"])

    assert done.exit_code == 2
    assert "no plan hcsn-1999 is loaded" in done.stderr
