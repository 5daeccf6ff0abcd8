# ruff: noqa: N802 - aiosmtpd names its hooks after SMTP commands
"""Letters over real connections to real servers, each of which behaves badly in one way."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from dondoc.domain.ids import LetterKey
from dondoc.errors import Unreadable
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.smtp import SmtpSettings, SmtpTransport
from dondoc.mail.transport import Accepted, Deferred, Envelope, Outcome, Rejected, Uncertain
from tests.integration.certificates import certified
from tests.integration.smtp_server import Server, listening

PASSWORD = "correct-horse"


def letter(number: int = 1, content: bytes = b"Subject: one\r\n\r\nbody\r\n") -> Envelope:
    address = f"unit-{number}@donvi.example.org"
    return Envelope(LetterKey(f"k/{number}"), f"<{number}@example.org>", "back@example.org", address, content)


LETTERS = [letter(number) for number in (1, 2, 3)]


class CutBeforeTheDot(SMTP):
    """Asks for the letter and hangs up while it comes."""

    async def smtp_DATA(self, arg: str) -> None:
        await self.push("354 go on")
        self.transport.abort()  # type: ignore[union-attr]


class CutAfterTaking(SMTP):
    """Hangs up after every letter that it took."""

    async def smtp_DATA(self, arg: str) -> None:
        await super().smtp_DATA(arg)
        self.transport.abort()  # type: ignore[union-attr]


class DataWithoutRecipients(SMTP):
    """Asks for the letter although it refused everybody to whom it goes, as RFC 2920 lets a server do."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.envelope is not None and self.envelope.rcpt_tos:
            await super().smtp_DATA(arg)
            return
        await self.push("354 go on")
        assert self._reader is not None
        assert await self._reader.readline() == b".\r\n", "a letter that nobody is to get was sent"
        await self.push("554 5.5.1 no valid recipients")


class BadGreeting(SMTP):
    async def push(self, status: Any) -> None:
        await super().push("421 4.3.2 too many connections" if str(status).startswith("220") else status)


def outcomes(settings: SmtpSettings, letters: list[Envelope] | None = None) -> list[Outcome]:
    with SmtpTransport(settings) as transport:
        return [outcome for _, outcome in transport.send(LETTERS if letters is None else letters)]


@pytest.fixture(params=[False, True], ids=["step by step", "pipelined"])
def pipelining(request: pytest.FixtureRequest) -> bool:
    """Whether the server takes several commands at once."""
    takes: bool = request.param
    return takes


def says(step: str, answer: str | None, only: str = "", *, pipelining: bool = False) -> Server:
    def reply(_server: Server, at: str, address: str) -> str | None:
        return answer if at == step and only in address else "250 OK"

    return Server(answer=reply, pipelining=pipelining)


def test_letters_share_a_connection_and_arrive_as_they_are(pipelining: bool) -> None:
    server = Server(pipelining=pipelining)
    content = b"Subject: dots\r\n\r\n.\r\n..two\r\nend"

    with listening(server) as settings, SmtpTransport(settings) as transport:
        first = list(transport.send([letter(1, content), letter(2)]))
        second = list(transport.send([letter(3)]))

    assert all(isinstance(outcome, Accepted) for _, outcome in first + second)
    assert server.taken[0] == ("unit-1@donvi.example.org", content + b"\r\n")
    assert len(server.taken) == 3
    assert server.connections == 1
    assert server.commands.count("NOOP") == 1


def test_an_outcome_is_told_before_the_next_letter_is_begun() -> None:
    server = Server()

    with listening(server) as settings, SmtpTransport(settings) as transport:
        sending = transport.send(LETTERS)
        next(sending)

        assert len(server.taken) == 1


def test_a_refused_recipient_stops_only_its_own_letter(pipelining: bool) -> None:
    server = says("RCPT", "550 5.1.1 user unknown", only="unit-1", pipelining=pipelining)

    with listening(server) as settings:
        refused, *others = outcomes(settings)

    assert refused == Rejected(550, "5.1.1 user unknown", bad_address=True)
    assert all(isinstance(outcome, Accepted) for outcome in others)
    assert server.connections == 1
    assert server.commands[:3] == ["MAIL", "RCPT", "RSET"]


def test_a_server_that_wants_a_letter_for_nobody_gets_an_empty_one() -> None:
    server = says("RCPT", "550 5.1.1 user unknown", only="unit-1", pipelining=True)

    with listening(server, DataWithoutRecipients) as settings:
        refused, *others = outcomes(settings)

    assert refused == Rejected(550, "5.1.1 user unknown", bad_address=True)
    assert all(isinstance(outcome, Accepted) for outcome in others)
    assert [address for address, _ in server.taken] == [each.recipient for each in LETTERS[1:]]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        pytest.param("RCPT", "451 4.7.1 greylisted", Deferred(451, "4.7.1 greylisted"), id="greylisting"),
        pytest.param("MAIL", "452 4.3.1 disk full", Deferred(452, "4.3.1 disk full"), id="no room"),
        pytest.param("DOT", "451 4.3.0 later", Deferred(451, "4.3.0 later"), id="deferred after the letter"),
        pytest.param("RCPT", "550 5.7.1 policy", Rejected(550, "5.7.1 policy", False), id="policy, not the address"),
        pytest.param("RCPT", "550 no such user", Rejected(550, "no such user", True), id="refused in words only"),
        pytest.param("RCPT", "550 5.2.1 disabled", Rejected(550, "5.2.1 disabled", True), id="a disabled mailbox"),
        pytest.param("MAIL", "553 5.1.3 bad sender", Rejected(553, "5.1.3 bad sender", False), id="the sender's fault"),
        pytest.param("DOT", "554 5.7.1 spam", Rejected(554, "5.7.1 spam", False), id="the letter's fault"),
        pytest.param("DOT", "550 5.1.1 nobody", Rejected(550, "5.1.1 nobody", True), id="an address refused late"),
    ],
)
def test_a_refusal_concerns_its_letter(step: str, answer: str, expected: Outcome, pipelining: bool) -> None:
    server = says(step, answer, pipelining=pipelining)

    with listening(server) as settings:
        assert outcomes(settings) == [expected] * 3

    assert server.commands.count(step) == 3


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        pytest.param("RCPT", "550 5.4.5 daily sending quota exceeded", id="Gmail's quota"),
        pytest.param("RCPT", "550 5.1.90 daily limit", id="Exchange's quota"),
        pytest.param("MAIL", "421 4.3.2 closing", id="the server closes"),
        pytest.param("MAIL", "530 5.7.0 authentication required", id="login wanted"),
        pytest.param("DOT", "421 4.4.2 closing", id="the server closes after the letter"),
    ],
)
def test_trouble_with_the_account_stops_the_batch(step: str, answer: str, pipelining: bool) -> None:
    server = says(step, answer, pipelining=pipelining)

    with listening(server) as settings:
        said = outcomes(settings)

    assert said == [Deferred(int(answer[:3]), answer[4:], channel=True)] * 3
    assert server.commands.count(step) == 1


def test_a_greeting_that_refuses_stops_the_batch() -> None:
    with listening(Server(), BadGreeting) as settings:
        first, *rest = outcomes(settings)

    assert isinstance(first, Deferred)
    assert (first.code, first.channel) == (421, True)
    assert rest == [first, first]


def test_an_absent_server_stops_the_batch() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        first, *rest = outcomes(SmtpSettings("127.0.0.1", closed.getsockname()[1], "none"))

    assert isinstance(first, Deferred)
    assert first.channel
    assert rest == [first, first]


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_a_connection_lost_before_the_letter_is_safe_to_repeat(step: str, pipelining: bool) -> None:
    server = says(step, None, only="unit-1" if step == "RCPT" else "", pipelining=pipelining)

    with listening(server) as settings:
        first, *_ = outcomes(settings)

    assert isinstance(first, Deferred)
    assert not first.channel
    assert not any(address == "unit-1@donvi.example.org" for address, _ in server.taken)


def test_a_connection_lost_before_the_dot_is_safe_to_repeat() -> None:
    larger_than_any_buffer = letter(1, (b"x" * 70 + b"\r\n") * 300_000)

    with listening(Server(), CutBeforeTheDot) as settings:
        (outcome,) = outcomes(settings, [larger_than_any_buffer])

    assert isinstance(outcome, Deferred)


def test_a_connection_lost_after_the_dot_leaves_the_letter_uncertain() -> None:
    server = says("DOT", None, only="unit-1")

    with listening(server) as settings:
        first, *others = outcomes(settings)

    assert isinstance(first, Uncertain)
    assert all(isinstance(outcome, Accepted) for outcome in others)
    assert server.commands.count("DOT") == 3, "the uncertain letter was sent again"


def test_no_answer_in_time_leaves_the_letter_uncertain() -> None:
    with listening(Server(delay=0.5)) as settings:
        (outcome,) = outcomes(replace(settings, answer_timeout=0.1), [letter()])

    assert isinstance(outcome, Uncertain)


def test_two_lost_connections_in_succession_stop_the_batch() -> None:
    server = says("DOT", None)

    with listening(server) as settings:
        *tried, untried = outcomes(settings)

    assert all(isinstance(outcome, Uncertain) for outcome in tried)
    assert isinstance(untried, Deferred)
    assert untried.channel
    assert server.connections == 2


def test_a_connection_closed_after_a_letter_costs_no_letter() -> None:
    server = Server()

    with listening(server, CutAfterTaking) as settings:
        said = outcomes(settings)

    assert all(isinstance(outcome, Accepted) for outcome in said)
    assert [address for address, _ in server.taken] == [each.recipient for each in LETTERS]
    assert server.connections == 3


def test_a_connection_idle_for_too_long_is_replaced() -> None:
    server = Server()
    now = [0.0]

    with listening(server) as settings, SmtpTransport(settings, lambda: now[0]) as transport:
        list(transport.send([letter(1)]))
        now[0] += settings.idle_limit + 1
        list(transport.send([letter(2)]))

    assert server.connections == 2
    assert "NOOP" not in server.commands


@pytest.mark.parametrize("address", ["đ@example.org", "a\r\nDATA@example.org", "a b@example.org", ""])
def test_an_address_that_smtp_cannot_carry_is_refused_without_asking(address: str) -> None:
    server = Server()

    with listening(server) as settings:
        first, second = outcomes(settings, [replace(letter(1), recipient=address), letter(2)])

    assert isinstance(first, Rejected)
    assert first.bad_address
    assert isinstance(second, Accepted)


def test_a_letter_larger_than_the_server_takes_is_refused_before_it_travels() -> None:
    server = Server()

    with listening(server, data_size_limit=1000) as settings:
        (outcome,) = outcomes(settings, [letter(1, b"x" * 2000 + b"\r\n")])

    assert isinstance(outcome, Rejected)
    assert server.commands == ["RSET"]


def test_starttls_is_used_when_the_certificate_is_trusted(tmp_path: Path) -> None:
    served, trusting = certified("localhost", tmp_path)
    server = Server()

    with listening(server, tls_context=served, require_starttls=True) as settings:
        said = outcomes(replace(settings, host="localhost", security="starttls", tls=trusting))

    assert all(isinstance(outcome, Accepted) for outcome in said)


def test_tls_from_the_start_is_used_when_the_certificate_is_trusted(tmp_path: Path) -> None:
    served, trusting = certified("localhost", tmp_path)

    with listening(Server(), implicit_tls=served) as settings:
        said = outcomes(replace(settings, host="localhost", security="ssl", tls=trusting))

    assert all(isinstance(outcome, Accepted) for outcome in said)


@pytest.mark.parametrize("kind", ["starttls", "ssl"])
@pytest.mark.parametrize("fault", ["unknown issuer", "other name"])
def test_an_untrusted_certificate_gets_no_letter(kind: Any, fault: str, tmp_path: Path) -> None:
    served, trusting = certified("localhost" if fault == "unknown issuer" else "mail.example.org", tmp_path)
    server = Server()
    options: dict[str, Any] = {"tls_context": served} if kind == "starttls" else {"implicit_tls": served}

    with listening(server, **options) as settings:
        first, *_ = outcomes(
            replace(settings, host="localhost", security=kind, tls=trusting if fault == "other name" else None)
        )

    assert isinstance(first, Deferred)
    assert first.channel
    assert "CERTIFICATE_VERIFY_FAILED" in first.reason
    assert server.taken == []


def test_a_server_without_starttls_gets_no_letter() -> None:
    server = Server()

    with listening(server) as settings:
        first, *_ = outcomes(replace(settings, security="starttls"))

    assert isinstance(first, Deferred)
    assert first.channel
    assert server.commands == []


def logging_in(accepted: bool, answer: str | None = None) -> dict[str, Any]:
    def authenticate(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
        accepts = accepted and (data.login, data.password) == (b"office", PASSWORD.encode())
        return AuthResult(success=accepts, handled=False, message=None if accepts else answer)

    return {"authenticator": authenticate, "auth_require_tls": False}


def test_a_login_opens_the_way() -> None:
    with listening(Server(), **logging_in(True)) as settings:
        said = outcomes(replace(settings, user="office", password=PASSWORD))

    assert all(isinstance(outcome, Accepted) for outcome in said)


def test_a_refused_login_stops_the_batch_and_shows_no_password(capfd: pytest.CaptureFixture[str]) -> None:
    # Some servers repeat what they did not understand: that must not reach a note that people read.
    travelled = b64encode(f"\0office\0{PASSWORD}".encode()).decode()
    echo = f"535 5.7.8 cannot verify {travelled} {PASSWORD} {b64encode(PASSWORD.encode()).decode()}"

    with listening(Server(), **logging_in(False, echo)) as settings:
        account = replace(settings, user="office", password=PASSWORD)
        first, *rest = outcomes(account)

    assert isinstance(first, Deferred)
    assert (first.code, first.channel) == (535, True)
    assert rest == [first, first]
    printed = capfd.readouterr()
    for place in (first.reason, repr(account), printed.out, printed.err):
        assert PASSWORD not in place
        assert travelled not in place
        assert b64encode(PASSWORD.encode()).decode() not in place


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"user": "office", "password": PASSWORD, "security": "none"}, id="a password in the clear"),
        pytest.param({"user": "office"}, id="a user without a password"),
        pytest.param({"user": "office", "password": "mật-khẩu"}, id="a password that SMTP cannot carry"),
    ],
)
def test_unsafe_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as refused:
        SmtpSettings("mail.example.org", 587, **wrong)

    assert str(wrong.get("password")) not in str(refused.value)


def test_several_connections_share_a_batch() -> None:
    server = Server(delay=0.05)
    letters = [letter(number) for number in range(1, 13)]

    with listening(server) as settings, ParallelTransport([SmtpTransport(settings) for _ in range(4)]) as transport:
        said = list(transport.send(letters))

    assert {envelope for envelope, outcome in said if isinstance(outcome, Accepted)} == set(letters)
    assert sorted(address for address, _ in server.taken) == sorted(each.recipient for each in letters)
    assert server.connections == 4


def test_a_server_that_allows_fewer_connections_gets_the_letters_over_those() -> None:
    server = Server(delay=0.02)
    letters = [letter(number) for number in range(1, 13)]

    with (
        listening(server) as settings,
        listening(Server(), BadGreeting) as full,
        ParallelTransport([SmtpTransport(full), SmtpTransport(settings), SmtpTransport(full)]) as transport,
    ):
        said = list(transport.send(letters))

    assert len(said) == len(letters)
    assert all(isinstance(outcome, Accepted) for _, outcome in said)
    assert sorted(address for address, _ in server.taken) == sorted(each.recipient for each in letters)


def test_a_server_that_refuses_every_connection_stops_the_batch() -> None:
    letters = [letter(number) for number in range(1, 13)]

    with (
        listening(Server(), BadGreeting) as full,
        ParallelTransport([SmtpTransport(full), SmtpTransport(full)]) as transport,
    ):
        said = list(transport.send(letters))

    assert sorted(envelope.key for envelope, _ in said) == sorted(each.key for each in letters)
    assert all(isinstance(outcome, Deferred) and outcome.channel for _, outcome in said)


def test_no_connection_takes_a_letter_before_it_is_free_for_it() -> None:
    """Whoever dies leaves no more letters undecided than there are connections."""
    server = Server(delay=0.02)
    taken_from_us: list[Envelope] = []

    def one_by_one() -> Iterator[Envelope]:
        for number in range(1, 31):
            taken_from_us.append(letter(number))
            yield taken_from_us[-1]

    with listening(server) as settings, ParallelTransport([SmtpTransport(settings) for _ in range(3)]) as transport:
        known = 0
        for group in transport.send_together(one_by_one()):
            known += len(group)
            assert len(taken_from_us) - known <= 3

    assert known == 30


def test_a_caller_who_stops_leaves_the_rest_unsent() -> None:
    server = Server()
    letters = [letter(number) for number in range(1, 101)]

    with listening(server) as settings, ParallelTransport([SmtpTransport(settings) for _ in range(2)]) as transport:
        sending = transport.send(letters)
        next(sending)
        sending.close()  # type: ignore[attr-defined]

    assert len(server.taken) < 20
