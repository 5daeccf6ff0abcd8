"""Alarms: told to the operator once and once when it is over, by a process that does not depend on what failed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.clock import ZONE
from dondoc.config import Settings, read_settings
from dondoc.domain.states import LetterState
from dondoc.errors import Unreadable
from dondoc.mail.inboxes import folder_of
from dondoc.runtime import running
from dondoc.services.consult import open_due
from dondoc.services.deliver import settle_by_hand
from dondoc.services.follow_up import follow_up
from dondoc.services.health import ailments
from dondoc.services.incidents import report_run, run_completed, tell_operator, watch
from dondoc.services.plans import load_plan
from dondoc.store.outbox import Claimed
from dondoc.store.runs import completed, last_runs
from dondoc.store.tables_incidents import IncidentRow
from dondoc.store.tables_runs import Work
from dondoc.watching import watched
from tests.integration.mail_server import local_mail
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024
from tests.integration.pages import served

pytestmark = pytest.mark.usefixtures("each_database")

OPERATOR = "van-hanh@example.org"
NOTICE = f"incidents_notice/{PLAN}/operator"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 07:00") as desk:
        desk.send()
        ran(desk, *Work)
        yield desk


def ran(desk: Desk, *works: Work) -> None:
    with desk.office.sessions.writing() as session:
        for work in works:
            completed(session, work, desk.clock.now())


def looked(desk: Desk, moment: str, operator: str = OPERATOR) -> int:
    """What a look at that moment writes to the operator."""
    desk.at(moment)
    with desk.office.sessions.reading() as session:
        found = ailments(session, desk.clock.now())
    return watch(desk.office, operator, found)


def read(desk: Desk, number: int) -> str:
    content = desk.letter(f"{NOTICE}/{number}").content
    text = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert text is not None
    return " ".join(text.get_content().split())


def test_a_mailbox_that_is_away_for_an_hour_is_told_once_and_once_when_it_is_read_again(desk: Desk) -> None:
    ran(desk.at("2024-04-01 08:55"), Work.DELIVERY, Work.FOLLOW_UP)

    moments = ["2024-04-01 07:50", "2024-04-01 08:00", "2024-04-01 09:10", "2024-04-01 09:20"]
    assert [looked(desk, moment) for moment in moments] == [0, 1, 0, 0]
    assert "Hộp thư trả lời chưa được đọc từ 07 giờ 00, ngày 01/04/2024" in read(desk, 1)
    ran(desk, *Work)
    assert [looked(desk, "2024-04-01 09:30"), looked(desk, "2024-04-01 09:40")] == [1, 0]
    assert desk.letter(f"{NOTICE}/2").subject.startswith("Hệ thống đã hoạt động trở lại")
    assert "Từ 07 giờ 00, ngày 01/04/2024 đến 09 giờ 30, ngày 01/04/2024" in read(desk, 2)
    assert desk.letter(f"{NOTICE}/2").address == OPERATOR


def test_letters_that_do_not_leave_and_letters_of_unknown_fate_are_told(desk: Desk) -> None:
    class Killed(BaseException):
        pass

    def die(row: Claimed) -> None:
        raise Killed

    open_due(desk.at("2024-04-01 08:00").office)
    ran(desk.at("2024-04-01 10:30"), Work.INTAKE, Work.FOLLOW_UP)

    assert looked(desk, "2024-04-01 10:30") == 1
    assert "6 thư chờ gửi, lâu nhất từ 08 giờ 00, ngày 01/04/2024" in read(desk, 1)
    with pytest.raises(Killed):
        desk.at("2024-04-01 10:40").send(on_sent=die)
    assert looked(desk, "2024-04-01 10:50") == 0
    assert desk.at("2024-04-01 11:00").send().unknown == 1
    assert [looked(desk, moment) for moment in ("2024-04-01 11:01", "2024-04-01 11:10")] == [1, 0]
    assert "1 thư không rõ đã đến hay chưa: hãy hỏi người nhận" in read(desk, 2)
    assert "Từ 08 giờ 00, ngày 01/04/2024 đến 11 giờ 01, ngày 01/04/2024: 6 thư chờ gửi" in read(desk, 2)

    (lost,) = (key for key in desk.letters() if desk.letter(key).state is LetterState.UNKNOWN)
    settle_by_hand(desk.office.sessions, PLAN, lost, arrived=True, by=HEAD, now=desk.clock.now())
    assert [looked(desk, moment) for moment in ("2024-04-01 11:20", "2024-04-01 11:25")] == [1, 0]
    assert "Từ 11 giờ 00, ngày 01/04/2024 đến 11 giờ 20, ngày 01/04/2024: 1 thư không rõ" in read(desk, 3)


def test_a_scheduled_run_that_failed_is_told_until_one_goes_through(desk: Desk) -> None:
    office = desk.at("2024-04-01 08:16").office
    report_run(office, "follow-up", "follow-up · 01/04 08:15", "Failed", "the database is locked")
    report_run(office, "follow-up", "follow-up · 01/04 08:16", "Crashed", "")

    assert [tell_operator(office, OPERATOR), tell_operator(office, OPERATOR)] == [1, 0]
    assert "follow-up · 01/04 08:16 bị dừng giữa chừng" in read(desk, 1)
    run_completed(office, "mail-delivery")
    assert tell_operator(office, OPERATOR) == 0
    run_completed(desk.at("2024-04-01 17:06").office, "follow-up")
    run_completed(office, "follow-up")
    assert [tell_operator(office, OPERATOR), tell_operator(office, OPERATOR)] == [1, 0]


def test_what_the_next_frequent_run_mends_is_not_worth_a_letter(desk: Desk) -> None:
    office = desk.at("2024-04-01 08:05").office
    report_run(office, "mail-delivery", "mail-delivery · 01/04 08:05", "Crashed", "")
    assert tell_operator(desk.at("2024-04-01 08:10").office, OPERATOR) == 0
    run_completed(office, "mail-delivery")
    assert tell_operator(desk.at("2024-04-01 08:40").office, OPERATOR) == 0

    report_run(office, "mail-delivery", "mail-delivery · 01/04 08:40", "Crashed", "")
    assert tell_operator(desk.at("2024-04-01 08:55").office, OPERATOR) == 1


def test_after_everything_was_off_the_next_round_tells_how_long(desk: Desk) -> None:
    for moment in ("2024-04-01 08:15", "2024-04-01 17:05", "2024-04-02 08:15", "2024-04-02 17:10"):
        follow_up(desk.at(moment).office)
    assert tell_operator(desk.office, OPERATOR) == 0

    follow_up(desk.at("2024-04-05 09:30").office)
    follow_up(desk.office)

    assert [tell_operator(desk.office, OPERATOR), tell_operator(desk.office, OPERATOR)] == [1, 0]
    assert "Từ 17 giờ 10, ngày 02/04/2024 đến 09 giờ 30, ngày 05/04/2024: Hệ thống không chạy" in read(desk, 1)
    assert "bỏ qua 5 lượt" in read(desk, 1)


def test_whoever_makes_up_for_a_pause_notices_it_and_nobody_else(desk: Desk) -> None:
    office = desk.at("2024-04-05 09:30").office
    with ThreadPoolExecutor() as both:
        list(both.map(lambda _: follow_up(office), range(2)))

    with office.sessions.reading() as session:
        assert [row.key for row in session.scalars(select(IncidentRow))] == ["off"]


def test_without_an_operator_nothing_is_told_and_all_of_it_as_soon_as_there_is_one(desk: Desk) -> None:
    ran(desk.at("2024-04-01 08:55"), Work.DELIVERY, Work.FOLLOW_UP)

    assert looked(desk, "2024-04-01 09:00", operator="") == 0
    assert looked(desk, "2024-04-01 09:10") == 1


def test_the_board_shows_what_is_wrong_though_nobody_looked_before(desk: Desk) -> None:
    with served(desk, open_board=True) as site:
        assert "sự cố" not in site.get("/bang").text

        report_run(desk.at("2024-04-01 07:30").office, "follow-up", "follow-up · 01/04", "Crashed", "")
        assert "Lần chạy follow-up · 01/04 bị dừng giữa chừng" in site.get("/bang").text
        desk.at("2024-04-01 09:00")
        assert "Hộp thư trả lời chưa được đọc từ 07 giờ 00" in site.get("/bang").text


def test_a_process_that_stays_sends_the_alarm_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs here but the watch: no Prefect, no worker."""
    with local_mail(tmp_path / "mail", ["example.org"]) as port:
        settings = Settings(data=tmp_path, smtp_port=port, operator=OPERATOR, _env_file=None)
        with running(datetime(2024, 4, 1, 7, tzinfo=ZONE), settings) as dondoc:
            load_plan(dondoc.office, plan_2024(), HEAD)
        with running(settings=settings) as dondoc, watched(dondoc, period=0.05):
            inbox = tmp_path / "mail" / folder_of(OPERATOR) / "new"
            deadline = time.monotonic() + 30
            while not (inbox.exists() and any(inbox.iterdir())):
                assert time.monotonic() < deadline, "the operator heard nothing"
                time.sleep(0.05)
            with dondoc.office.sessions.reading() as session:
                assert Work.DELIVERY not in last_runs(session), "the alarm counts as the run that is missed"


def test_an_address_that_is_none_is_named_with_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_OPERATOR", "phòng máy")

    with pytest.raises(Unreadable, match=r"DONDOC_OPERATOR: .*'phòng máy' is not an email address"):
        read_settings()
