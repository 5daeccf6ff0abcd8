"""Secrets that are easy to find again, and mail servers that repeat what they were told."""

from __future__ import annotations

import secrets
import socketserver
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import AuthResult

NAMES = (
    "DATABASE_URL",
    "PREFECT_DATABASE_URL",
    "REDIS_URL",
    "SECRETS",
    "PREFECT_PASSWORD",
    "PROBE_TOKEN",
    "SMTP_PASSWORD",
    "IMAP_PASSWORD",
)


def canaries() -> dict[str, str]:
    """A secret for each setting that holds one, or has one in it."""
    return {name: f"canary{secrets.token_hex(12)}" for name in NAMES}


def sung_in(text: str, birds: Mapping[str, str]) -> set[str]:
    """The settings whose secret stands there, as it is or in a form in which it travels."""
    return {name for name, canary in birds.items() if any(form in text for form in forms(canary))}


def forms(canary: str) -> Iterator[str]:
    """As it is, as PostgreSQL dumps bytes, and in Base64, whatever stands around it there."""
    yield canary
    yield canary.encode().hex()
    for before in range(3):
        encoded = b64encode(b"\0" * before + canary.encode()).decode()
        yield encoded[4 if before else 0 : -4]


def repeats_what_it_heard(_server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any) -> AuthResult:
    """An authenticator for aiosmtpd that refuses everybody, and says whom."""
    plain = b64encode(b"\0" + data.login + b"\0" + data.password).decode()
    said = f"535 5.7.8 cannot verify {data.password.decode()} {plain} {b64encode(data.password).decode()}"
    return AuthResult(success=False, handled=False, message=said)


class _Imap(socketserver.StreamRequestHandler):
    """Lets nobody in, and says whom."""

    def handle(self) -> None:
        self.wfile.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        for line in self.rfile:
            tag, _, command = line.strip().partition(b" ")
            answer = b"NO [AUTHENTICATIONFAILED] cannot verify " + command
            if command.upper().startswith((b"CAPABILITY", b"LOGOUT")):
                answer = b"OK done"
            self.wfile.write(tag + b" " + answer + b"\r\n")


@contextmanager
def suspicious_mailbox() -> Iterator[int]:
    """The port of an IMAP server that lets nobody in."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Imap) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
