"""Letters out over SMTP: yagmail's login, and its live connection used command by command (RFC 5321).

Going step by step tells exactly how far a letter came. Before its final dot the server cannot have it, so
trying again is safe; after the dot, without an answer, nobody knows. yagmail's own `send` would try again there.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import yagmail

from dondoc.errors import Unreadable
from dondoc.mail.smtp_replies import refusal, verdict, words
from dondoc.mail.transport import ClosedAtExit, Deferred, Envelope, Outcome, Rejected, Uncertain


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The account through which letters leave. Without a user nobody logs in."""

    host: str
    port: int
    security: Literal["ssl", "starttls", "none"] = "ssl"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """Trusts other certificates than the system does; None: the system's."""
    connect_timeout: float = 30
    """Seconds for each step up to the login."""
    command_timeout: float = 120
    """Seconds for each command before the letter."""
    answer_timeout: float = 600
    """Seconds for the letter and the answer to its final dot, as RFC 5321, 4.5.3.2.6 asks."""
    idle_limit: float = 60
    """Seconds after which a kept connection is not trusted any more."""

    def __post_init__(self) -> None:
        if (self.user is None) != (self.password is None):
            raise Unreadable(f"mail server {self.host}: give a user and a password, or neither")
        if not f"{self.user}{self.password}".isascii():
            raise Unreadable(f"mail server {self.host}: user and password must be ASCII")
        if self.password is not None and self.security == "none" and not _is_loopback(self.host):
            raise Unreadable(f"mail server {self.host}: a password needs 'ssl' or 'starttls'")


class _NoAnswer(Exception):
    """The connection ended before the letter was handed over."""


class SmtpTransport(ClosedAtExit):
    """One connection, kept within a batch and between batches. Not for several threads at once."""

    def __init__(self, settings: SmtpSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._smtp: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        """Send one after the other. What stops the channel stops the rest of the batch, untried."""
        stopped: Deferred | None = None
        self._drop_if_stale()
        lost = 0
        for envelope in envelopes:
            outcome = stopped or self._send(envelope)
            lost = lost + 1 if self._smtp is None else 0
            if isinstance(outcome, Deferred) and outcome.channel:
                stopped = outcome
            elif lost == 2:
                stopped = Deferred(None, "the mail server dropped the connection twice in succession", channel=True)
            yield envelope, outcome

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            if smtp.sock is not None:
                smtp.sock.settimeout(5)  # a farewell is not worth waiting for
            smtp.quit()
        smtp.close()

    def _send(self, envelope: Envelope) -> Outcome:
        """Send one letter; a connection that proves dead before the letter is replaced once."""
        was_kept = self._smtp is not None
        try:
            try:
                return self._hand_over(envelope)
            except _NoAnswer:
                if not was_kept:
                    raise
            return self._hand_over(envelope)
        except _NoAnswer as lost:
            return Deferred(None, str(lost))

    def _hand_over(self, envelope: Envelope) -> Outcome:
        smtp, self._smtp = self._smtp or self._connect(), None  # it is kept again once it is in a known state
        if isinstance(smtp, Deferred):
            return smtp
        try:
            refused = _introduce(smtp, envelope)
            if refused is None:
                _settimeout(smtp, self._settings.answer_timeout)
                smtp.send(_dotted(envelope.content))
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            raise _NoAnswer(f"the connection was lost before the letter was handed over: {error}") from None
        try:
            outcome = refused or verdict(*smtp.getreply())
            if refused is not None:
                smtp.rset()
            _settimeout(smtp, self._settings.command_timeout)
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            return refused or Uncertain(f"no answer after the final dot: {error}")
        self._smtp, self._used_at = smtp, self._monotonic()
        if isinstance(outcome, Deferred) and outcome.channel:
            self.close()
        return outcome

    def _connect(self) -> smtplib.SMTP | Deferred:
        """Connect and log in; whatever goes wrong here concerns every letter alike."""
        client = _client(self._settings)
        try:
            client.login()
            smtp: smtplib.SMTP = client.smtp
            smtp.ehlo_or_helo_if_needed()
            _settimeout(smtp, self._settings.command_timeout)
            if smtp.sock is not None:  # the end of a letter must not wait for the server to confirm its beginning
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (smtplib.SMTPException, OSError) as error:
            if client.smtp is not None:
                client.smtp.close()
            code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
            return Deferred(code, _why(error, self._settings), channel=True)
        finally:
            client.is_closed = True  # the connection is ours now: yagmail's destructor would talk to the server
        return smtp

    def _drop_if_stale(self) -> None:
        """Let go of a connection that may have died since the last batch."""
        smtp = self._smtp
        if smtp is None:
            return
        if self._monotonic() - self._used_at > self._settings.idle_limit:
            self.close()
            return
        try:
            _settimeout(smtp, self._settings.connect_timeout)
            alive = smtp.noop()[0] == 250
            _settimeout(smtp, self._settings.command_timeout)
        except (smtplib.SMTPException, OSError):
            alive = False
        if not alive:
            smtp.close()
            self._smtp = None


@lru_cache
def _system_tls() -> ssl.SSLContext:
    """Trusts what the system trusts; read once, because that takes longer than sending a letter."""
    return ssl.create_default_context()


def _client(settings: SmtpSettings) -> yagmail.Client:
    """yagmail's client with TLS verified, timeouts set, and no question ever asked on the terminal."""
    kind: dict[str, Any]
    match settings.security:
        case "ssl":
            kind = {"smtp_ssl": True, "context": settings.tls or _system_tls()}
        case "starttls":
            kind = {"smtp_ssl": False, "smtp_starttls": {"context": settings.tls or _system_tls()}}
        case "none":
            kind = {"smtp_ssl": False, "smtp_starttls": False}
    client = yagmail.Client(
        settings.user or "nobody@localhost",
        settings.password,
        host=settings.host,
        port=settings.port,
        smtp_skip_login=settings.password is None,
        soft_email_validation=False,
        timeout=settings.connect_timeout,
        **kind,
    )
    if settings.user is not None:
        client.user = settings.user  # yagmail makes "name" into "name@gmail.com"
    return client


def _introduce(smtp: smtplib.SMTP, envelope: Envelope) -> Outcome | None:
    """MAIL, RCPT and DATA, together where the server takes them so (RFC 2920), which saves two ways there and back.

    What the server refused, or None when it waits for the letter.
    """
    if not _WRITABLE.fullmatch(envelope.recipient):
        return Rejected(553, "5.1.3 the address has no form that SMTP knows", bad_address=True)
    size = f" SIZE={len(envelope.content)}" if smtp.has_extn("size") else ""
    body = " BODY=8BITMIME" if smtp.has_extn("8bitmime") and not envelope.content.isascii() else ""
    steps = (
        (f"MAIL FROM:<{envelope.sender}>{size}{body}\r\n", {250}),
        (f"RCPT TO:<{envelope.recipient}>\r\n", {250, 251}),
        ("DATA\r\n", {354}),
    )
    at_once = smtp.has_extn("pipelining")
    if at_once:
        smtp.send("".join(command for command, _ in steps))
    for number, (command, wanted) in enumerate(steps):
        if not at_once:
            smtp.send(command)
        code, answer = smtp.getreply()
        if code not in wanted:
            refused = refusal(code, answer, about_recipient=number > 0)
            if at_once:
                _pass_over(smtp, len(steps) - number - 1)
            return refused
    return None


def _pass_over(smtp: smtplib.SMTP, replies: int) -> None:
    """Hear what the server says to the commands that were sent behind the one that it refused."""
    with suppress(smtplib.SMTPException, OSError):  # it may have hung up; what it refused is known all the same
        for _ in range(replies):
            code, _ = smtp.getreply()
            if code == 354:  # some wait for a letter that nobody is to get: an empty one ends that (RFC 2920, 3.1)
                smtp.send(".\r\n")
                smtp.getreply()


_WRITABLE = re.compile(r"[!-~]+@[!-~]+")


def _why(error: smtplib.SMTPException | OSError, settings: SmtpSettings) -> str:
    """What went wrong, without the password in any of the forms in which it travelled."""
    said = words(error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else str(error)
    if settings.password:
        travelled = (f"\0{settings.user}\0{settings.password}", settings.password)
        for form in (*(b64encode(each.encode()).decode() for each in travelled), *travelled):
            said = said.replace(form, "•••")
    return f"{settings.host}:{settings.port}: {said}"


def _dotted(content: bytes) -> bytes:
    """The letter as it travels: a dot doubled at the start of a line, and the final dot (RFC 5321, 4.5.2)."""
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    if body.startswith(b".") or b"\n." in body:  # most letters have none, and looking is cheaper than replacing
        body = re.sub(rb"(?m)^\.", b"..", body)
    return body + b".\r\n"


def _settimeout(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
