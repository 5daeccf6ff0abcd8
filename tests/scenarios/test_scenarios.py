"""The scenarios that the cluster's head would tell, each played as a rehearsal.

A file holds the script and everything that must come of it: every letter, in order, and its address when it is not
the addressee's own; every problem, answer, occurrence, due and entry, and what was refused. An unexpected letter
fails. `DONDOC_UPDATE_GOLDEN=1` writes what came of it, to be read as prose before it is kept. What stands under `says`
is written by hand: words that a letter must have, or must not have under `never says`.
"""

from __future__ import annotations

import json
import os
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT
from dondoc.planfile import load_plan

PLAN = PROJECT / "config" / "plans" / "hcsn-2024.yaml"
SCENARIOS = sorted(Path(__file__).parent.glob("*.yaml"))
OWN = {unit.id: unit.contacts[0].email for unit in load_plan(PLAN).units} | {"head": load_plan(PLAN).heads[0].email}
BEGINNINGS = Path(__file__).parent / "begin"
"""What several scenarios have in common; a scenario names it under `begins`."""


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def outcome(folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    events = lines(folder / "events.jsonl")
    refused = [line["detail"] for line in events if line["event"] == "step.refused"]
    return (
        {
            "letters": [_letter(line) for line in lines(folder / "letters.jsonl")],
            "problems": {line["key"]: line["state"] for line in lines(folder / "problems.jsonl")},
            "answers": {line["key"]: _answer(line) for line in lines(folder / "requests.jsonl") if line["verdict"]},
            "events": sorted({line["event"] for line in events}),
            "occurrences": {line["occurrence"]: line["state"] for line in summary["consultations"]},
        }
        | ({"refused": refused} if refused else {})
        | ledger(lines(folder / "ledger.jsonl"))
        | people(folder)
    )


def _letter(line: dict[str, Any]) -> str:
    told = f"{line['at'][5:16].replace('T', ' ')} {line['key']}"
    return told if line["address"] == OWN.get(line["unit"]) else f"{told} to {line['address']}"


def _answer(line: dict[str, Any]) -> str:
    """The verdict, and what became of it when it does not count as it stands."""
    asked_again = "" if line["state"] == "answered" else f" ({line['state']})"
    return f"{line['verdict']}{' (late)' if line['late'] else ''}{asked_again}"


def texts(folder: Path) -> dict[str, str]:
    """What every letter says: its subject and text, with single spaces."""
    keys = {line["message_id"]: line["key"] for line in lines(folder / "letters.jsonl")}
    found = {}
    for file in sorted((folder / "maildir" / "new").iterdir()):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found[keys[message["Message-ID"]]] = " ".join(f"{message['Subject']} {body.get_content()}".split())
    return found


def people(folder: Path) -> dict[str, Any]:
    """What every list that was given came to, and who was there."""
    told = ("names.recorded", "names.refused", "attendance.recorded", "attendance.low")
    found = [
        f"{line['unit']}: {line['event']}, {line['detail']}"
        for line in lines(folder / "events.jsonl")
        if line["event"] in told
    ]
    return {"people": found} if found else {}


def ledger(found: list[dict[str, Any]]) -> dict[str, Any]:
    """What is owed and what was booked, where there is any money."""
    dues = {line["key"]: f"{line['state']} {line['paid']}/{line['amount']}" for line in found if "key" in line}
    booked = [
        " ".join(str(line[field]) for field in ("kind", "amount", "due", "unit", "receipt") if line[field])
        for line in found
        if "entry" in line and line["kind"] != "internal"
    ]
    return {"dues": dues, "booked": booked} if dues else {}


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_scenario(file: Path, tmp_path: Path) -> None:
    scenario = yaml.safe_load(file.read_text("utf-8"))
    for name, content in scenario.get("files", {}).items():
        (tmp_path / name).write_text(content, "utf-8")
    for name, changes in scenario.get("plans", {}).items():
        text = PLAN.read_text("utf-8")
        for old, new in changes.items():
            assert old in text, f"{file.name}: the plan has no “{old}” to replace"
            text = text.replace(old, new)
        (tmp_path / name).write_text(text, "utf-8")
    steps = scenario["script"]
    if "begins" in scenario:
        steps = yaml.safe_load((BEGINNINGS / f"{scenario['begins']}.yaml").read_text("utf-8")) + steps
    script = tmp_path / "script.yaml"
    script.write_text(yaml.safe_dump(steps, allow_unicode=True), "utf-8")
    out = tmp_path / "out"

    days = ["--from", str(scenario["from"]), "--to", str(scenario["to"])]

    done = CliRunner().invoke(
        group, ["rehearse", str(PLAN), "--script", str(script), *days, "--out", str(out), "--json"]
    )

    assert done.exit_code == 0, done.output
    found = outcome(out, json.loads(done.stdout))
    if os.environ.get("DONDOC_UPDATE_GOLDEN"):
        _rewrite(file, found)
    assert found == scenario["expect"]
    said = texts(out)
    for key, words in scenario.get("says", {}).items():
        assert [word for word in words if word not in said[key]] == [], said[key]
    for key, words in scenario.get("never says", {}).items():
        assert [word for word in words if word in said[key]] == [], said[key]


def _rewrite(file: Path, found: dict[str, Any]) -> None:
    kept, _, _ = file.read_text("utf-8").partition("\nexpect:")
    expected = yaml.safe_dump({"expect": found}, allow_unicode=True, sort_keys=False, width=160)
    file.write_text(f"{kept}\n{expected}", "utf-8")


def test_every_scenario_says_what_it_shows() -> None:
    for file in SCENARIOS:
        scenario = yaml.safe_load(file.read_text("utf-8"))
        assert scenario["shows"]
        assert scenario["script"] is not None
