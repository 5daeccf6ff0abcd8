"""Letters that leave: against smtplib over as many kept connections, and against yagmail as one would write it first.

All send the same letters to the same sink, over TLS and after a login, as every office does. Ours come out of a record
in which each is marked before and after it leaves; the others keep no record at all. smtplib is helped: without
TCP_NODELAY it would wait 40 ms for the end of each letter.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

import yagmail
from sqlalchemy import delete, select, update
from sqlalchemy.orm import undefer

from benchmarks.figures import Figure, at_least, in_turn
from benchmarks.places import Place, a_place
from benchmarks.sink import Sink, sink
from dondoc.config import Settings
from dondoc.domain.states import LetterState
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.smtp import SmtpSettings, SmtpTransport
from dondoc.services.consult import open_due
from dondoc.services.deliver import deliver
from dondoc.store.outbox import Posted, enqueue
from dondoc.store.tables import LetterContentRow, LetterRow

_SENDER = "cum@doan.example.org"
_PASSWORD = "a-password"  # noqa: S105 - the sink takes any
_ALLOWED: tuple[int, ...] = (1, Settings.model_fields["smtp_connections"].default, 8)
"""How many connections a run may use: no more than one, as an office has it that sets nothing, and many."""
_AWAY = 10
"""Milliseconds that a server far away takes to answer."""


def measure(*, quick: bool) -> Iterator[Figure]:
    letters, few, naive, rounds = (200, 100, 20, 3) if quick else (1500, 400, 100, 5)
    most = _ALLOWED[-1]
    with sink() as near, sink(_AWAY) as far, a_place("2024-04-01 08:00") as place:
        posted = letters_like_a_request(place, letters)
        one_by_one, ours_far, kept_far, *both = in_turn(
            lambda: _yagmail(posted[:naive], near),
            lambda: _ours(place, posted[:few], far, most),
            lambda: _smtplib(posted[:few], far, most),
            *(partial(_ours, place, posted, near, allowed) for allowed in _ALLOWED),
            *(partial(_smtplib, posted, near, allowed) for allowed in _ALLOWED),
            rounds=rounds,
        )
    size = sum(len(letter.content) for letter in posted) / letters / 1000
    each, naively = one_by_one * letters / naive, f"yagmail, a login each: {naive / one_by_one:,.0f}/s"
    number = len(_ALLOWED)
    for allowed, ours, kept in zip(_ALLOWED, both[:number], both[number:], strict=True):
        name = f"letters delivered, {_connections(allowed)} allowed"
        sent = f"{letters / ours:,.0f} of {size:.0f} KB a second"
        yield _against(name, sent, ours, f"{_kept(allowed)}: {letters / kept:,.0f}/s", kept, 0.9)
        yield _against(name, sent, ours, naively, each, 10)
    name = f"letters delivered, {_connections(most)} allowed, {_AWAY} ms away"
    sent = f"{few / ours_far:,.0f} a second"
    yield _against(name, sent, ours_far, f"{_kept(most)}: {few / kept_far:,.0f}/s", kept_far, 0.9)


def _connections(number: int) -> str:
    return "1 connection" if number == 1 else f"{number} connections"


def _kept(number: int) -> str:
    return f"smtplib, {_connections(number)} kept"


def _against(name: str, sent: str, ours: float, compared: str, theirs: float, goal: float) -> Figure:
    return Figure(name, sent, compared, theirs / ours, *at_least(theirs / ours, goal))


def letters_like_a_request(place: Place, number: int) -> list[Posted]:
    """What a unit is asked with, so many times, each under a key of its own."""
    open_due(place.office)
    with place.office.sessions.writing() as session:
        is_request = LetterRow.kind == "consultation_request"
        row = session.scalars(select(LetterRow).where(is_request).limit(1).options(undefer(LetterRow.content))).one()
        session.execute(update(LetterRow).values(state=LetterState.WITHDRAWN))
    first = Posted(
        plan_id=row.plan_id,
        key="",
        kind=row.kind,
        addressee=row.addressee,
        address="",
        occurrence=row.occurrence,
        subject=row.subject,
        message_id=row.message_id,
        content=row.content,
        request_id=row.request_id,
        asking=row.asking,
        only_while_open=True,
    )
    return [_another(first, n) for n in range(number)]


def _another(letter: Posted, number: int) -> Posted:
    message_id = f"<{number}.{letter.message_id[1:]}"
    content = letter.content.replace(letter.message_id.encode(), message_id.encode())
    address = f"unit-{number}@example.org"
    return replace(letter, key=f"benchmark/{number}", address=address, message_id=message_id, content=content)


def clear_out(place: Place) -> None:
    ours = select(LetterRow.id).where(LetterRow.key.startswith("benchmark/"))
    with place.office.sessions.writing() as session:
        session.execute(delete(LetterContentRow).where(LetterContentRow.letter_id.in_(ours)))
        session.execute(delete(LetterRow).where(LetterRow.id.in_(ours)))


@contextmanager
def _ours(place: Place, letters: Sequence[Posted], to: Sink, connections: int) -> Iterator[Callable[[], object]]:
    """The outbox holds the letters; it is drained as a run does it."""
    sessions = place.office.sessions
    clear_out(place)
    with sessions.writing() as session:
        enqueue(session, letters, place.clock.now())
    place.clock.at += timedelta(minutes=1)

    def drain() -> None:
        account = SmtpSettings("localhost", to.port, "ssl", _SENDER, _PASSWORD, to.trusting)
        with ParallelTransport([SmtpTransport(account) for _ in range(connections)]) as transport:
            done = deliver(sessions, transport, place.clock, account="benchmark", sender=lambda _: _SENDER)
        if done.sent != len(letters):
            raise RuntimeError(f"not everything left: {done}")

    yield drain


@contextmanager
def _smtplib(letters: Sequence[Posted], to: Sink, connections: int) -> Iterator[Callable[[], object]]:
    def send() -> None:
        waiting: SimpleQueue[Posted] = SimpleQueue()
        for letter in letters:
            waiting.put(letter)
        threads = [Thread(target=_send, args=(waiting, to)) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    yield send


def _send(waiting: SimpleQueue[Posted], to: Sink) -> None:
    with smtplib.SMTP_SSL("localhost", to.port, context=to.trusting) as smtp:
        assert smtp.sock is not None  # noqa: S101 - it is connected
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.login(_SENDER, _PASSWORD)
        while True:
            try:
                letter = waiting.get_nowait()
            except Empty:
                return
            smtp.sendmail(_SENDER, [letter.address], letter.content)


@contextmanager
def _yagmail(letters: Sequence[Posted], to: Sink) -> Iterator[Callable[[], object]]:
    """As its front page shows it, a client for each letter; it makes its own message of the same words."""
    parsed = [message_from_bytes(letter.content, policy=policy.default) for letter in letters]
    words = [(str(one["Subject"]), [_body(one, "plain"), _body(one, "html")]) for one in parsed]

    def send() -> None:
        for letter, (subject, contents) in zip(letters, words, strict=True):
            with yagmail.SMTP(_SENDER, _PASSWORD, host="localhost", port=to.port) as client:
                client.send(letter.address, subject, contents)

    yield send


def _body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body((kind,))
    text: str = part.get_content() if part is not None else ""
    return text
