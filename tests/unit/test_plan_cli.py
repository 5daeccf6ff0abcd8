"""`dondoc plan`, as an office calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dondoc.cli import group

FILE = Path(__file__).resolve().parents[2] / "config" / "plans" / "hcsn-2024.yaml"


def dondoc(*words: str | Path) -> Result:
    return CliRunner().invoke(group, ["plan", *map(str, words)])


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """A plan that cannot run: nobody reads the health department's mailbox."""
    path = tmp_path / "stuck.yaml"
    text = FILE.read_text(encoding="utf-8").replace(
        "{role: contact, email: so-y-te", "{role: secretary, email: so-y-te"
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_the_plan_of_2024_is_checked_with_its_open_points() -> None:
    result = dondoc("check", FILE)

    assert result.exit_code == 0
    assert result.stdout.startswith("hcsn-2024: can run (0 blocks, 0 warns, 16 open)\n")
    assert "orphan-content  ky-nghi-hong/tang-qua" in result.stdout
    assert "Thăm và tặng quà cho gia đình chính sách." in result.stdout


def test_a_plan_that_cannot_run_exits_with_1(stuck: Path) -> None:
    result = dondoc("check", stuck)

    assert result.exit_code == 1
    assert "blocks  no-contact  so-y-te" in result.stdout


def test_an_unreadable_plan_exits_with_2_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("id: x\nyear: next\n", encoding="utf-8")

    result = dondoc("check", path)

    assert result.exit_code == 2
    assert f'{path}:2: year: expected a valid integer, found "next"' in result.stderr
    assert result.stdout == ""


def test_a_check_can_be_read_by_a_program(stuck: Path) -> None:
    result = dondoc("check", stuck, "--json")

    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["can_run"] is False
    assert report["findings"][0] == {
        "severity": "blocks",
        "code": "no-contact",
        "object": "so-y-te",
        "message": "no address of its contact holds on 2024-01-02",
        "quote": "Đoàn Sở Y tế Thành phố",
    }


def test_the_year_fits_a_terminal_and_names_its_sums() -> None:
    result = dondoc("show", FILE)

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[-1].split() == ["Cộng", "49.000.000", "7.000.000", "12.000.000", "68.000.000"]
    days = [line.split()[0] for line in lines if "/2024" in line]
    assert days == ["15/03/2024", "01/06/2024", "14/06/2024", "25/07/2024", "01/08/2024", "20/12/2024"]


def test_the_year_can_be_read_by_a_program() -> None:
    year = json.loads(dondoc("show", FILE, "--json").stdout)

    assert year["totals"] == {"ky-nghi-hong": 49_000_000, "seminar": 7_000_000, "visit": 12_000_000}
    assert year["money"]["visit"]["khoi-dcd"] == 2_250_000
    assert [occurrence["id"] for occurrence in year["occurrences"]][:2] == ["visit-2024-q1", "ky-nghi-hong-2024"]


def test_a_rolled_plan_is_written_once(tmp_path: Path) -> None:
    out = tmp_path / "2025.yaml"

    assert dondoc("roll", FILE, "--year", "2025", "--out", out).exit_code == 0
    assert dondoc("check", out).exit_code == 0
    written = out.read_bytes()

    again = dondoc("roll", FILE, "--year", "2026", "--out", out)

    assert again.exit_code == 1
    assert f"{out} exists already and is not overwritten" in again.stderr
    assert out.read_bytes() == written


def test_without_a_file_the_rolled_plan_is_printed() -> None:
    result = dondoc("roll", FILE, "--year", "2025")

    assert result.exit_code == 0
    assert "\nid: hcsn-2025\n" in result.stdout


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    result = dondoc("roll", FILE, "--year", "2025", "--out", tmp_path / "no" / "2025.yaml")

    assert result.exit_code == 2
    assert "cannot be written: No such file or directory" in result.stderr


@pytest.mark.parametrize("command", ["check", "show", "roll"])
def test_help_shows_examples(command: str) -> None:
    result = dondoc(command, "--help")

    assert result.exit_code == 0
    assert f"dondoc plan {command} config/plans/hcsn-2024.yaml" in result.stdout
