"""`dondoc rehearse`: the contract of DESIGN, section 7, and that the same play gives the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dondoc.cli import group
from dondoc.config import PROJECT

PLAN = str(PROJECT / "config" / "plans" / "hcsn-2024.yaml")
FILES = ("letters.jsonl", "events.jsonl", "requests.jsonl", "problems.jsonl", "ledger.jsonl")

SCRIPT = """
- at: 2024-03-04 09:10
  reply: {unit: so-y-te, request: opinion/visit-2024-q1, text: "Nhất trí"}
- at: 2024-03-04 09:30
  reply: {unit: tnxp, request: opinion/visit-2024-q1/tnxp, text: "Để em hỏi lại Ban Chấp hành ạ", from: a@example.org}
- at: 2024-03-04 10:00
  answer: {unit: so-gtvt, request: opinion/visit-2024-q1, verdict: object, comment: "Trùng lịch tập huấn"}
- at: 2024-03-05 07:00
  off: 1 days
- at: 2024-03-07 08:00
  head: {do: proceed, occurrence: visit-2024-q1, reason: ""}
- at: 2024-03-07 08:05
  head: {do: proceed, occurrence: visit-2024-q1, reason: "Đã trao đổi, các đơn vị thống nhất"}
"""


def rehearse(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["rehearse", PLAN, *arguments])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rehearsal")
    (folder / "script.yaml").write_text(SCRIPT, "utf-8")
    done = rehearse(
        "--script",
        str(folder / "script.yaml"),
        "--from",
        "2024-03-01",
        "--to",
        "2024-03-15",
        "--out",
        str(folder / "a"),
    )
    assert done.exit_code == 0, done.output
    return folder


def test_every_letter_says_when_what_and_to_whom(played: Path) -> None:
    letters = lines(played / "a" / "letters.jsonl")

    assert [letter["key"] for letter in letters[:2]] == [
        "plan_started/hcsn-2024/head",
        "consultation_request/visit-2024-q1/so-y-te",
    ]
    assert letters[1] == {
        "at": "2024-03-01T08:00:00+07:00",
        "key": "consultation_request/visit-2024-q1/so-y-te",
        "kind": "consultation_request",
        "unit": "so-y-te",
        "address": "so-y-te@example.org",
        "occurrence": "visit-2024-q1",
        "subject": "Đề nghị cho ý kiến trước 17 giờ 00 ngày 08/03: Thăm Mẹ Việt Nam Anh hùng quý I/2024",
        "message_id": letters[1]["message_id"],
    }
    assert len({letter["message_id"] for letter in letters}) == len(letters)
    assert len(list((played / "a" / "maildir" / "new").iterdir())) == len(letters)


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        ("letters", {"at", "key", "kind", "unit", "address", "occurrence", "subject", "message_id"}),
        ("events", {"at", "event", "occurrence", "unit", "detail"}),
        ("requests", {"key", "state", "occurrence", "unit", "asked_at", "due_at", "settled_at"}),
        ("problems", {"key", "state", "occurrence", "unit", "raised_at", "acknowledged_at", "resolved_at"}),
        ("ledger", {"key", "state", "amount", "paid", "due_on"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_line_has_the_fields_that_others_read(played: Path, file: str, fields: set[str]) -> None:
    found = lines(played / "a" / f"{file}.jsonl")

    assert found
    assert [line for line in found if "entry" not in line and not fields <= line.keys()] == []


def test_the_dues_come_first_then_what_was_booked_in_order(played: Path) -> None:
    ledger = lines(played / "a" / "ledger.jsonl")

    entries = [line["entry"] for line in ledger if "entry" in line]
    assert ["key" in line for line in ledger] == [True] * 7 + [False] * len(entries)
    assert entries == sorted(entries)
    assert all(type(line["amount"]) is int for line in ledger)


def test_the_script_is_played(played: Path) -> None:
    requests = {line["key"]: line for line in lines(played / "a" / "requests.jsonl")}
    problems = {line["key"]: line for line in lines(played / "a" / "problems.jsonl")}
    events = [line["event"] for line in lines(played / "a" / "events.jsonl")]

    assert requests["opinion/visit-2024-q1/so-y-te"]["verdict"] == "agree"
    assert requests["opinion/visit-2024-q1/so-gtvt"]["comment"] == "Trùng lịch tập huấn"
    assert requests["opinion/visit-2024-q1/tnxp"]["verdict"] is None
    assert problems["objection/visit-2024-q1/so-gtvt"]["state"] == "resolved"
    assert [problems[key]["state"] for key in problems if key.startswith("unknown_sender/visit-2024-q1/tnxp/")] == [
        "open"
    ]
    assert events.count("step.refused") == 1
    assert "occurrence.launched" in events


def test_nothing_runs_while_it_is_off(played: Path) -> None:
    sent = [letter["at"] for letter in lines(played / "a" / "letters.jsonl")]

    assert not [at for at in sent if at.startswith("2024-03-05")]
    assert [at for at in sent if at.startswith("2024-03-06T08:15")]


def test_the_same_play_gives_the_same_bytes(played: Path) -> None:
    script = str(played / "script.yaml")
    for out in ("b", "b"):
        again = rehearse("--script", script, "--from", "2024-03-01", "--to", "2024-03-15", "--out", str(played / out))
        assert again.exit_code == 0

    def contents(folder: Path) -> dict[str, bytes]:
        return {str(f.relative_to(folder)): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}

    assert contents(played / "a") == contents(played / "b")
    assert {*FILES, "dondoc.db"} < contents(played / "a").keys()


def test_without_a_folder_the_consultations_are_printed() -> None:
    done = rehearse("--from", "2024-12-02", "--to", "2024-12-05", "--json")

    assert done.exit_code == 0
    consultations = {line["occurrence"]: line for line in json.loads(done.output)["consultations"]}
    assert consultations["visit-2024-q4"]["opened_on"] == "2024-12-02"
    assert consultations["visit-2024-q3"]["state"] == "before_system"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("- at: 2024-03-04 09:10\n  reply: {unit: x}\n", "script.yaml:2: 0.reply: expected the key 'request'"),
        ("- at: yesterday\n  off: 3 days\n", "script.yaml:1: 0.at"),
        ("- at: 2024-03-04\n  off: three\n", "script.yaml:2: 0.off"),
        ("- at: 2024-03-04\n", "script.yaml:1: 0"),
        ("- at: 2024-03-04\n  head: {do: proceed}\n", "script.yaml:2: 0.head"),
        ("- at: 2024-03-04\n  dies: {letter: x}\n", "script.yaml:2: 0.dies: expected"),
        ("- at: 2024-03-04\n  head: {do: again}\n", "script.yaml:2: 0.head: 'again' needs 'letter'"),
        ("- at: 2024-03-04 08:00\n  dies: x/y\n", "script, step at 2024-03-04 08:00: no letter x/y was sent after it"),
        (
            "- at: 2024-03-04\n  answer: {unit: x, request: opinion/visit-2024-q1, verdict: agree}\n",
            "no request opinion",
        ),
    ],
)
def test_a_script_that_makes_no_sense_is_refused_with_file_line_and_key(tmp_path: Path, script: str, said: str) -> None:
    (tmp_path / "script.yaml").write_text(script, "utf-8")

    done = rehearse("--script", str(tmp_path / "script.yaml"), "--from", "2024-03-01", "--to", "2024-03-05")

    assert done.exit_code == 2
    assert said in done.stderr


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()

    done = rehearse("--out", str(tmp_path))

    assert done.exit_code == 1
    assert "thesis.odt" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_an_unreadable_plan_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("id: [", "utf-8")

    done = CliRunner().invoke(group, ["rehearse", str(tmp_path / "plan.yaml")])

    assert done.exit_code == 2
    assert f"{tmp_path}/plan.yaml:2: expected YAML" in done.stderr
