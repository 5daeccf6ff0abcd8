"""The local mail server over real connections."""

from __future__ import annotations

import mailbox
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dondoc.mail.inboxes import folder_of
from dondoc.mail.local_server import LARGEST, MOST_RECIPIENTS
from tests.integration.mail_server import local_mail

DOMAINS = ("doan.example.org", "donvi.example.org")
LETTER = "Subject: Đề nghị\r\n\r\nKính gửi.\r\n".encode()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def port(root: Path) -> Iterator[int]:
    with local_mail(root, DOMAINS) as port:
        yield port


@pytest.fixture
def smtp(port: int) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as connection:
        yield connection


def kept(root: Path, address: str) -> list[bytes]:
    inbox = mailbox.Maildir(root / address, create=False)
    return [inbox.get_bytes(key) for key in inbox.keys()]  # noqa: SIM118 - a mailbox iterates over messages, not keys


def test_a_letter_is_kept_in_the_inbox_of_each_recipient(smtp: smtplib.SMTP, root: Path) -> None:
    smtp.sendmail("back@doan.example.org", ["TraLoi+12.k3v9x2ab@doan.example.org", "so-y-te@donvi.example.org"], LETTER)

    assert sorted(each.name for each in root.iterdir()) == ["so-y-te@donvi.example.org", "traloi@doan.example.org"]
    assert kept(root, "traloi@doan.example.org") == [
        b"Return-Path: <back@doan.example.org>\r\nDelivered-To: TraLoi+12.k3v9x2ab@doan.example.org\r\n" + LETTER
    ]


def test_a_bounce_keeps_its_empty_sender(smtp: smtplib.SMTP, root: Path) -> None:
    smtp.sendmail("", ["traloi@doan.example.org"], LETTER)

    assert kept(root, "traloi@doan.example.org")[0].startswith(b"Return-Path: <>\r\n")


@pytest.mark.parametrize(
    ("address", "code", "enhanced"),
    [
        pytest.param("someone@example.net", 550, b"5.7.1", id="a foreign domain"),
        pytest.param("someone@sub.doan.example.org", 550, b"5.7.1", id="a subdomain"),
        pytest.param(f"{'a' * 65}@doan.example.org", 553, b"5.1.3", id="a name too long"),
    ],
)
def test_a_recipient_that_is_not_ours_is_refused(
    smtp: smtplib.SMTP, root: Path, address: str, code: int, enhanced: bytes
) -> None:
    smtp.ehlo()
    smtp.mail("back@doan.example.org")

    said = smtp.rcpt(address)

    assert (said[0], said[1][:5]) == (code, enhanced)
    assert not root.exists()


def test_recipients_are_limited(smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    smtp.mail("back@doan.example.org")
    for number in range(MOST_RECIPIENTS):
        assert smtp.rcpt(f"u{number}@donvi.example.org")[0] == 250

    assert smtp.rcpt("one-more@donvi.example.org")[0] == 452


def test_a_letter_too_large_is_refused(smtp: smtplib.SMTP, root: Path) -> None:
    smtp.ehlo()

    assert smtp.mail("back@doan.example.org", [f"SIZE={LARGEST + 1}"])[0] == 552
    assert not root.exists()


@pytest.mark.parametrize(
    "address",
    [
        "../../etc/passwd@doan.example.org",
        "/etc/passwd@doan.example.org",
        "..@doan.example.org",
        "a/b@doan.example.org",
        "a\0b@doan.example.org",
        "a%2f@doan.example.org",
        "+@doan.example.org",
    ],
)
def test_an_inbox_never_leaves_its_folder(address: str, tmp_path: Path) -> None:
    name = folder_of(address)

    assert (tmp_path / name).parent == tmp_path
    assert "\0" not in name
    assert name not in (".", "..", "")


def test_different_addresses_have_different_inboxes() -> None:
    addresses = ["a/b@x", "a%2fb@x", "a.b@x", "a b@x", "ab@x"]

    assert len({folder_of(address) for address in addresses}) == len(addresses)


def test_a_disk_that_fails_is_told_before_the_letter_counts_as_kept(smtp: smtplib.SMTP, root: Path) -> None:
    root.write_text("a file where the folder should be")

    with pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("back@doan.example.org", ["so-y-te@donvi.example.org"], LETTER)

    assert refused.value.smtp_code == 452


def test_the_server_ends_when_told(root: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from dondoc.mail.local_server import run;"
        "run('127.0.0.1', 0, Path(sys.argv[1]), ['doan.example.org'], lambda port: print(port, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, root], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as idle:
            idle.sendmail("back@doan.example.org", ["a@doan.example.org"], LETTER)
            os.kill(server.pid, signal.SIGTERM)
            _, said = server.communicate(timeout=5)

    assert (server.returncode, said) == (0, b"")
    assert len(kept(root, "a@doan.example.org")) == 1
