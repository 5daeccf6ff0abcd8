"""The machine itself stops while letters leave: what it had not synced is gone, and yet nothing leaves twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from dondoc.domain.states import LetterState
from dondoc.mail.smtp import SmtpTransport
from dondoc.services.batch import BATCH
from dondoc.services.consult import open_due
from dondoc.services.deliver import Delivered, deliver, settle_by_hand
from dondoc.store.database import Sessions
from dondoc.store.outbox import LEASE, Claimed
from dondoc.store.tables import LetterRow
from tests.integration.office import HEAD, PLAN, Desk, an_office
from tests.integration.smtp_server import Server, listening

LETTERS = 50


class Stopped(BaseException):
    """The machine is off."""


@contextmanager
def full_of_letters(folder: Path, number: int) -> Iterator[Desk]:
    """So many wait, and no others."""
    with an_office(folder, "2024-04-01 08:00") as desk:
        open_due(desk.office)
        with desk.office.sessions.writing() as session:
            session.execute(update(LetterRow).values(state=LetterState.WITHDRAWN))
        desk.queue_copies(number)
        yield desk


def send(desk: Desk, server: Server, sessions: Sessions, on_sent: Callable[[Claimed], object]) -> Delivered:
    with listening(server) as settings, SmtpTransport(settings) as transport:
        return deliver(
            sessions, transport, desk.clock, account="test", sender=lambda _: "b@doan.example.org", on_sent=on_sent
        )


def stop_after(number: int, meanwhile: Callable[[], object] = lambda: None) -> Callable[[Claimed], object]:
    """The machine stops when so many letters have left; `meanwhile` happens after the first of them."""
    left: list[str] = []

    def see(row: Claimed) -> None:
        left.append(row.key)
        if len(left) == 1:
            meanwhile()
        if len(left) == number:
            raise Stopped

    return see


def started_again(desk: Desk) -> Sessions:
    return Sessions(desk.office.sessions.engine, boot="the next start of the machine")


def states(desk: Desk) -> dict[LetterState, int]:
    found = [desk.letter(key).state for key in desk.letters("copy/")]
    return {state: found.count(state) for state in found}


def test_of_many_letters_all_that_were_taken_together_are_in_doubt_and_none_leaves_twice(tmp_path: Path) -> None:
    server, disk = Server(), tmp_path / "disk"
    with full_of_letters(tmp_path, LETTERS) as desk:

        def as_it_is_on_the_disk() -> None:
            """Of what the run notes from now on nothing reaches it."""
            shutil.copytree(tmp_path, disk, ignore=shutil.ignore_patterns("disk"))

        with pytest.raises(Stopped):
            send(desk, server, desk.office.sessions, stop_after(BATCH // 2, as_it_is_on_the_disk))
        desk.office.sessions.engine.dispose()
        for name in ("dondoc.db", "dondoc.db-wal"):
            shutil.copy(disk / name, tmp_path / name)
        (tmp_path / "dondoc.db-shm").unlink(missing_ok=True)
        assert states(desk)[LetterState.SENT] < BATCH // 2, "what was not synced is gone"

        done = send(desk, server, started_again(desk), lambda _: None)

        kept = states(desk)
        assert kept == {
            LetterState.SENT: LETTERS - done.unknown,
            LetterState.UNKNOWN: done.unknown,
        }
        assert BATCH // 2 - 1 <= done.unknown <= BATCH
        assert len(server.taken) == len({address for address, _ in server.taken}), "a letter left twice"
        assert len([key for key in desk.problems() if key.startswith("letter_unknown/copy/")]) == done.unknown


@pytest.mark.parametrize(
    ("letters", "boot"),
    [
        pytest.param(BATCH - 1, "the next start of the machine", id="the machine, with a few letters"),
        pytest.param(LETTERS, None, id="only the process, with many"),
    ],
)
def test_one_letter_is_in_doubt_where_every_mark_was_kept(tmp_path: Path, letters: int, boot: str | None) -> None:
    server = Server()
    with full_of_letters(tmp_path, letters) as desk:
        with pytest.raises(Stopped):
            send(desk, server, desk.office.sessions, stop_after(5))
        desk.clock.at += LEASE

        done = send(desk, server, Sessions(desk.office.sessions.engine, boot), lambda _: None)

    assert (done.unknown, done.sent) == (1, letters - 5 - 1)
    assert len(server.taken) == len({address for address, _ in server.taken}) == letters - 1


def test_a_letter_in_doubt_that_is_sent_again_is_no_longer_in_doubt(tmp_path: Path) -> None:
    server = Server()
    with full_of_letters(tmp_path, LETTERS) as desk:
        with pytest.raises(Stopped):
            send(desk, server, desk.office.sessions, stop_after(1))
        sessions = started_again(desk)
        send(desk, server, sessions, lambda _: None)
        last = desk.letters("copy/")[BATCH - 1]
        assert desk.letter(last).state is LetterState.UNKNOWN

        settle_by_hand(sessions, PLAN, last, arrived=False, by=HEAD, now=desk.clock.now())

        assert send(desk, server, sessions, lambda _: None) == Delivered(sent=1)


def test_a_server_that_is_away_leaves_no_letter_in_doubt_when_the_machine_stops(tmp_path: Path) -> None:
    away = Server(answer=lambda _server, _step, _to: "421 4.3.2 closing")
    with full_of_letters(tmp_path, LETTERS) as desk:
        assert send(desk, away, desk.office.sessions, lambda _: None).stopped
        desk.clock.at += LEASE

        done = send(desk, Server(), started_again(desk), lambda _: None)

    assert (done.unknown, done.sent) == (0, LETTERS)


@pytest.mark.parametrize("synced", [True, False])
def test_only_marks_on_many_letters_do_not_wait_for_the_disk(tmp_path: Path, synced: bool) -> None:
    with an_office(tmp_path) as desk:
        sessions = desk.office.sessions
        with sessions.marking(synced=synced) as connection:
            held = connection.connection.driver_connection
            assert held is not None
            assert held.execute("PRAGMA synchronous").fetchone() == ((2 if synced else 1),)
        assert held.execute("PRAGMA synchronous").fetchone() == (2,), "the next transaction is durable again"
