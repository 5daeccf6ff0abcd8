"""Officers press Reply: what is clear is recorded, all else is held for the head (scenarios 2 to 4, 15 to 18)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dondoc.domain.states import MessageState, Verdict
from dondoc.errors import Refused, Unreadable
from dondoc.services.held_mail import confirm_sender, count_as, dismiss
from dondoc.services.intake import keep, read_kept
from dondoc.services.rehearse_mail import as_replied
from dondoc.services.script import Reply
from dondoc.store.tables import MessageRow
from tests.integration.office import HEAD, PLAN, Desk, an_office
from tests.integration.statements import counted

pytestmark = pytest.mark.usefixtures("each_database")

Q2 = "visit-2024-q2"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        yield desk


def hear(desk: Desk, content: bytes, source: str = "test/1") -> MessageRow:
    with desk.office.sessions.writing() as session:
        assert keep(session, desk.office, source, content)
    read_kept(desk.office)
    with desk.office.sessions.reading() as session:
        return session.query(MessageRow).filter_by(source=source).one()


def reply(desk: Desk, unit: str, text: str, sender: str | None = None, source: str = "test/1") -> MessageRow:
    """The unit's officer presses Reply under the letter that asked."""
    return hear(desk, replied(desk, unit, text, sender), source)


def replied(desk: Desk, unit: str, text: str, sender: str | None = None) -> bytes:
    request = f"opinion/{Q2}/{unit}"
    given = Reply.model_validate({"unit": unit, "request": request, "text": text, "from": sender})
    with desk.office.sessions.reading() as session:
        return as_replied(desk.office, session, PLAN, request, given)


def answers(desk: Desk) -> dict[str, Verdict]:
    from dondoc.services.overview import detail

    units = detail(desk.office, PLAN, Q2).units
    return {unit.unit: unit.answer.verdict for unit in units if unit.answer}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Nhất trí", Verdict.AGREE),
        ("ok em", Verdict.AGREE),
        ("dong y", Verdict.AGREE),
        ("Kính gửi Cụm trưởng, Đoàn Sở Y tế thống nhất với phương án.", Verdict.AGREE),
        ("Không đồng ý vì ngày 14/06 trùng lịch tập huấn của Sở.", Verdict.OBJECT),
    ],
)
def test_a_clear_reply_is_an_answer_whatever_is_quoted_below_it(desk: Desk, text: str, verdict: Verdict) -> None:
    assert reply(desk, "so-y-te", text).state is MessageState.RECORDED

    assert answers(desk) == {"so-y-te": verdict}
    assert desk.letters("answer_confirmation") == [f"answer_confirmation/{Q2}/so-y-te/1"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Để em hỏi lại Ban Chấp hành ạ", "unclear_reply"),
        ("Đồng ý, nhưng mức đóng góp là 1.000.000 đồng", "conditional_reply"),
        ("Không đồng ý", "unclear_reply"),
    ],
)
def test_what_is_not_clear_is_held_for_the_head_and_its_unit_is_not_reminded(desk: Desk, text: str, kind: str) -> None:
    row = reply(desk, "so-y-te", text)
    desk.at("2024-04-03 08:15").run()

    assert (row.state, row.reason, row.text) == (MessageState.HELD, kind, text)
    assert desk.problems() == {f"{kind}/{Q2}/so-y-te/{row.id}": "open"}
    assert f"consultation_reminder/{Q2}/so-y-te/1" not in desk.letters()
    assert f"consultation_reminder/{Q2}/tnxp/1" in desk.letters()


def test_the_head_says_what_a_held_reply_means(desk: Desk) -> None:
    row = reply(desk, "so-y-te", "Đồng ý, nhưng mức đóng góp là 1.000.000 đồng")
    problem = f"conditional_reply/{Q2}/so-y-te/{row.id}"

    count_as(desk.office, PLAN, problem, Verdict.COMMENT, HEAD)

    assert answers(desk) == {"so-y-te": Verdict.COMMENT}
    assert desk.problems() == {problem: "resolved"}
    with pytest.raises(Refused, match="is recorded already"):
        dismiss(desk.office, PLAN, problem, HEAD)


def test_a_dismissed_reply_leaves_its_unit_owing(desk: Desk) -> None:
    row = reply(desk, "so-y-te", "Để em hỏi lại ạ")
    dismiss(desk.office, PLAN, f"unclear_reply/{Q2}/so-y-te/{row.id}", HEAD)
    desk.at("2024-04-03 08:15").run()

    assert f"consultation_reminder/{Q2}/so-y-te/1" in desk.letters()


def test_another_address_of_the_unit_is_held_until_the_head_confirms_it_once(desk: Desk) -> None:
    row = reply(desk, "so-y-te", "Nhất trí", "vanphong@example.org")
    problem = f"unknown_sender/{Q2}/so-y-te/{row.id}"
    assert answers(desk) == {}

    confirm_sender(desk.office, PLAN, problem, HEAD)
    assert answers(desk) == {"so-y-te": Verdict.AGREE}

    reply(desk, "so-y-te", "Không nhất trí vì trùng lịch", "vanphong@example.org", "test/2")
    assert answers(desk) == {"so-y-te": Verdict.OBJECT}


def test_two_officers_who_disagree_are_shown_to_the_head_and_the_latest_counts(desk: Desk) -> None:
    reply(desk, "so-y-te", "Nhất trí")
    desk.at("2024-04-01 09:00")
    reply(desk, "so-y-te", "Không nhất trí vì trùng lịch", "bi-thu.so-y-te@example.org", "test/2")

    assert answers(desk) == {"so-y-te": Verdict.OBJECT}
    assert f"conflict/{Q2}/so-y-te/2" in desk.problems()


def test_the_same_message_is_heard_once_wherever_it_comes_from(desk: Desk) -> None:
    reply(desk, "so-y-te", "Nhất trí")
    with desk.office.sessions.reading() as session:
        content = session.query(MessageRow).one().content
    with desk.office.sessions.writing() as session:
        assert not keep(session, desk.office, "rebuilt/1", content)


def automatic(desk: Desk, *headers: str, body: str = "Tôi đang đi công tác.") -> bytes:
    asked = desk.letter(f"consultation_request/{Q2}/so-y-te")
    lines = [
        "From: so-y-te@example.org",
        "To: traloi@doan.example.org",
        f"In-Reply-To: {asked.message_id}",
        "Message-ID: <auto.1@example.org>",
        *headers,
    ]
    return "\r\n".join([*lines, "", body, ""]).encode()


def test_an_out_of_office_note_is_no_answer(desk: Desk) -> None:
    subject = "Subject: =?utf-8?q?Tr=E1=BA=A3_l=E1=BB=9Di_t=E1=BB=B1_=C4=91=E1=BB=99ng?="
    note = automatic(desk, subject, "Auto-Submitted: auto-replied")

    row = hear(desk, note)

    assert (row.state, row.reason) == (MessageState.IGNORED, "automatic: out_of_office")
    assert answers(desk) == {}
    assert desk.letters("answer_confirmation") == []


def bounce(desk: Desk, key: str) -> bytes:
    letter = desk.letter(key)
    return f"""From: MAILER-DAEMON@mx.example.org
To: cum-truong@doan.example.org
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {letter.address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {letter.message_id}
Subject: x

--b--
""".encode()


def test_a_bounce_stops_letters_to_that_address_and_is_told(desk: Desk) -> None:
    key = f"consultation_request/{Q2}/so-y-te"

    assert hear(desk, bounce(desk, key)).state is MessageState.RECORDED
    desk.at("2024-04-03 08:15").run()

    assert desk.problems()[f"letter_failed/{key}"] == "open"
    assert "so-y-te@example.org" not in [
        desk.letter(k).address for k in desk.letters() if k.endswith("so-y-te/1") and desk.letter(k).state == "sent"
    ]


def test_a_failed_check_of_the_sender_is_held(tmp_path: Path) -> None:
    from dataclasses import replace

    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        strict = replace(desk, office=replace(desk.office, authserv_id="mx.doan.example.org"))
        content = replied(desk, "so-y-te", "Nhất trí")
        forged = b"Authentication-Results: mx.doan.example.org; dmarc=fail header.from=example.org\r\n" + content

        assert hear(strict, forged).reason == "failed_authentication"
        assert answers(desk) == {}


def test_mail_from_strangers_about_nothing_is_ignored_and_kept(desk: Desk) -> None:
    row = hear(desk, b"From: offers@shop.example.net\r\nSubject: Sale\r\n\r\nBuy now\r\n")

    assert (row.state, row.reason) == (MessageState.IGNORED, "from nobody we know, about nothing we asked")


def test_a_unit_that_owes_one_answer_may_write_a_new_mail(desk: Desk) -> None:
    row = hear(desk, "From: so-y-te@example.org\r\nSubject: Tra loi\r\n\r\nNhất trí\r\n".encode())

    assert row.state is MessageState.RECORDED
    assert answers(desk) == {"so-y-te": Verdict.AGREE}


def test_a_problem_that_is_no_message_is_named(desk: Desk) -> None:
    with pytest.raises(Unreadable, match="silence/x is not about a message that was held"):
        dismiss(desk.office, PLAN, "silence/x", HEAD)


def to_problems(desk: Desk, subject: str, text: str) -> bytes:
    head = f"From: so-y-te@example.org\r\nTo: {desk.office.stationery.replies.for_problems}\r\nSubject: {subject}\r\n"
    return f"{head}\r\n{text}\r\n".encode()


def test_a_unit_writes_to_the_problem_address(desk: Desk) -> None:
    row = hear(desk, to_problems(desk, "Khan: doan kham", "Không có bác sĩ"))

    assert row.state is MessageState.RECORDED
    (key,) = desk.problems()
    assert key.startswith(f"reported/{PLAN}/so-y-te/")
    assert answers(desk) == {}


@pytest.mark.parametrize(
    ("text", "state"),
    [("Đã tiếp nhận.", "acknowledged"), ("Đã giải quyết xong", "resolved"), ("Ai phụ trách?", "open")],
)
def test_the_head_replies_to_the_letter_that_told_of_a_problem(desk: Desk, text: str, state: str) -> None:
    hear(desk, to_problems(desk, "Doan kham", "Không có bác sĩ"))
    desk.run()
    notice = desk.letter(desk.letters("problems_notice")[0])
    head = f"From: {notice.address}\r\nTo: traloi@doan.example.org\r\nSubject: Re\r\nIn-Reply-To: {notice.message_id}"

    hear(desk, f"{head}\r\n\r\n{text}\r\n".encode(), "test/2")

    assert [found for key, found in desk.problems().items() if key.startswith("reported/")] == [state]


def test_a_thread_gets_one_confirmation_an_hour(desk: Desk) -> None:
    for minute, text in enumerate(("Nhất trí", "Không nhất trí vì trùng lịch", "Nhất trí ạ")):
        desk.at(f"2024-04-01 09:0{minute}")
        reply(desk, "so-y-te", text, source=f"test/{minute}")
    assert len(desk.letters("answer_confirmation")) == 1

    desk.at("2024-04-01 10:30")
    reply(desk, "so-y-te", "Đơn vị nhất trí", source="test/9")
    assert len(desk.letters("answer_confirmation")) == 2
    assert answers(desk) == {"so-y-te": Verdict.AGREE}


def test_a_reply_asks_the_record_little(desk: Desk) -> None:
    message = replied(desk, "so-y-te", "Đơn vị thống nhất với đề xuất của Cụm trưởng.")

    with counted(desk) as sent:
        assert hear(desk, message).state is MessageState.RECORDED

    assert len(sent) <= 36  # among them the transactions, the confirmation, and the looks before and after
