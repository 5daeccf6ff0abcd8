"""Another program holds the database for longer than anybody waits: one sentence, and the next run goes on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from dondoc.domain.states import Verdict
from dondoc.store import database
from tests.faults.commands import APRIL, dondoc
from tests.integration.databases import SERVER
from tests.integration.office import UNITS, Desk
from tests.integration.pages import REQUEST, nonce_in, responses, served
from tests.integration.smtp_server import Server, listening

pytestmark = pytest.mark.usefixtures("each_database")

LATER = ("--as-of", "2024-04-01 08:45")
"""When what was on its way counts as unknown."""
_HOLD = """
import sys
from sqlalchemy import text
from dondoc.store.database import Sessions, open_engine
with Sessions(open_engine(sys.argv[1])).writing() as session:
    session.execute(text("SELECT 1"))
    print("held", flush=True)
    input()
"""


@contextmanager
def held(desk: Desk) -> Iterator[None]:
    """Another process is in the middle of a change, and stays there."""
    url = desk.office.sessions.engine.url.render_as_string(hide_password=False)
    other = subprocess.Popen([sys.executable, "-c", _HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    try:
        yield
    finally:
        other.communicate(b"\n", timeout=30)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 1)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    with listening(server) as settings:
        monkeypatch.setenv("DONDOC_SMTP_PORT", str(settings.port))
        yield server


@pytest.mark.parametrize("command", ["follow-up", "intake"])
def test_a_run_says_so_in_one_sentence_and_the_next_one_does_its_work(desk: Desk, server: Server, command: str) -> None:
    with held(desk):
        refused = dondoc(command, *APRIL)
        assert dondoc("status").status == 0, "whoever only looks has to wait"

    assert refused.status == 1
    assert refused.is_one_sentence
    assert "is locked by another program: end that one, or try again later" in refused.complained
    assert server.taken == []
    assert dondoc("follow-up", *APRIL).status == 0
    assert len(server.taken) == 1 + len(UNITS)


def test_a_lock_that_comes_while_letters_leave_puts_one_in_doubt_at_most_and_loses_none(
    desk: Desk, server: Server
) -> None:
    with ExitStack() as holding:

        def lock(server: Server, step: str, _address: str) -> str:
            if step == "DOT" and len(server.taken) == 2:
                holding.enter_context(held(desk))
            return "250 OK"

        server.answer = lock
        stopped = dondoc("follow-up", *APRIL)
    server.answer = Server().answer
    done = dondoc("deliver", *LATER)

    # On PostgreSQL who sends waits for nobody who writes alone.
    in_doubt = {} if SERVER.get() else {"letter_unknown/consultation_request/visit-2024-q2/so-gtvt": "open"}
    assert stopped.is_one_sentence
    assert done.status == 0
    assert len(server.taken) == 1 + len(UNITS)
    assert desk.problems() == in_doubt


def test_a_page_asks_to_try_again_and_the_same_form_is_taken_then(desk: Desk) -> None:
    desk.run()
    with served(desk) as site:
        path = site.path_in(REQUEST)
        nonce = nonce_in(site.get(path).text)
        with held(desk):
            refused = site.post(path, verdict="agree", nonce=nonce)
        taken = site.post(path, verdict="agree", nonce=nonce)

        assert refused.status_code == 500
        assert "Đề nghị thử lại sau ít phút" in refused.text
        assert taken.status_code == 303
        assert responses(site) == [(Verdict.AGREE, "")]
