"""Draining the outbox over a real SMTP server: each outcome leaves the record as it should."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from dondoc.domain.states import Channel, LetterState
from dondoc.errors import Refused, Unreadable
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.smtp import SmtpSettings, SmtpTransport
from dondoc.mail.transport import ClosedAtExit, Envelope, Outcome, Transport
from dondoc.services.batch import BATCH, Share
from dondoc.services.deliver import Delivered, deliver, settle_by_hand
from dondoc.store.history import Actor
from dondoc.store.outbox import LEASE, Claimed
from dondoc.store.tables import LetterRow
from tests.integration.office import PLAN, UNITS, Desk, an_office
from tests.integration.smtp_server import Server, listening

pytestmark = pytest.mark.usefixtures("each_database")

OPERATOR = Actor("operator", Channel.COMMAND)
REQUEST = "consultation_request/visit-2024-q2/"


def refusing(address: str, reply: str) -> Server:
    return Server(answer=lambda _server, step, to: reply if (step, to) == ("RCPT", address) else "250 OK")


def received(server: Server) -> list[str]:
    return [address for address, _ in server.taken]


@contextmanager
def serving(server: Server) -> Iterator[SmtpTransport]:
    with listening(server) as settings, SmtpTransport(settings) as transport:
        yield transport


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Seven letters wait: the head's first one, and six requests."""
    from dondoc.services.consult import open_due

    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        open_due(desk.office)
        yield desk


def send(desk: Desk, transport: Transport, **more: Any) -> Delivered:
    return deliver(
        desk.office.sessions, transport, desk.clock, account="test", sender=lambda n: f"b+{n}@doan.example.org", **more
    )


def test_every_letter_leaves_once(desk: Desk) -> None:
    server = Server()
    with serving(server) as transport:
        assert send(desk, transport).sent == 7
        assert send(desk, transport) == Delivered()

    assert received(server) == ["bi-thu.khoi-dcd@example.org", *(f"{unit}@example.org" for unit in UNITS)]


def test_a_temporary_refusal_waits_and_is_tried_again(desk: Desk) -> None:
    server = refusing("so-y-te@example.org", "451 4.7.1 greylisted")
    with serving(server) as transport:
        done = send(desk, transport)
        assert (done.sent, done.deferred, done.waiting) == (6, 1, 1)
        server.answer = Server().answer
        assert send(desk, transport).sent == 0

        desk.clock.at += timedelta(minutes=10)
        assert send(desk, transport).sent == 1
    assert received(server).count("so-y-te@example.org") == 1


def test_a_refusal_for_good_becomes_a_problem_and_stops_letters_to_that_address(desk: Desk) -> None:
    server = refusing("so-y-te@example.org", "550 5.1.1 no such user")
    with serving(server) as transport:
        assert send(desk, transport).failed == 1
        desk.at("2024-04-03 08:15").run()

    assert desk.problems() == {f"letter_failed/{REQUEST}so-y-te": "open"}
    assert desk.letter(f"{REQUEST}so-y-te").note == "550 5.1.1 no such user"
    assert desk.letters("consultation_reminder/visit-2024-q2/so-y-te") == []
    desk.answer("so-y-te")
    confirmation = desk.letter("answer_confirmation/visit-2024-q2/so-y-te/1")
    assert confirmation.state is LetterState.WITHDRAWN
    assert confirmation.note == "not sent, because so-y-te@example.org was refused: 5.1.1 no such user"
    assert len(desk.letters("problems_notice")) == 1


def test_when_a_run_dies_the_letter_on_its_way_is_unknown_and_never_sent_again(desk: Desk) -> None:
    class Killed(BaseException):
        pass

    def die(row: Claimed) -> None:
        raise Killed

    server = Server()
    with serving(server) as transport:
        with pytest.raises(Killed):
            send(desk, transport, on_sent=die)
        desk.clock.at += LEASE

        done = send(desk, transport)
        assert (done.unknown, done.sent) == (1, 5)
        assert send(desk, transport).sent == 0
    on_its_way, *others = UNITS
    assert received(server) == ["bi-thu.khoi-dcd@example.org", *(f"{unit}@example.org" for unit in others)]
    assert list(desk.problems()) == [f"letter_unknown/{REQUEST}{on_its_way}"]


@dataclass
class AfterTheFirst(ClosedAtExit):
    """Something happens right after the server took the first letter, before that can be noted."""

    transport: Transport
    happens: Callable[[], object]

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        for number, settled in enumerate(self.transport.send(envelopes)):
            if number == 0:
                self.happens()
            yield settled


def test_a_run_that_was_given_up_but_lives_doubles_nothing(desk: Desk) -> None:
    server = Server()

    def goes_on() -> None:
        desk.clock.at += LEASE
        assert (send(desk, other).unknown, len(server.taken)) == (1, 7)

    with serving(server) as transport, serving(server) as other:
        done = send(desk, AfterTheFirst(transport, goes_on))

    assert done.sent == 1  # its fate is known after all; the others the next run has sent
    assert len(received(server)) == len(set(received(server))) == 7
    assert desk.letter(f"plan_started/{PLAN}/head").state is LetterState.SENT
    assert desk.problems() == {f"letter_unknown/plan_started/{PLAN}/head": "resolved"}


def test_a_person_says_what_became_of_an_unknown_letter(desk: Desk) -> None:
    with desk.office.sessions.writing() as session:
        unknown = update(LetterRow).where(LetterRow.addressee.in_(["so-y-te", "tnxp"]))
        session.execute(unknown.values(state=LetterState.UNKNOWN))
    now = desk.clock.now()
    sessions = desk.office.sessions

    settle_by_hand(sessions, PLAN, f"{REQUEST}so-y-te", arrived=True, by=OPERATOR, now=now)
    settle_by_hand(sessions, PLAN, f"{REQUEST}tnxp", arrived=False, by=OPERATOR, now=now)

    server = Server()
    with serving(server) as transport:
        send(desk, transport)
    assert "tnxp@example.org" in received(server)
    assert "so-y-te@example.org" not in received(server)
    with pytest.raises(Refused, match="only an unknown or failed letter"):
        settle_by_hand(sessions, PLAN, f"{REQUEST}tnxp", arrived=False, by=OPERATOR, now=now)
    with pytest.raises(Unreadable, match="has no letter nonsense"):
        settle_by_hand(sessions, PLAN, "nonsense", arrived=False, by=OPERATOR, now=now)


def test_a_mail_server_that_is_away_costs_nothing_but_time(desk: Desk) -> None:
    away = SmtpTransport(SmtpSettings("127.0.0.1", 9, security="none", connect_timeout=1))

    done = send(desk, away)

    assert (done.sent, done.waiting) == (0, 7)
    assert done.stopped is not None
    assert "127.0.0.1:9" in done.stopped
    server = Server()
    with serving(server) as transport:
        assert send(desk, transport).stopped is not None
        desk.clock.at += timedelta(minutes=2)
        assert send(desk, transport).sent == 7


def test_an_answer_that_comes_while_reminders_wait_withdraws_its_reminder(desk: Desk) -> None:
    from dondoc.services.follow_up import follow_up

    server = Server()
    with serving(server) as transport:
        send(desk, transport)
        follow_up(desk.at("2024-04-03 08:15").office)
        desk.answer("tnxp")
        done = send(desk, transport)

    assert done.withdrawn == 1
    assert received(server).count("tnxp@example.org") == 2  # the request, and the confirmation of the answer


def test_an_answer_that_comes_while_other_letters_leave_withdraws_its_reminder(desk: Desk) -> None:
    from dondoc.services.follow_up import follow_up

    server = Server()
    with serving(server) as transport:
        send(desk, transport)
        desk.queue_copies(BATCH + 1)
        follow_up(desk.at("2024-04-03 08:15").office)
        done = send(desk, transport, on_sent=lambda row: desk.answer("tnxp") if row.key == "copy/0" else None)

    assert done.withdrawn == 1
    assert received(server).count("tnxp@example.org") == 2  # the request, and the confirmation of the answer


@pytest.mark.parametrize(
    ("allowed", "before", "pace", "idle", "after"),
    [
        pytest.param(1, Share(), 4, 0.99, Share(), id="a slow server, one connection"),
        pytest.param(1, Share(), 150.7, 0.9, Share(150, 1, 1), id="as many as leave in a second"),
        pytest.param(1, Share(), 9_000, 0.2, Share(400, 1, 1), id="not too many"),
        pytest.param(8, Share(), 10, 0.99, Share(8 * BATCH, 8, 16), id="as many connections as are allowed"),
        pytest.param(8, Share(), 200, 0.75, Share(400, 4, 16), id="four do four times as much"),
        pytest.param(8, Share(), 200, 0.4, Share(400, 2, 16), id="a second one that has half as much to do"),
        pytest.param(8, Share(400, 8, 16), 2_000, -0.2, Share(400, 7, 16), id="two processors were at work"),
        pytest.param(8, Share(160, 8, 16), 80, 0.9, Share(160, 8, 16), id="eight that wait"),
        pytest.param(8, Share(), 9_000, 0.1, Share(400, 1, 16), id="a fast server needs one connection"),
        pytest.param(8, Share(), 1e9, 1.0, Share(400, 8, 16), id="a clock that hardly ticked"),
    ],
)
def test_a_run_takes_what_leaves_in_a_second_over_as_many_connections_as_keep_it_at_work(
    allowed: int, before: Share, pace: float, idle: float, after: Share
) -> None:
    assert before.next(several(SmtpSettings("127.0.0.1", 9, "none"), allowed), pace, idle) == after


@pytest.mark.parametrize(
    ("letters", "share"), [(7, (7, 1, 1)), (20, (20, 1, 1)), (21, (21, 2, 2)), (400, (400, 4, 16))]
)
def test_a_few_letters_go_over_few_connections_and_few_are_in_doubt(letters: int, share: tuple[int, int, int]) -> None:
    assert Share(400, 4, 16).of(letters) == Share(*share)


def test_two_runs_at_once_share_the_letters(desk: Desk) -> None:
    from threading import Thread

    server = Server()
    with serving(server) as one, serving(server) as other:
        runs = [Thread(target=send, args=(desk, transport)) for transport in (one, other)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()

    assert sorted(received(server)) == sorted(
        ["bi-thu.khoi-dcd@example.org", *(f"{unit}@example.org" for unit in UNITS)]
    )


def several(settings: SmtpSettings, number: int) -> ParallelTransport:
    return ParallelTransport([SmtpTransport(settings) for _ in range(number)])


def test_several_connections_share_the_letters_and_each_leaves_once(desk: Desk) -> None:
    desk.queue_copies(100)
    server = refusing("copy-77@example.org", "550 5.1.1 no such user")
    server.delay = 0.02

    with listening(server) as settings, several(settings, 3) as transport:
        done = send(desk, transport)

    assert (done.sent, done.failed, done.waiting) == (106, 1, 0)
    assert len(received(server)) == len(set(received(server))) == 106
    assert server.connections >= 3


def test_a_few_letters_open_one_connection(desk: Desk) -> None:
    server = Server()

    with listening(server) as settings, several(settings, 3) as transport:
        assert send(desk, transport).sent == 7

    assert server.connections == 1


def test_when_a_run_with_several_connections_dies_each_leaves_one_letter_in_doubt(desk: Desk) -> None:
    class Killed(BaseException):
        pass

    def die_at_the_sixtieth(row: Claimed) -> None:
        if len(left) == 60:
            raise Killed
        left.append(row.key)

    left: list[str] = []
    desk.queue_copies(100)
    server = Server(delay=0.02)
    with listening(server) as settings:
        with pytest.raises(Killed), several(settings, 3) as transport:
            send(desk, transport, on_sent=die_at_the_sixtieth)
        desk.clock.at += LEASE
        with several(settings, 3) as transport:
            done = send(desk, transport)

    assert 1 < done.unknown <= 3
    assert len(received(server)) == len(set(received(server))), "a letter left twice"
