"""A mailbox whose server breaks off or says nothing: each look keeps what came, and every message counts once.

How far a single look comes is told in `tests/integration/test_mailbox_in.py`; here whole runs meet the fault.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dondoc.domain.states import Verdict
from dondoc.errors import Unreachable
from dondoc.mail.imap import ImapMailbox, ImapSettings
from dondoc.services.intake import hear
from tests.faults.commands import APRIL, Said, dondoc
from tests.integration.broken_line import dropping_after
from tests.integration.imap_server import DOVECOT, PASSWORD, Dovecot, dovecot
from tests.integration.office import UNITS, Desk
from tests.integration.smtp_server import Server, listening
from tests.integration.test_post_room import answers, replied

GREETING = 300
"""Bytes that Dovecot says before and while one logs in, about."""


@pytest.fixture
def replies(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Dovecot, Server]]:
    """Every unit has replied to the letter that asked it."""
    if DOVECOT is None:
        pytest.skip("dovecot is not installed")
    desk.run()
    letters = Server()
    with tempfile.TemporaryDirectory(prefix="dc") as home, listening(letters) as smtp:  # a Unix socket's path is short
        Path(home).chmod(0o755)
        with dovecot(Path(home)) as server:
            server.deliver(*(replied(desk, unit, "Nhất trí") for unit in UNITS))
            account = {"IMAP_HOST": "127.0.0.1", "IMAP_USER": "traloi", "IMAP_PASSWORD": PASSWORD}
            for name, value in {**account, "IMAP_SECURITY": "none", "SMTP_PORT": str(smtp.port)}.items():
                monkeypatch.setenv(f"DONDOC_{name}", value)
            yield server, letters


def test_a_server_that_breaks_off_again_and_again_is_read_to_the_end_and_nothing_counts_twice(
    desk: Desk, replies: tuple[Dovecot, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, letters = replies

    def look(most: int) -> Said:
        with dropping_after(server.port, most) as port:
            monkeypatch.setenv("DONDOC_IMAP_PORT", str(port))
            return dondoc("intake", *APRIL)

    broken = [look(GREETING * step) for step in range(1, 12, 2)] + [look(6_000), look(9_000)]
    heard_so_far = len(answers(desk))
    whole = look(1_000_000)
    again = look(1_000_000)

    for said in broken:
        assert said.status == 1
        assert said.is_one_sentence, said.complained
        assert "it is tried again with the next look" in said.complained
        assert PASSWORD not in said.complained
    assert 0 < heard_so_far < len(UNITS)
    assert whole.status == again.status == 0
    assert "messages: 0 new; 0 recorded" in again.told
    assert answers(desk) == dict.fromkeys(UNITS, Verdict.AGREE)
    confirmed = sorted(address for address, _ in letters.taken)
    assert confirmed == sorted(f"{unit}@example.org" for unit in UNITS)


def test_a_server_that_says_nothing_is_left_in_time_and_asked_again(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        mailbox = ImapMailbox(ImapSettings("127.0.0.1", port, "traloi", PASSWORD, "none", timeout=0.1))

        with pytest.raises(Unreachable, match=r"timed out; it is tried again with the next look"):
            hear(desk.office, mailbox, "imap")
