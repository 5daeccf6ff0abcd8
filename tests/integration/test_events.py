"""What an office's day looks like in the log: each event once it is recorded, by key, and nothing that is secret."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from dondoc.domain.states import Verdict
from dondoc.log import written
from dondoc.store.history import note
from tests.integration.office import PLAN, Desk, an_office
from tests.integration.pages import REQUEST, served


def logged(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def a_day(desk: Desk) -> None:
    """A consultation is opened, one unit answers by its link, another objects, letters go out."""
    desk.run()
    with served(desk) as site:
        path = site.path_in(REQUEST)
        site.get(path)
        site.post(path, verdict="agree", by="Trần Thị Bình", nonce="1")
    desk.answer("so-gtvt", Verdict.OBJECT, "trùng lịch, xin dời sang tuần sau")
    desk.run()


def test_a_day_is_told_event_by_event(tmp_path: Path) -> None:
    out = io.StringIO()
    with an_office(tmp_path, "2024-04-01 08:00") as desk, written("json", out):
        a_day(desk)
        desk.at("2024-04-03 08:00").run()  # three working days before the end those who owe are reminded

    lines = logged(out)
    events = [line["event"] for line in lines]
    assert {"consultation.opened", "response.recorded", "problem.raised", "follow_up.done", "delivery.done"} <= {
        *events
    }
    sent = [line for line in lines if line["event"] == "letter.sent" and line["unit"] == "so-y-te"]
    assert sent[0]["letter"] == REQUEST
    assert sent[0]["occurrence"] == "visit-2024-q2"
    raised = next(line for line in lines if line["event"] == "problem.raised")
    assert raised["key"] == "objection/visit-2024-q2/so-gtvt"
    page = next(line for line in lines if line["event"] == "http.answered")
    assert (page["route"], page["method"], page["status"]) == ("/tra-loi/{token}", "GET", 200)


def test_a_look_that_finds_nothing_to_do_is_not_told(tmp_path: Path) -> None:
    out = io.StringIO()
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        with written("json", out):
            desk.run()

    assert logged(out) == []


def test_no_address_no_link_and_nothing_that_people_wrote_is_logged(tmp_path: Path) -> None:
    out = io.StringIO()
    with an_office(tmp_path, "2024-04-01 08:00") as desk, written("json", out):
        a_day(desk)
        with served(desk) as site:
            path = site.path_in(REQUEST)

    told = out.getvalue()
    assert told
    assert path not in told
    assert path.rpartition("/")[2] not in told
    assert "@" not in told
    for said in ("Trần Thị Bình", "trùng lịch"):
        assert said not in told


def note_and_fail(desk: Desk) -> None:
    with desk.office.sessions.writing() as session:
        note(session, PLAN, desk.clock.now(), "plan.loaded")
        raise ValueError("after all not")


def test_what_was_not_recorded_after_all_is_not_told(tmp_path: Path) -> None:
    out = io.StringIO()
    with an_office(tmp_path) as desk, written("json", out), pytest.raises(ValueError, match="after all not"):
        note_and_fail(desk)

    assert logged(out) == []
