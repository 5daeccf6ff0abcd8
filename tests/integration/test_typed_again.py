"""A command or a form that is sent again, because nobody saw how the first one ended, is recorded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from dondoc.cli import group
from dondoc.domain.participants import Presence
from dondoc.services.attending import Marked, mark
from dondoc.services.bulletins import publish
from dondoc.services.working import evaluate
from dondoc.store.tables import ResponseRow
from dondoc.store.tables_people import NameListRow
from tests.integration.bank import GTVT, an_agreed_visit, booked, dues
from tests.integration.mail_server import local_mail
from tests.integration.office import HEAD, PLAN, Desk
from tests.integration.people import VISIT, gives, people

NOW = ("--as-of", "2024-04-10 10:00")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with an_agreed_visit(tmp_path) as desk, local_mail(tmp_path / "mail", ("example.org", "doan.example.org")) as port:
        monkeypatch.setenv("DONDOC_DATA", str(tmp_path))
        monkeypatch.setenv("DONDOC_SMTP_PORT", str(port))
        yield desk.at("2024-04-10 10:00")


def dondoc(*words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])


def test_an_answer_by_telephone(desk: Desk) -> None:
    said = ["object", "--comment", "Trùng lịch", "--by", "đ/c trực ban", "--channel", "phone", "--evidence", "9 giờ"]
    words = ["respond", f"opinion/{VISIT}/so-y-te", *said]
    before = answers(desk)

    first, again = dondoc(*words, *NOW), dondoc(*words, "--as-of", "2024-04-10 10:20")
    assert first.output.startswith("recorded: ")
    assert again.output.startswith("recorded already today, in the same words: ")
    assert answers(desk) == before + 1

    dondoc(*words, "--as-of", "2024-04-11 09:00")
    assert answers(desk) == before + 2, "on another day it is another call"


def answers(desk: Desk) -> int:
    with desk.office.sessions.reading() as session:
        return session.scalar(select(func.count()).select_from(ResponseRow)) or 0


def test_a_problem_that_a_unit_told_of(desk: Desk) -> None:
    words = ("problem", "raise", "so-y-te", "Không có bác sĩ", "--urgent", *NOW)

    assert dondoc(*words).exit_code == dondoc(*words).exit_code == 0
    assert len([key for key in desk.problems() if key.startswith("reported/")]) == 1
    assert len(desk.letters("problems_notice")) == 1


def test_a_list_of_names(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.csv"
    file.write_text("Họ và tên\nNguyễn Văn An\nTrần Thị Bình\n", "utf-8")
    words = ("participants", "import", VISIT, "so-y-te", file, "--evidence", "Zalo lúc 9 giờ", *NOW)

    first, again = dondoc(*words), dondoc(*words)

    assert (first.exit_code, first.output) == (again.exit_code, again.output)
    with desk.office.sessions.reading() as session:
        assert session.scalar(select(func.count()).select_from(NameListRow)) == 1


def test_cash(desk: Desk) -> None:
    words = ("money", "cash", f"{GTVT}=500000", "--payer", "đ/c thủ quỹ", *NOW)

    assert dondoc(*words).exit_code == 0
    again = dondoc(*words)
    assert again.exit_code == 1
    assert again.stderr == f"dondoc: this was booked already today: {GTVT}; if it came twice, say so in --payer\n"
    assert dues(desk)[GTVT] == ("part", 500_000)

    assert dondoc(*words[:-3], "đ/c thủ quỹ, lần 2", *NOW).exit_code == 0
    assert dues(desk)[GTVT] == ("part", 1_000_000)


def test_an_expense(desk: Desk) -> None:
    words = ("money", "spend", "visit", 500_000, "--what", "Hoa", "--evidence", "HĐ 0001234", *NOW)

    assert dondoc(*words).exit_code == 0
    again = dondoc(*words)
    assert again.exit_code == 1
    assert "booked already today: 500000 đồng for visit; if it was spent twice, say so in --what" in again.stderr
    assert [entry for entry in booked(desk) if entry[0] == "expense"] == [("expense", 500_000)]


def test_what_the_head_says_after_the_day(desk: Desk) -> None:
    gives(desk, "so-y-te", *people("so-y-te", 2), occurrence=VISIT)
    desk.at("2024-06-14 17:00").run()
    someone, somebody_else = people("so-y-te", 2)
    marks = [Marked(someone, Presence.PRESENT), Marked(somebody_else, Presence.SUBSTITUTE, "Lê An")]

    def say() -> tuple[list[str], list[str]]:
        mark(desk.office, PLAN, VISIT, "so-y-te", marks, HEAD)
        if "occurrence.held" not in desk.events():
            desk.at("2024-06-17 08:15").run()
        evaluate(desk.office, PLAN, VISIT, "so-y-te", "Hoàn thành tốt.", HEAD)
        publish(desk.office, PLAN, VISIT, "Tin", "Đã thăm Mẹ.", ["https://example.org/a"], ["co-so-doan"], HEAD)
        return desk.events(), desk.letters("bulletin")

    events, bulletins = say()
    assert say() == (events, bulletins)
    assert len(bulletins) == 7

    marks[0] = Marked(someone, Presence.ABSENT)
    assert mark(desk.office, PLAN, VISIT, "so-y-te", marks, HEAD).absent == 1


def test_a_bulletin_reaches_who_was_left_out_at_first_and_nobody_twice(desk: Desk) -> None:
    def tell(*to: str) -> int:
        return publish(desk.office, PLAN, VISIT, "Tin", "Sắp thăm Mẹ.", [], to, HEAD)

    assert tell("thanh-doan-van-phong") == 1
    assert tell("thanh-doan-van-phong", "thanh-doan-ban-cnld") == 1

    assert desk.letters("bulletin") == [
        f"bulletin/{VISIT}/1/{who}" for who in ("thanh-doan-van-phong", "thanh-doan-ban-cnld")
    ]
