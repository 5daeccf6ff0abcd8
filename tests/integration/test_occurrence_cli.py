"""The commands about what becomes of an occurrence, as the office types them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dondoc.cli import group
from dondoc.domain.states import OccurrenceState
from tests.integration.office import Desk, an_office

NOW = ["--as-of", "2024-04-10 10:00"]
VISIT = "visit-2024-q2"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An office in a folder that the commands are pointed to; everybody agreed to the visit."""
    with an_office(tmp_path) as desk:
        monkeypatch.setenv("DONDOC_DATA", str(tmp_path))
        desk.at("2024-04-01 08:15").run()
        desk.everyone_answers()
        desk.at("2024-04-01 17:05").run()
        yield desk


def dondoc(*words: str) -> Result:
    return CliRunner().invoke(group, words)


def test_a_visit_is_moved_postponed_and_held(desk: Desk) -> None:
    moved = dondoc("occurrence", "set-date", VISIT, "--day", "2024-06-21", "--decision", "245-KH/TĐTN", *NOW)
    assert (moved.exit_code, moved.output) == (0, f"{VISIT}: set-date done\n")
    put_off = dondoc("occurrence", "postpone", VISIT, "--day", "2024-06-25", "--reason", "Ngập sâu", *NOW)
    assert put_off.exit_code == 0, put_off.output
    held = dondoc("occurrence", "held", VISIT, "--as-of", "2024-06-26 09:00")
    assert held.exit_code == 0, held.output
    evaluated = dondoc("occurrence", "evaluate", VISIT, "Chu đáo", "--as-of", "2024-06-27 09:00")

    assert evaluated.exit_code == 0, evaluated.output
    assert desk.occurrence().state is OccurrenceState.EVALUATED


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(("occurrence", "skip", VISIT), 1, f"{VISIT}: to skip it, give the reason", id="no reason"),
        pytest.param(("occurrence", "held", VISIT), 1, "before its day has come", id="too early"),
        pytest.param(("occurrence", "cancel", "x", "--reason", "y"), 2, "has no occurrence x", id="no such thing"),
        pytest.param(("occurrence", "merge", VISIT, "visit-2024-q9", "--reason", "y"), 2, "q9", id="no such other"),
        pytest.param(("occurrence", "set-date", VISIT, "--day", "mai"), 2, "mai", id="no day"),
        pytest.param(("pause", "choir", "--reason", "y"), 2, "has no activity choir", id="no such activity"),
        pytest.param(("resume", "visit"), 1, "visit is not paused", id="not paused"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    desk: Desk, words: tuple[str, ...], status: int, said: str
) -> None:
    result = dondoc(*words, *NOW)

    assert result.exit_code == status
    assert said in result.stderr
    assert desk.occurrence().state is OccurrenceState.LAUNCHED


def test_an_activity_is_paused_and_resumed(desk: Desk) -> None:
    paused = dondoc("pause", "visit", "--reason", "Mẹ đang điều trị tại bệnh viện", *NOW)
    assert "no letter about it leaves until `dondoc resume visit`" in paused.output

    resumed = dondoc("resume", "visit", *NOW)

    assert (resumed.exit_code, "goes on" in resumed.output) == (0, True)
    assert "activity.resumed" in desk.events()
