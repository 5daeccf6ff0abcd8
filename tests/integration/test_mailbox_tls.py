"""The mailbox for answers over TLS, against a real server with a certificate of its own."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dondoc.errors import Unreachable
from dondoc.mail.imap import ImapMailbox, ImapSettings
from tests.integration.certificates import certified
from tests.integration.imap_server import DOVECOT, Dovecot, dovecot

pytestmark = pytest.mark.skipif(DOVECOT is None, reason="needs dovecot")

MESSAGE = b"From: so-y-te@example.org\r\nSubject: tra loi\r\n\r\nNhat tri\r\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dovecot, ssl.SSLContext]]:
    folder = tmp_path_factory.mktemp("tls")
    _, trusting = certified("localhost", folder)
    with home() as short, dovecot(short, folder / "tls.pem") as server:
        server.deliver(MESSAGE)
        yield server, trusting


@contextmanager
def home() -> Iterator[Path]:
    """Not pytest's own folder: the path of a Unix socket must stay short, and others than root go in."""
    with tempfile.TemporaryDirectory(prefix="dc") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def account(server: Dovecot, security: str, trusting: ssl.SSLContext | None, host: str = "localhost") -> ImapSettings:
    port = server.tls_port if security == "ssl" else server.port
    return replace(server.settings(port=port), host=host, security=security, tls=trusting)  # type: ignore[arg-type]


@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_mail_is_read_when_the_certificate_is_trusted(served: tuple[Dovecot, ssl.SSLContext], security: str) -> None:
    server, trusting = served
    (found,) = ImapMailbox(account(server, security, trusting)).fetch(None, 10)
    assert found.content == MESSAGE


@pytest.mark.parametrize("security", ["ssl", "starttls"])
@pytest.mark.parametrize("fault", ["unknown issuer", "other name"])
def test_an_untrusted_server_learns_no_password(
    served: tuple[Dovecot, ssl.SSLContext], security: str, fault: str
) -> None:
    server, trusting = served
    known = trusting if fault == "other name" else None
    host = "127.0.0.1" if fault == "other name" else "localhost"
    logged_in = server.log.read_text("utf-8").count("Login: user=")

    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        list(ImapMailbox(account(server, security, known, host)).fetch(None, 10))

    assert server.log.read_text("utf-8").count("Login: user=") == logged_in


def test_a_server_without_starttls_learns_no_password() -> None:
    with home() as short, dovecot(short) as server:
        with pytest.raises(Unreachable, match="STARTTLS"):
            list(ImapMailbox(account(server, "starttls", None)).fetch(None, 10))
        assert "Login: user=" not in server.log.read_text("utf-8")
