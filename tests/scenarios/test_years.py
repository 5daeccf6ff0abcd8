"""The year 2024 from the first letter to the last, twice: with units that do everything in time, and with three that
do not. Each is a golden file, one line a letter, in order, to be read as prose; an unexpected letter fails.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT
from tests.scenarios.year import Step, difficult_year, diligent_year

PLAN = PROJECT / "config" / "plans" / "hcsn-2024.yaml"
GOLDEN = PROJECT / "tests" / "golden" / "years"
DAYS = ("--from", "2024-01-02", "--to", "2024-12-31")


def play(year: Callable[[], tuple[list[Step], dict[str, str]]], folder: Path) -> Path:
    steps, files = year()
    for name, content in files.items():
        (folder / name).write_text(content, "utf-8")
    script = folder / "script.yaml"
    script.write_text(yaml.safe_dump(steps, allow_unicode=True), "utf-8")
    done = CliRunner().invoke(
        group,
        ["rehearse", str(PLAN), "--script", str(script), *DAYS, "--out", str(folder / "out")],
    )
    assert done.exit_code == 0, done.output
    return folder / "out"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def told(out: Path) -> str:
    """The year as one reads it: every letter, every problem with what became of it, every due."""
    letters = [
        f"{line['at'][:16].replace('T', ' ')}  {line['unit']:12} {line['subject']}"
        for line in lines(out / "letters.jsonl")
    ]
    problems = [
        f"{line['state']:9} {line['key']}: {line['detail'].splitlines()[0]}" for line in lines(out / "problems.jsonl")
    ]
    dues = [
        f"{line['state']:9} {line['key']} {line['paid']}/{line['amount']}"
        for line in lines(out / "ledger.jsonl")
        if "key" in line
    ]
    refused = [line["detail"] for line in lines(out / "events.jsonl") if line["event"] == "step.refused"]
    parts = {"letters": letters, "problems": problems, "dues": dues, "refused": refused}
    return "\n".join(f"# {name}\n" + "".join(f"{line}\n" for line in part) for name, part in parts.items())


def compare(name: str, found: str) -> None:
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("DONDOC_UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8"), f"{golden.name} differs; read it, then set DONDOC_UPDATE_GOLDEN=1"


def test_a_diligent_year_brings_the_head_no_problem(tmp_path: Path) -> None:
    out = play(diligent_year, tmp_path)

    compare("diligent", told(out))
    assert lines(out / "problems.jsonl") == []
    assert {line["state"] for line in lines(out / "ledger.jsonl") if "key" in line} == {"paid"}
    to_head = {line["kind"] for line in lines(out / "letters.jsonl") if line["unit"] == "head"}
    assert to_head == {"plan_started", "consultation_outcome", "occurrence_changed", "head_digest"}


def test_a_difficult_year_reads_as_it_should_and_equals_itself(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        play(difficult_year, folder)

    compare("difficult", told(first / "out"))
    for name in ("letters.jsonl", "events.jsonl", "requests.jsonl", "problems.jsonl", "ledger.jsonl"):
        assert (first / "out" / name).read_bytes() == (second / "out" / name).read_bytes()
