"""Units that name their people by replying: with a file, in their own words, or so that a person must read it."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from dondoc.domain.states import MessageState
from dondoc.services.intake import keep, read_kept
from dondoc.store.people import latest_list
from dondoc.store.queries import find_request
from tests.integration.office import PLAN, Desk, an_office
from tests.integration.people import SEMINAR, agreed_seminar, workbook_of

pytestmark = pytest.mark.usefixtures("each_database")

REQUEST = f"participants/{SEMINAR}/so-y-te"
THIRTY = [(f"Nguyễn {middle} {given}",) for middle in ("Văn", "Đức", "Minh") for given in "ABCDEGHIKL"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path) as desk:
        agreed_seminar(desk)
        yield desk.at("2024-07-10 09:00")


def reply(desk: Desk, text: str, *files: tuple[str, bytes], source: str = "1") -> MessageState | None:
    """The contact replies to the letter that asked; returns what became of the message."""
    letter = desk.letter(f"participants_request/{SEMINAR}/so-y-te")
    assert letter.request_id is not None
    message = EmailMessage()
    message["From"] = "so-y-te@example.org"
    message["To"] = desk.office.stationery.replies.for_request(letter.request_id)
    message["Subject"] = f"Re: {letter.subject}"
    message["Message-ID"] = f"<{source}.{desk.clock.at:%H%M}@example.org>"
    message["In-Reply-To"] = letter.message_id
    message.set_content(f"{text}\n\nVào ngày 02/07/2024, Cụm trưởng đã viết:\n> Đề nghị gửi danh sách\n")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    with desk.office.sessions.writing() as session:
        keep(session, desk.office, f"test/{source}/{desk.clock.at}", message.as_bytes(policy=SMTP))
    heard = read_kept(desk.office)
    return MessageState.RECORDED if heard.recorded else MessageState.HELD if heard.held else None


def listed(desk: Desk) -> list[str]:
    with desk.office.sessions.reading() as session:
        found = latest_list(session, find_request(session, PLAN, REQUEST))
        return [person.name for person in found.people] if found else []


def test_a_workbook_that_comes_with_a_reply_is_the_list(desk: Desk, tmp_path: Path) -> None:
    content = workbook_of(tmp_path / "a.xlsx", [("Họ và tên",), *THIRTY])

    assert reply(desk, "Kính gửi Cụm danh sách ạ.\nTrân trọng.\nNguyễn Thị Hoa", ("ds.xlsx", content)) is (
        MessageState.RECORDED
    )

    assert len(listed(desk)) == 30
    assert "Nguyễn Thị Hoa" not in listed(desk)
    assert desk.letters("names_noted") == [f"names_noted/{SEMINAR}/so-y-te/1"]


def test_a_list_in_the_letter_itself_is_the_list(desk: Desk) -> None:
    said = "Kính gửi anh, đơn vị cử:\n1. Nguyễn Thị Hoa, 1990, 0901234567\n2. Trần Văn Bình\n\nTrân trọng\nLê Văn Nam"

    assert reply(desk, said) is MessageState.RECORDED

    assert listed(desk) == ["Nguyễn Thị Hoa", "Trần Văn Bình"]


def test_names_without_numbers_are_taken_when_they_are_written_like_names(desk: Desk) -> None:
    assert reply(desk, "Nguyễn Thị Hoa\nTrần Văn Bình\n\nTrân trọng\nLê Văn Nam") is MessageState.RECORDED

    assert listed(desk) == ["Nguyễn Thị Hoa", "Trần Văn Bình"]


@pytest.mark.parametrize(
    "said",
    [
        "Đồng ý",
        "Nhất trí ạ",
        "Đơn vị xin gửi danh sách sau.\nTrân trọng.\nNguyễn Thị Hoa",
        "Cảm ơn anh, em sẽ gửi trong tuần này.\n\nNguyễn Thị Hoa\nPhó Bí thư",
    ],
)
def test_what_names_nobody_is_left_to_the_head(desk: Desk, said: str) -> None:
    assert reply(desk, said) is MessageState.HELD

    assert listed(desk) == []


def test_an_unreadable_file_is_answered_with_the_reason(desk: Desk) -> None:
    assert reply(desk, "Gửi Cụm", ("danh sach.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600)) is MessageState.RECORDED

    assert listed(desk) == []
    letter = desk.letter(f"names_noted/{SEMINAR}/so-y-te/1")
    assert letter.subject == "Chưa ghi nhận được danh sách: Sinh hoạt chuyên đề"


def test_a_file_of_another_kind_is_answered_with_the_reason(desk: Desk) -> None:
    assert reply(desk, "Gửi Cụm ảnh chụp danh sách", ("ds.jpg", b"\xff\xd8\xff" * 100)) is MessageState.RECORDED

    assert desk.letters("names_noted") == [f"names_noted/{SEMINAR}/so-y-te/1"]


def test_within_an_hour_a_second_unreadable_file_is_for_the_head(desk: Desk) -> None:
    reply(desk, "Gửi Cụm", ("a.xlsx", b"nothing"))

    assert reply(desk, "Gửi lại", ("b.xlsx", b"nothing"), source="2") is MessageState.HELD
    assert desk.letters("names_noted") == [f"names_noted/{SEMINAR}/so-y-te/1"]


def test_what_is_said_to_be_added_comes_on_top(desk: Desk) -> None:
    reply(desk, "1. Nguyễn Thị Hoa\n2. Trần Văn Bình")

    assert reply(desk, "Đơn vị xin bổ sung:\n1. Lê Văn Nam\n2. Võ Thị Sáu", source="2") is MessageState.RECORDED

    assert listed(desk) == ["Nguyễn Thị Hoa", "Trần Văn Bình", "Lê Văn Nam", "Võ Thị Sáu"]


def test_a_list_that_loses_most_people_is_for_the_head(desk: Desk, tmp_path: Path) -> None:
    reply(desk, "", ("ds.xlsx", workbook_of(tmp_path / "a.xlsx", [("Họ và tên",), *THIRTY])))

    assert reply(desk, "1. Lê Văn Nam\n2. Võ Thị Sáu", source="2") is MessageState.HELD
    assert len(listed(desk)) == 30


def test_who_is_exchanged_for_whom_is_for_the_head(desk: Desk) -> None:
    reply(desk, "1. Nguyễn Thị Hoa\n2. Trần Văn Bình\n3. Võ Thị Sáu")

    assert reply(desk, "Xin thay đồng chí Hoa bằng:\n1. Lê Văn Nam\n2. Phạm Thị Lan", source="2") is MessageState.HELD


def test_two_lists_in_one_reply_are_for_the_head(desk: Desk, tmp_path: Path) -> None:
    content = workbook_of(tmp_path / "a.xlsx", [("Họ và tên",), *THIRTY])

    assert reply(desk, "Gửi Cụm", ("a.xlsx", content), ("b.xlsx", content)) is MessageState.HELD


def test_the_same_message_again_is_one_list(desk: Desk) -> None:
    for _ in range(2):
        reply(desk, "1. Nguyễn Thị Hoa\n2. Trần Văn Bình")

    assert desk.letters("names_noted") == [f"names_noted/{SEMINAR}/so-y-te/1"]
