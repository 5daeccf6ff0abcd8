"""Reports of letters that did not arrive, as mail servers write them."""

from __future__ import annotations

import pytest

from dondoc.mail.bounces import Bounce, FailedAddress, Failure
from dondoc.mail.reading import Automatic, Incoming, read

OURS = "<aaaaaaaabbbbbbbbccccccc2@doan.example.org>"


def report(
    action: str = "failed", status: str = "5.1.1", diagnostic: str = "smtp; 550 5.1.1 user unknown", original: str = ""
) -> bytes:
    """A report in the standard form (RFC 3464), with the letter's headers."""
    original = original or f"Message-ID: {OURS}\r\nSubject: x\r\n"
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.org>\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
        "Message-ID: <report@mx.example.org>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; Doan@soyte.example.org\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {diagnostic}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--\r\n"
    ).encode()


def bounce_in(content: bytes) -> Bounce:
    message = read(content)
    assert isinstance(message, Incoming)
    assert message.automatic is Automatic.REPORT
    assert message.bounce is not None
    return message.bounce


def test_a_standard_report_names_address_reason_and_letter() -> None:
    assert bounce_in(report()) == Bounce(
        (FailedAddress("doan@soyte.example.org", Failure.PERMANENT, "5.1.1", "550 5.1.1 user unknown"),), OURS
    )


@pytest.mark.parametrize(
    ("content", "failure", "status"),
    [
        pytest.param(report("delayed", "4.4.1", "smtp; timed out"), Failure.DELAYED, "4.4.1", id="still trying"),
        pytest.param(report(status="4.4.7", diagnostic="smtp; expired"), Failure.TEMPORARY, "4.4.7", id="gave up"),
        pytest.param(report(status="5.2.2", diagnostic="smtp; 552 full"), Failure.TEMPORARY, "5.2.2", id="full"),
        pytest.param(report(status="5.0.0"), Failure.PERMANENT, "5.1.1", id="the code is in the diagnosis"),
    ],
)
def test_permanent_temporary_and_delayed_are_told_apart(content: bytes, failure: Failure, status: str) -> None:
    [failed] = bounce_in(content).failed

    assert (failed.failure, failed.status) == (failure, status)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_names_no_failure(action: str) -> None:
    assert bounce_in(report(action, "2.0.0", "smtp; 250 ok")).failed == ()


def test_a_whole_letter_inside_the_report_names_it_too() -> None:
    content = report().replace(b"text/rfc822-headers", b"message/rfc822")

    assert bounce_in(content).message_id == OURS


QMAIL = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org
Subject: failure notice
Message-ID: <report@mx.example.org>

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<doan@soyte.example.org>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: {OURS}
Subject: x

Nhất trí
"""
EXIM = f"""Return-Path: <>
X-Failed-Recipients: doan@soyte.example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
Subject: Mail delivery failed: returning message to sender
Message-ID: <report@mx.example.org>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  doan@soyte.example.org
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

Message-ID: {OURS}
Subject: x
"""


@pytest.mark.parametrize("content", [pytest.param(QMAIL, id="qmail"), pytest.param(EXIM, id="Exim")])
def test_reports_in_no_standard_form_are_read_too(content: str) -> None:
    bounce = bounce_in(content.encode())

    assert [(each.address, each.failure) for each in bounce.failed] == [("doan@soyte.example.org", Failure.PERMANENT)]
    assert bounce.message_id == OURS


def test_the_reports_own_message_id_is_not_the_letters() -> None:
    assert bounce_in(report(original="Subject: x\r\n")).message_id is None


def test_an_officers_mail_is_no_report() -> None:
    message = read(b"From: doan@soyte.example.org\r\nSubject: Undelivered gifts\r\n\r\nuser unknown: a@example.org")

    assert isinstance(message, Incoming)
    assert (message.automatic, message.bounce) == (None, None)
