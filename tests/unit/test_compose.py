"""A letter's bytes: what goes in comes out of a mail program, and nothing else gets in."""

import email
import email.policy
import re
import unicodedata
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.errors import Unreadable
from dondoc.mail.compose import Attachment, InlineImage, compose, message_id_of

AT = datetime(2024, 3, 4, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TEXT = "Kính gửi: Đoàn Sở Y tế Thành phố.\n\n.Một dòng bắt đầu bằng dấu chấm \nFrom đầu dòng\n"
HTML = "<p>Kính gửi: Đoàn Sở Y tế Thành phố.</p>\n"
CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
DOCUMENT = Attachment("Kế hoạch năm 2024.pdf", b"%PDF-\x00\xff", "application/pdf")
IMAGE = InlineImage("qr@doan.example.org", b"\x89PNG\x00")


def written(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "subject": "Đề nghị cho ý kiến",
        "text": TEXT,
        "html": HTML,
        "message_id": message_id_of("hcsn-2024", "consultation/visit-2024-q1/so-y-te", "doan.example.org"),
        "date": AT,
        "sender": ("Cụm trưởng", "cum-truong@doan.example.org"),
        "to": ("Đoàn Sở Y tế Thành phố", "so-y-te@donvi.example.org"),
    }
    return compose(**(given | changes))


def read(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def shown(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def shape(part: Any) -> Any:
    kind = part.get_content_type()
    return (kind, [shape(each) for each in part.iter_parts()]) if part.is_multipart() else kind


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(subject=words, text=words, html=words)
def test_a_mail_program_reads_what_was_written(subject: str, text: str, html: str) -> None:
    content = written(subject=subject, text=text, html=html)

    message = read(content)
    assert message["Subject"].split() == unicodedata.normalize("NFC", subject).split()
    assert shown(message, "plain") == text.replace("\r\n", "\n").replace("\r", "\n")
    assert shown(message, "html") == html.replace("\r\n", "\n").replace("\r", "\n")
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_the_same_input_gives_the_same_bytes() -> None:
    rich: dict[str, Any] = {"inline_images": [IMAGE], "calendar": CALENDAR, "attachments": [DOCUMENT]}

    assert written(**rich) == written(**rich)


def test_the_headers_are_these() -> None:
    head = written(reply_to="traloi+12.aaaaaaaa@doan.example.org").partition(b"\r\n\r\n")[0].decode()

    assert head.split("\r\n") == [
        "Content-Type: multipart/alternative;",
        ' boundary="=_alternative_ljuxetkmrje6tkyddflo2rkt"',
        "MIME-Version: 1.0",
        "Subject: =?utf-8?b?xJDhu4Egbmdo4buLIGNobyDDvSBraeG6v24=?=",
        "From: =?utf-8?b?Q+G7pW0gdHLGsOG7n25n?= <cum-truong@doan.example.org>",
        "To: =?utf-8?b?xJBvw6BuIFPhu58gWSB04bq/IFRow6BuaCBwaOG7kQ==?=",
        " <so-y-te@donvi.example.org>",
        "Reply-To: traloi+12.aaaaaaaa@doan.example.org",
        "Date: Mon, 04 Mar 2024 08:00:00 +0700",
        "Message-ID: <d7nxydbs3qkbnnlmjmacshl3@doan.example.org>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: DR, RN, NRN",
    ]


def test_names_reach_the_reader() -> None:
    message = read(written(to=('Ban "Phong trào"', "a@donvi.example.org"), sender=('Office "7" \\', "b@example.org")))

    assert message["To"].addresses[0].display_name == 'Ban "Phong trào"'
    assert message["From"].addresses[0].display_name == 'Office "7" \\'
    assert read(written(to=(None, "a@donvi.example.org")))["To"] == "a@donvi.example.org"


def test_long_ids_and_urls_stay_whole() -> None:
    ids = [message_id_of("hcsn-2024", f"reminder/{n}", "a-rather-long-name.doan.example.org") for n in range(60)]
    url = "https://doan.example.org/thoi-nhan?" + "a" * 300

    head = written(in_reply_to=ids[-1], references=ids, list_unsubscribe=url).partition(b"\r\n\r\n")[0].decode()

    unfolded = head.replace("\r\n ", " ")
    assert f"\r\nIn-Reply-To: {ids[-1]}\r\n" in unfolded
    assert f"\r\nReferences: {' '.join(ids)}\r\n" in unfolded
    assert f"\r\nList-Unsubscribe: <{url}>\r\n" in unfolded
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in unfolded


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param({}, ("multipart/alternative", ["text/plain", "text/html"]), id="only words"),
        pytest.param(
            {"inline_images": [IMAGE]},
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
            id="a picture",
        ),
        pytest.param(
            {"attachments": [DOCUMENT]},
            ("multipart/mixed", [("multipart/alternative", ["text/plain", "text/html"]), "application/pdf"]),
            id="a file",
        ),
        pytest.param(
            {"calendar": CALENDAR},
            (
                "multipart/mixed",
                [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "text/calendar"],
            ),
            id="an invitation",
        ),
    ],
)
def test_a_letter_is_only_as_deep_as_needed(extra: dict[str, Any], expected: Any) -> None:
    assert shape(read(written(**extra))) == expected


def test_files_arrive_unchanged() -> None:
    message = read(written(inline_images=[IMAGE], calendar=CALENDAR, attachments=[DOCUMENT]))

    parts = {part.get_content_type(): part for part in message.walk()}
    assert parts["application/pdf"].get_filename() == "Kế hoạch năm 2024.pdf"
    assert parts["application/pdf"].get_content() == DOCUMENT.content
    assert parts["image/png"]["Content-ID"] == "<qr@doan.example.org>"
    assert parts["image/png"].get_content() == IMAGE.content
    assert parts["text/calendar"].get_payload(decode=True) == CALENDAR
    alternative = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert alternative.get_param("method") == "REQUEST"


def test_prose_travels_in_the_shorter_encoding() -> None:
    latin, vietnamese = read(written(text="plain " * 200)), read(written(text="Đề nghị ưỡn ẹo " * 200))

    assert latin.get_body(("plain",))["Content-Transfer-Encoding"] == "quoted-printable"  # type: ignore[index]
    assert vietnamese.get_body(("plain",))["Content-Transfer-Encoding"] == "base64"  # type: ignore[index]


BREAKS = ["\r\nBcc: x@example.org", "\nBcc: x@example.org", "\rBcc: x@example.org", "\r\n\r\n<p>"]


@pytest.mark.parametrize("break_", BREAKS)
@pytest.mark.parametrize("field", ["sender", "to", "reply_to", "message_id", "in_reply_to", "list_unsubscribe"])
def test_a_line_break_in_a_header_is_refused(field: str, break_: str) -> None:
    value: Any = f"<a@example.org{break_}>" if field in ("message_id", "in_reply_to") else f"a@example.org{break_}"

    with pytest.raises(Unreadable, match="cannot be written"):
        written(**{field: (None, value) if field in ("sender", "to") else value})


@pytest.mark.parametrize("break_", BREAKS)
@pytest.mark.parametrize(
    "field",
    [
        pytest.param(lambda text: {"references": [text]}, id="references"),
        pytest.param(lambda text: {"inline_images": [InlineImage(text, b"")]}, id="content id"),
        pytest.param(lambda text: {"inline_images": [InlineImage("a", b"", text)]}, id="image type"),
        pytest.param(lambda text: {"attachments": [Attachment("a", b"", f"text/{text}")]}, id="file type"),
    ],
)
def test_a_line_break_in_a_part_is_refused(field: Any, break_: str) -> None:
    with pytest.raises(Unreadable, match="cannot be written"):
        written(**field(f"png{break_}"))


@pytest.mark.parametrize("break_", BREAKS)
def test_a_line_break_in_a_display_text_becomes_a_space(break_: str) -> None:
    message = read(
        written(
            subject=f"Đề nghị{break_}",
            to=(f"Sở{break_}", "a@example.org"),
            sender=(f"Cụm{break_}", "b@example.org"),
            attachments=[Attachment(f"Tệp{break_}", b"")],
        )
    )

    assert "Bcc" not in message
    assert re.fullmatch(r"Đề nghị( Bcc: x@example.org| <p>)", message["Subject"])
    assert [address.addr_spec for address in message["To"].addresses] == ["a@example.org"]


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b", "a b@example.org", "a@exa mple.org", "đ@example.org", "a,b@c"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Unreadable, match="not an address"):
        written(to=("Sở Y tế", address))


def test_a_message_id_tells_plans_and_keys_apart() -> None:
    ids = {message_id_of(plan, key, "example.org") for plan in ("a", "b") for key in ("k/1", "k/2", "k/1/2")}

    assert len(ids) == 6
    assert message_id_of("a", "k/1", "example.org") in ids
    assert all(re.fullmatch(r"<[a-z2-7]{24}@example\.org>", each) for each in ids)
