"""A mail server that misbehaves: every letter leaves once, or a person is asked, and the next run goes on.

How far a single letter came in each case is told in `tests/integration/test_smtp.py`; here whole runs meet the fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Event, Thread

import pytest

from dondoc.domain.states import LetterState
from dondoc.mail.smtp import SmtpSettings, SmtpTransport
from dondoc.services.deliver import Delivered, deliver
from tests.faults.commands import APRIL, dondoc
from tests.integration.office import UNITS, Desk
from tests.integration.smtp_server import Server, listening

HEAD = "bi-thu.khoi-dcd@example.org"
EVERYBODY = sorted([HEAD, *(f"{unit}@example.org" for unit in UNITS)])
REQUEST = "consultation_request/visit-2024-q2"
LATER = ("--as-of", "2024-04-01 08:45")
"""When a letter that was put off is tried again, and what was on its way counts as unknown."""


@contextmanager
def serving(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpSettings]:
    """Letters of commands go to this server."""
    with listening(server) as settings:
        monkeypatch.setenv("DONDOC_SMTP_PORT", str(settings.port))
        yield settings


def received(server: Server) -> list[str]:
    return sorted(address for address, _ in server.taken)


def test_a_server_that_takes_a_letter_and_drops_the_connection_gets_it_once_and_a_person_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []

    def drop(_server: Server, step: str, address: str) -> str | None:
        if (step, address) != ("DOT", "tnxp@example.org"):
            return "250 OK"
        taken.append(address)
        return None

    server = Server(answer=drop)
    with serving(server, monkeypatch):
        first = dondoc("follow-up", *APRIL)
        again = dondoc("deliver", *LATER)
        told = dondoc("status")
        settled = dondoc("deliver", "--arrived", f"{REQUEST}/tnxp", *LATER)

    assert first.status == 0
    assert "6 sent, 0 deferred, 0 failed, 1 unknown" in first.told
    assert "0 sent" in again.told
    assert sorted([*received(server), *taken]) == EVERYBODY
    assert f"letter_unknown/{REQUEST}/tnxp" in told.told
    assert settled.status == 0
    assert desk.problems() == {f"letter_unknown/{REQUEST}/tnxp": "resolved"}


def test_a_server_that_puts_every_letter_off_gets_each_once_it_takes_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Counter[str]()

    def greylist(_server: Server, step: str, address: str) -> str:
        if step != "RCPT":
            return "250 OK"
        tried[address] += 1
        return "451 4.7.1 greylisted, come back later" if tried[address] == 1 else "250 OK"

    server = Server(answer=greylist)
    with serving(server, monkeypatch):
        first = dondoc("follow-up", *APRIL)
        at_once = dondoc("deliver", *APRIL)
        later = dondoc("deliver", *LATER)

    assert "0 sent, 7 deferred, 0 failed, 0 unknown, 0 withdrawn, 7 waiting" in first.told
    assert "0 sent, 0 deferred" in at_once.told
    assert "7 sent" in later.told
    assert received(server) == EVERYBODY
    assert desk.problems() == {}


def test_a_server_that_refuses_some_gets_the_others_and_the_head_hears_of_those(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"so-y-te@example.org", "tnxp@example.org"}

    def refuse(_server: Server, step: str, address: str) -> str:
        return "550 5.1.1 no such user" if step == "RCPT" and address in refused else "250 OK"

    server = Server(answer=refuse)
    with serving(server, monkeypatch):
        first = dondoc("follow-up", *APRIL)
        second = dondoc("follow-up", *LATER)

    assert "5 sent, 0 deferred, 2 failed" in first.told
    assert second.status == 0
    assert set(EVERYBODY) - refused <= set(received(server))
    assert not refused & set(received(server))
    assert desk.problems() == {f"letter_failed/{REQUEST}/{unit}": "open" for unit in ("so-y-te", "tnxp")}
    [notice] = desk.letters("problems_notice")
    words = message_from_bytes(desk.letter(notice).content, policy=policy.default).get_body(("plain",))
    assert words is not None
    assert all(address in words.get_content() for address in refused)


def test_a_server_that_leaves_in_the_middle_of_a_batch_gets_the_rest_when_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(server: Server, step: str, _address: str) -> str | None:
        return None if step == "MAIL" and len(server.taken) == 3 else "250 OK"

    server = Server(answer=leave)
    with serving(server, monkeypatch):
        first = dondoc("follow-up", *APRIL)
        server.answer = Server().answer
        later = dondoc("deliver", *LATER)

    assert first.status == 1
    assert first.is_one_sentence
    assert "4 letters wait in the outbox and go out later" in first.complained
    assert later.status == 0
    assert received(server) == EVERYBODY
    assert desk.problems() == {}


def test_while_a_slow_server_thinks_an_answer_is_recorded(desk: Desk) -> None:
    asked, may_answer = Event(), Event()

    def think(_server: Server, step: str, _address: str) -> str:
        if step == "DOT":
            asked.set()
            assert may_answer.wait(30)
        return "250 OK"

    desk.run()
    desk.at("2024-04-03 08:15")
    done: list[Delivered] = []
    with listening(Server(answer=think)) as settings, SmtpTransport(replace(settings, answer_timeout=60)) as slow:
        desk.answer("so-y-te")
        sending = Thread(target=lambda: done.append(_deliver(desk, slow)))
        sending.start()
        assert asked.wait(30)
        desk.answer("so-gtvt")
        may_answer.set()
        sending.join(30)

    assert done[0].sent == 2


def test_a_server_slower_than_anybody_waits_gets_no_letter_twice(desk: Desk) -> None:
    may_answer = Event()

    def think(_server: Server, step: str, _address: str) -> str:
        assert step != "DOT" or may_answer.wait(30)
        return "250 OK"

    server = Server(answer=think)
    desk.run()
    desk.answer("so-y-te")

    with listening(server) as settings, SmtpTransport(replace(settings, answer_timeout=0.1)) as impatient:
        first = _deliver(desk, impatient)
        may_answer.set()
        desk.clock.at += timedelta(hours=1)
        second = _deliver(desk, impatient)

    assert (first.sent, first.unknown, second.sent, second.unknown) == (0, 1, 0, 0)
    assert received(server) == ["so-y-te@example.org"]
    assert desk.letter("answer_confirmation/visit-2024-q2/so-y-te/1").state is LetterState.UNKNOWN


def _deliver(desk: Desk, transport: SmtpTransport) -> Delivered:
    sender = "bounces@doan.example.org"
    return deliver(desk.office.sessions, transport, desk.clock, account="test", sender=lambda _: sender)
