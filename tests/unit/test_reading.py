"""What a message says besides its words: who, to whom, in which thread, checked by whom, and whether by a machine."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from dondoc.mail.attachments import Refusal
from dondoc.mail.reading import Authentication, Automatic, Incoming, read

OWN = {"cum-truong@doan.example.org"}
OFFICER = b"From: =?utf-8?q?=C4=90o=C3=A0n_S=E1=BB=9F_Y_t=E1=BA=BF?= <Doan@SoYTe.example.org>\r\n"


def incoming(headers: bytes, body: bytes = b"ok", authserv_id: str | None = None) -> Incoming:
    result = read(headers + b"\r\n" + body, own=OWN, authserv_id=authserv_id)
    assert isinstance(result, Incoming), result
    return result


def test_sender_recipients_and_thread() -> None:
    message = incoming(
        OFFICER
        + b"To: Cum <TraLoi+12.k3v9x2ab@doan.example.org>, b@example.org\r\nCc: c@example.org\r\n"
        + b"Delivered-To: traloi+12.k3v9x2ab@doan.example.org\r\nMessage-ID: <r1@soyte.example.org>\r\n"
        + b"In-Reply-To: <two@doan.example.org>\r\nReferences: <one@doan.example.org>\r\n <two@doan.example.org>\r\n"
        + b"Date: Tue, 02 Jan 2024 02:10:00 +0000\r\nSubject: =?utf-8?b?UmU6IMSQw7RuIMSR4buRYw==?=\r\n"
    )

    assert message.sender == "doan@soyte.example.org"
    assert message.recipients == ("traloi+12.k3v9x2ab@doan.example.org", "b@example.org", "c@example.org")
    assert message.thread == ("<two@doan.example.org>", "<one@doan.example.org>")
    assert message.message_id == "<r1@soyte.example.org>"
    assert message.subject == "Re: Đôn đốc"
    assert message.date is not None
    assert message.date.isoformat() == "2024-01-02T09:10:00+07:00"
    assert message.automatic is None


def test_files_are_handed_on_and_a_signature_picture_is_not_text() -> None:
    mail = EmailMessage()
    mail["From"] = "doan@soyte.example.org"
    mail.set_content("Nhất trí")
    mail.add_attachment(b"%PDF-1.4", "application", "pdf", filename="công văn.pdf")
    mail.add_attachment("không đồng ý", filename="notes.txt")
    mail.add_attachment(b"x" * (10 * 1024 * 1024 + 1), "application", "pdf", filename="scan.pdf")

    message = read(mail.as_bytes())

    assert isinstance(message, Incoming)
    assert message.text == "Nhất trí"
    assert [(file.name, file.refused) for file in message.attachments] == [
        ("công văn.pdf", None),
        ("notes.txt", None),
        ("scan.pdf", Refusal.TOO_LARGE),
    ]
    assert message.attachments[0].content == b"%PDF-1.4"


def test_a_message_inside_the_message_is_a_file_and_no_text() -> None:
    inner = EmailMessage()
    inner.set_content("Không đồng ý")
    mail = EmailMessage()
    mail.set_content("Xem thư kèm theo")
    mail.add_attachment(inner)

    message = read(mail.as_bytes())

    assert isinstance(message, Incoming)
    assert message.text == "Xem thư kèm theo"
    assert message.attachments[0].refused is Refusal.MESSAGE


MX = "mx.doan.example.org"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(f"{MX}; dmarc=pass header.from=soyte.example.org", Authentication.PASS, id="DMARC passed"),
        pytest.param(f"{MX}; spf=pass smtp.mailfrom=x.example; dmarc=fail", Authentication.FAIL, id="DMARC decides"),
        pytest.param(f"{MX}; dkim=pass header.d=soyte.example.org", Authentication.PASS, id="its own DKIM"),
        pytest.param(f"{MX}; dkim=pass header.d=evil.example; spf=fail", Authentication.FAIL, id="a stranger's DKIM"),
        pytest.param(f"{MX}; spf=pass smtp.mailfrom=doan@soyte.example.org", Authentication.PASS, id="its own SPF"),
        pytest.param(f"{MX}; spf=softfail smtp.mailfrom=soyte.example.org", Authentication.FAIL, id="SPF failed"),
        pytest.param(f"{MX} 1; none", Authentication.NONE, id="not checked"),
        pytest.param(f'{MX}; spf=neutral (dmarc=pass) reason="; dmarc=pass"', Authentication.NONE, id="in a comment"),
        pytest.param("mx.evil.example; dmarc=pass", Authentication.NONE, id="another server's word"),
        pytest.param(f"{MX}.evil.example; dmarc=pass", Authentication.NONE, id="a similar server's word"),
    ],
)
def test_only_the_own_servers_word_counts(said: str, expected: Authentication) -> None:
    header = f"Authentication-Results: {said}\r\n".encode()

    assert incoming(header + OFFICER, authserv_id=MX).authentication is expected
    assert incoming(header + OFFICER).authentication is Authentication.NONE


def test_of_two_results_of_the_own_server_the_topmost_counts() -> None:
    headers = f"Authentication-Results: {MX}; dmarc=fail\r\nAuthentication-Results: {MX}; dmarc=pass\r\n".encode()

    assert incoming(headers + OFFICER, authserv_id=MX).authentication is Authentication.FAIL


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Subject: Re: x", None),
        ("Auto-Submitted: no", None),
        ("X-Auto-Response-Suppress: All", None),
        ("Auto-Submitted: auto-replied (vacation)", Automatic.OUT_OF_OFFICE),
        ("Precedence: auto_reply", Automatic.OUT_OF_OFFICE),
        ("X-Autoreply: yes", Automatic.OUT_OF_OFFICE),
        ("Subject: Automatic reply: Re: x", Automatic.OUT_OF_OFFICE),
        ("Subject: =?utf-8?q?Tr=E1=BA=A3_l=E1=BB=9Di_t=E1=BB=B1_=C4=91=E1=BB=99ng:_x?=", Automatic.OUT_OF_OFFICE),
        ("Subject: =?utf-8?b?VuG6r25nIG3hurd0OiB4?=", Automatic.OUT_OF_OFFICE),
        ("Subject: Out of Office Re: x", Automatic.OUT_OF_OFFICE),
        ("List-Id: <x.example.org>", Automatic.LIST),
        ("Precedence: bulk", Automatic.LIST),
        ("Auto-Submitted: auto-generated", Automatic.OTHER),
        ("Return-Path: <>", Automatic.OTHER),
        ('Content-Type: text/calendar; method="REPLY"', Automatic.CALENDAR),
        ("Content-Type: text/calendar; method=REQUEST", None),
        ("Message-ID: <aaaaaaaabbbbbbbbccccccc2@doan.example.org>", Automatic.OWN),
        ("Message-ID: <aaaaaaaabbbbbbbbccccccc2@example.com>", None),
    ],
)
def test_automatic_mail_is_told_from_an_officers(headers: str, expected: Automatic | None) -> None:
    assert incoming(f"{headers}\r\n".encode() + OFFICER).automatic is expected


def test_our_own_letter_that_comes_back_is_known_by_its_sender() -> None:
    headers = b"From: Cum <cum-truong@doan.example.org>\r\nAuto-Submitted: auto-generated\r\n"

    assert incoming(headers).automatic is Automatic.OWN


def test_nobody_answers_who_asked_for_no_automatic_answer() -> None:
    assert incoming(OFFICER).auto_response_wanted
    assert not incoming(OFFICER + b"X-Auto-Response-Suppress: All\r\n").auto_response_wanted
    assert not incoming(OFFICER + b"Precedence: bulk\r\n").auto_response_wanted
