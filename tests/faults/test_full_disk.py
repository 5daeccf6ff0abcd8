"""A disk that takes no more: one sentence, nothing half written, and the next run goes on once there is room.

Files may not grow beyond a limit that the kernel keeps for one process, or SQLite may add no page; a whole file system
of a few kilobytes would need the rights of root.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from dondoc.config import PROJECT
from tests.faults.commands import APRIL, dondoc, in_background, in_its_own_process
from tests.integration.databases import SERVER
from tests.integration.office import UNITS, Desk, an_office
from tests.integration.postgres import Postgres
from tests.integration.smtp_server import Server, listening

PLAN_FILE = PROJECT / "config" / "plans" / "hcsn-2024.yaml"
LATER = ("--as-of", "2024-04-01 08:45")
EVERYBODY = sorted(["bi-thu.khoi-dcd@example.org", *(f"{unit}@example.org" for unit in UNITS)])


def no_file_beyond(kilobytes: int) -> str:
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({kilobytes} * 1024, {kilobytes} * 1024))"


NO_MORE_PAGES = """
from sqlalchemy import event
from sqlalchemy.engine import Engine
event.listen(Engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=1"))
"""
"""SQLite takes the least that the file has already."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    with listening(server) as settings:
        monkeypatch.setenv("DONDOC_SMTP_PORT", str(settings.port))
        yield server


@pytest.mark.parametrize(
    ("room", "says"),
    [
        pytest.param(NO_MORE_PAGES, "is full: make room on it, then try again", id="no page for the letters"),
        pytest.param(no_file_beyond(64), "cannot be used: disk I/O error", id="no file may grow"),
    ],
)
def test_a_run_without_room_writes_nothing_and_the_next_one_does_its_work(
    desk: Desk, server: Server, room: str, says: str
) -> None:
    stopped = in_its_own_process("follow-up", *APRIL, before=room)
    went = received(server)
    done = dondoc("follow-up", *LATER)

    assert stopped.status == 1
    assert stopped.is_one_sentence, stopped.complained
    assert says in stopped.complained
    assert went == []
    assert done.status == 0, done.complained
    assert received(server) == EVERYBODY
    assert desk.problems() == {}


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux limits a process that runs already")
def test_a_disk_that_fills_up_while_letters_leave_puts_one_in_doubt_and_loses_none(desk: Desk, server: Server) -> None:
    def fill_up(server: Server, step: str, _address: str) -> str:
        if step == "DOT" and len(server.taken) == 2:
            resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, (0, 0))
        return "250 OK"

    server.answer = fill_up
    with in_background("follow-up", *APRIL) as run:
        stopped = run.said()
    server.answer = Server().answer
    done = dondoc("deliver", *LATER)

    assert stopped.is_one_sentence, stopped.complained
    assert "cannot be used: disk I/O error" in stopped.complained
    assert "4 sent, 0 deferred, 0 failed, 1 unknown" in done.told
    assert received(server) == EVERYBODY
    assert desk.problems() == {"letter_unknown/consultation_request/visit-2024-q2/so-gtvt": "open"}


def test_postgresql_without_room_says_the_same(tmp_path: Path, postgresql: Postgres, server: Server) -> None:
    token = SERVER.set(postgresql)
    try:
        with an_office(tmp_path, "2024-04-01 08:00") as desk:
            with desk.office.sessions.writing() as session:
                session.execute(text(_NO_ROOM_IN_POSTGRESQL))
            stopped = dondoc("follow-up", *APRIL)
            with desk.office.sessions.writing() as session:
                session.execute(text("DROP FUNCTION no_room CASCADE"))
            done = dondoc("follow-up", *LATER)
    finally:
        SERVER.reset(token)

    assert stopped.is_one_sentence, stopped.complained
    assert "is full: make room on it, then try again" in stopped.complained
    assert done.status == 0
    assert received(server) == EVERYBODY


_NO_ROOM_IN_POSTGRESQL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON letters EXECUTE FUNCTION no_room()
"""


def test_the_local_mail_server_without_room_keeps_no_half_letter_and_takes_it_later(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = tmp_path / "post"
    with mail_server(post, no_file_beyond(1)) as port:
        monkeypatch.setenv("DONDOC_SMTP_PORT", port)
        stopped = dondoc("follow-up", *APRIL)
    assert "0 sent, 7 deferred" in stopped.told
    assert list(post.glob("*/*/*")) == []

    with mail_server(post) as port:
        monkeypatch.setenv("DONDOC_SMTP_PORT", port)
        done = dondoc("deliver", *LATER)
    assert "7 sent" in done.told
    assert sorted(path.parts[-3] for path in post.glob("*/new/*")) == EVERYBODY


@contextmanager
def mail_server(root: Path, room: str = "") -> Iterator[str]:
    """The local mail server in a process of its own; yields its port."""
    serve = f"run('127.0.0.1', 0, Path({str(root)!r}), ['example.org'], lambda port: print(port, flush=True))"
    code = f"{room}\nfrom pathlib import Path\nfrom dondoc.mail.local_server import run\n{serve}"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def test_a_table_that_finds_no_room_leaves_the_last_one_as_it_was(desk: Desk, tmp_path: Path) -> None:
    table = tmp_path / "bang.xlsx"
    table.write_bytes(b"as it was")

    stopped = in_its_own_process("export", "ledger", "--out", table, before=no_file_beyond(1))

    assert stopped.status == 2
    assert stopped.is_one_sentence, stopped.complained
    assert f"{table} cannot be written: File too large" in stopped.complained
    assert table.read_bytes() == b"as it was"
    assert [path for path in tmp_path.iterdir() if path.is_file()] == [table]


def test_a_rolled_plan_that_finds_no_room_is_not_in_the_way_later(tmp_path: Path) -> None:
    rolled = tmp_path / "hcsn-2025.yaml"

    stopped = in_its_own_process("plan", "roll", PLAN_FILE, "--year", 2025, "--out", rolled, before=no_file_beyond(1))
    done = dondoc("plan", "roll", PLAN_FILE, "--year", 2025, "--out", rolled)

    assert stopped.is_one_sentence, stopped.complained
    assert f"{rolled} cannot be written: File too large" in stopped.complained
    assert done.status == 0, done.complained


def test_a_rehearsal_that_finds_no_room_says_where(tmp_path: Path) -> None:
    days = ("--from", "2024-01-02", "--to", "2024-01-05", "--out", tmp_path / "out")

    stopped = in_its_own_process("rehearse", PLAN_FILE, *days, before=no_file_beyond(8))
    done = dondoc("rehearse", PLAN_FILE, *days)

    assert stopped.is_one_sentence, stopped.complained
    assert str(tmp_path / "out") in stopped.complained
    assert done.status == 0, done.complained


def test_a_first_start_that_finds_no_room_leaves_nothing_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(tmp_path / "new"))

    stopped = in_its_own_process("plan", "load", PLAN_FILE, before=no_file_beyond(32))
    done = dondoc("plan", "load", PLAN_FILE)

    assert stopped.is_one_sentence, stopped.complained
    assert done.status == 0, done.complained


def received(server: Server) -> list[str]:
    return sorted(address for address, _ in server.taken)
