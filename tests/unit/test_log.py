"""What is logged: a line an event, for programs and for people, and no secret in it."""

from __future__ import annotations

import io
import json
import logging

import pytest

from dondoc.log import during, say, style_for, without_secrets, written


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(out: io.StringIO) -> list[str]:
    return out.getvalue().splitlines()


def test_an_event_is_a_line_of_json_with_time_level_and_run() -> None:
    out = io.StringIO()

    with written("json", out), during("r1"):
        say("letter.sent", letter="consultation_request/visit-2024-q1/so-y-te", unit="so-y-te", occurrence=None)

    (line,) = lines(out)
    told = json.loads(line)
    assert told.pop("time").endswith("+07:00")
    assert told == {
        "level": "info",
        "event": "letter.sent",
        "run": "r1",
        "letter": "consultation_request/visit-2024-q1/so-y-te",
        "unit": "so-y-te",
    }


def test_runs_are_told_from_each_other() -> None:
    out = io.StringIO()

    with written("json", out):
        for _ in range(2):
            with during():
                say("intake.done")
        say("intake.done")

    first, second, alone = (json.loads(line) for line in lines(out))
    assert first["run"] != second["run"]
    assert "run" not in alone


def test_text_is_short_and_names_what_it_is_about() -> None:
    out = io.StringIO()

    with written("text", out), during("r1"):
        say("letter.unknown", level=logging.WARNING, letter="a b", attempts=2)

    (line,) = lines(out)
    assert line.split(" ", 1)[1] == 'warning letter.unknown run=r1 letter="a b" attempts=2'


def test_it_is_text_for_a_person_at_a_terminal_and_json_for_a_program() -> None:
    assert style_for(Terminal()) == "text"
    assert style_for(io.StringIO()) == "json"


def test_who_wants_no_log_gets_none(capsys: pytest.CaptureFixture[str]) -> None:
    with written(None):
        say("letter.sent")

    assert capsys.readouterr() == ("", "")


def test_one_within_another_writes_each_event_once() -> None:
    out, inner = io.StringIO(), io.StringIO()

    with written("json", out), written("text", inner):
        say("letter.sent")

    assert len(lines(out)) == 1
    assert lines(inner) == []


def test_afterwards_nothing_is_written_any_more() -> None:
    out = io.StringIO()
    with written("json", out):
        pass

    say("letter.sent", level=logging.CRITICAL)

    assert lines(out) == []


def test_a_failure_is_one_line_with_its_trace() -> None:
    out = io.StringIO()

    with written("json", out):
        try:
            raise ValueError("no such letter to a.nguyen@example.org")
        except ValueError:
            logging.getLogger("dondoc.web").exception("failed for %s", "https://dondoc.example.org/tra-loi/3.Xy_z")

    told = json.loads(lines(out)[0])
    assert told["event"] == "dondoc.web"
    assert told["message"] == "failed for https://dondoc.example.org/…"
    assert told["error"].endswith("ValueError: no such letter to …@example.org")


@pytest.mark.parametrize(
    ("said", "written_as"),
    [
        pytest.param("550 5.1.1 <so.y-te+x@example.org> unknown", "550 5.1.1 <…@example.org> unknown", id="address"),
        pytest.param('GET "http://127.0.0.1:8080/bang/9.abc?x=1" ok', 'GET "http://127.0.0.1:8080/…" ok', id="link"),
        pytest.param(
            "postgresql+psycopg://dondoc:p%40ss@db.example.org/x is away",
            "postgresql+psycopg://dondoc:…@db.example.org/x is away",
            id="password",
        ),
        pytest.param("redis://:p@127.0.0.1:6379/0", "redis://:…@127.0.0.1:6379/0", id="password without a user"),
        pytest.param("opinion/visit-2024-q1/so-y-te", "opinion/visit-2024-q1/so-y-te", id="a key stays"),
        pytest.param("http://127.0.0.1:4200 is away", "http://127.0.0.1:4200 is away", id="a server stays"),
    ],
)
def test_addresses_and_links_are_taken_out(said: str, written_as: str) -> None:
    assert without_secrets(said) == written_as
