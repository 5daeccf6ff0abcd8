"""What is wrong with the installation is seen, and each ailment is really there when it is told."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from dondoc.clock import ZONE
from dondoc.mail.maildir_in import MaildirMailbox
from dondoc.services.consult import open_due
from dondoc.services.follow_up import follow_up
from dondoc.services.health import Code, check_up
from dondoc.services.intake import hear
from dondoc.services.pausing import pause
from dondoc.store import outbox
from dondoc.store.database import Sessions, open_engine
from dondoc.store.marks import Marks
from tests.integration.databases import a_database
from tests.integration.office import HEAD, PLAN, Desk, an_office

VISITS = "visit"


@pytest.fixture
def desk(tmp_path: Path, each_database: None) -> Iterator[Desk]:
    """An office that has just been set up."""
    with an_office(tmp_path, "2024-04-01 07:30") as desk:
        yield desk


def a_round(desk: Desk) -> None:
    """Every kind of run, once."""
    write(desk)
    desk.send()
    read(desk)


def write(desk: Desk) -> None:
    open_due(desk.office)
    follow_up(desk.office)


def read(desk: Desk) -> None:
    hear(desk.office, MaildirMailbox(desk.settings.data / "inbox"), "inbox")


def found(desk: Desk, *, spare: int = 0) -> dict[Code, str]:
    every = check_up(desk.office.sessions, desk.clock.now(), desk.settings.data, spare)
    return {one.code: one.sentence for one in every}


def test_after_a_round_of_runs_nothing_is_wrong(desk: Desk) -> None:
    a_round(desk.at("2024-04-01 08:00"))

    desk.clock.at += timedelta(minutes=59)

    assert found(desk) == {}


def test_a_letter_that_does_not_leave_for_two_hours_is_stuck(desk: Desk) -> None:
    desk.send()
    write(desk.at("2024-04-01 08:00"))

    assert Code.LETTERS_STUCK not in found(desk.at("2024-04-01 09:59"))
    assert found(desk.at("2024-04-01 10:00"))[Code.LETTERS_STUCK] == (
        "6 thư chờ gửi, lâu nhất từ 08 giờ 00, ngày 01/04/2024: hãy xem lần chạy mail-delivery gần nhất."
    )


def test_what_the_mail_server_said_stands_in_the_sentence(desk: Desk) -> None:
    write(desk.at("2024-04-01 08:00"))
    desk.at("2024-04-01 10:00")
    with desk.office.sessions.writing() as session:
        outbox.pause(session, "test", desk.clock.now() + timedelta(minutes=15), "535 5.7.8 bad\ncredentials")

    assert "(máy chủ thư: 535 5.7.8 bad credentials)" in found(desk)[Code.LETTERS_STUCK]


def test_letters_of_an_activity_that_was_paused_are_not_stuck(desk: Desk) -> None:
    write(desk.at("2024-04-01 08:00"))
    pause(desk.office, PLAN, VISITS, "Mẹ nằm viện", HEAD)
    desk.send()

    assert Code.LETTERS_STUCK not in found(desk.at("2024-04-01 18:00"))


def test_a_letter_of_which_nobody_knows_whether_it_left_is_told(desk: Desk) -> None:
    write(desk.at("2024-04-01 08:00"))
    with desk.office.sessions.writing() as session:
        rows, _ = outbox.claim(session, desk.clock.now(), 2, None)
        for letter in rows:
            Marks(session.connection()).begin(letter.id, desk.clock.now())
    desk.clock.at += outbox.LEASE
    desk.send()

    assert found(desk)[Code.LETTERS_UNKNOWN].startswith("2 thư không rõ đã đến hay chưa")


def test_a_mailbox_that_nobody_reads_is_told_after_an_hour(desk: Desk) -> None:
    a_round(desk.at("2024-04-01 08:00"))
    desk.at("2024-04-01 09:00").send()

    assert found(desk) == {
        Code.MAILBOX_UNREAD: "Hộp thư trả lời chưa được đọc từ 08 giờ 00, ngày 01/04/2024: "
        "hãy xem lần chạy response-intake gần nhất."
    }


def test_a_delivery_that_the_server_stopped_does_not_count_as_a_run(desk: Desk) -> None:
    a_round(desk.at("2024-04-01 08:00"))
    desk.at("2024-04-01 09:00")
    with desk.office.sessions.writing() as session:
        outbox.pause(session, "test", desk.clock.now() + timedelta(minutes=15), "535 no")

    assert desk.send().stopped is not None
    assert Code.NO_RUNS in found(desk)


def test_an_installation_on_which_nothing_ever_ran_says_so_after_an_hour(desk: Desk) -> None:
    assert found(desk.at("2024-04-01 08:29")) == {}
    assert found(desk.at("2024-04-01 08:30")).keys() == {Code.MAILBOX_UNREAD, Code.NO_RUNS}


def test_a_weekend_without_follow_up_is_in_order_and_two_days_are_not(desk: Desk) -> None:
    a_round(desk.at("2024-04-06 17:05"))

    assert Code.NO_FOLLOW_UP not in found(desk.at("2024-04-08 08:14"))
    assert "follow-up" in found(desk.at("2024-04-08 17:05"))[Code.NO_FOLLOW_UP]


def test_tables_of_another_version_are_told_and_nothing_else_is_asked(desk: Desk) -> None:
    with desk.office.sessions.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    assert found(desk.at("2024-05-01 08:00")).keys() == {Code.SCHEMA}


def test_a_database_that_does_not_answer_is_told_in_one_sentence_without_its_password(tmp_path: Path) -> None:
    away = Sessions(open_engine("postgresql://dondoc:hidden@127.0.0.1:9/dondoc"))
    with an_office(tmp_path) as desk:
        (told,) = check_up(away, desk.clock.now(), tmp_path, 0)

    assert told.code is Code.DATABASE
    assert "refused" in told.sentence
    assert "hidden" not in told.sentence
    assert "\n" not in told.sentence


def test_a_disk_with_less_room_than_demanded_is_told(desk: Desk) -> None:
    told = found(desk, spare=sys.maxsize)

    assert str(desk.settings.data) in told[Code.DISK]


def test_a_record_without_a_plan_has_nothing_to_run_for(tmp_path: Path) -> None:
    now = datetime(2024, 4, 1, 8, tzinfo=ZONE)
    with a_database(tmp_path) as url:
        assert check_up(Sessions(open_engine(url)), now, tmp_path, 0) == ()
