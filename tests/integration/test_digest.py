"""The head's digest: once a week and once a month, short when nothing is to be said, and told but once (III.1)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from dondoc.domain.states import Channel
from dondoc.services.bulletins import publish
from dondoc.services.held import raise_by_hand, settle
from dondoc.services.holding import hold
from dondoc.services.ladder import climb
from dondoc.services.watch_publishing import watch_publishing
from dondoc.store.history import Actor
from tests.integration.office import HEAD, PLAN, Desk, an_office

pytestmark = pytest.mark.usefixtures("each_database")

DIGEST = f"head_digest/{PLAN}"
NOTICE = f"problems_notice/{PLAN}/head"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The plan was taken over on a Monday morning."""
    with an_office(tmp_path, "2024-04-01 07:00") as desk:
        desk.send()
        yield desk


def read(desk: Desk, day: str) -> str:
    text = message_from_bytes(desk.letter(f"{DIGEST}/{day}").content, policy=policy.default).get_body(("plain",))
    assert text is not None
    return " ".join(text.get_content().split())


def report(desk: Desk, text: str) -> str:
    return raise_by_hand(desk.office, PLAN, "so-y-te", text, by=Actor("so-y-te", Channel.WEB), source=text)


def digests(desk: Desk, *moments: str) -> list[str]:
    for moment in moments:
        climb(desk.at(moment).office)
    return [key.removeprefix(f"{DIGEST}/") for key in desk.letters("head_digest")]


def test_a_digest_is_written_once_a_week_and_once_a_month_by_whichever_run_comes_first(desk: Desk) -> None:
    moments = ["2024-04-01 08:00", "2024-04-05 17:05", "2024-04-08 07:29", "2024-04-08 07:30", "2024-04-08 08:15"]
    assert digests(desk, *moments) == ["2024-04-08"]

    # Everything was off on Monday the 15th; the 29th of April to the 1st of May are days off.
    moments = ["2024-04-16 08:15", "2024-04-22 08:15", "2024-04-29 08:15", "2024-05-02 08:15", "2024-05-06 08:15"]
    assert digests(desk, *moments)[1:] == ["2024-04-15", "2024-04-22", "2024-05-02", "2024-05-06"]


def test_a_quiet_week_is_told_in_a_few_lines(desk: Desk) -> None:
    digests(desk, "2024-04-08 07:30")

    assert "Hiện không có việc nào chờ đồng chí quyết định." in read(desk, "2024-04-08")
    assert desk.letter(f"{DIGEST}/2024-04-08").subject.startswith("Báo cáo tuần từ ngày 08/04/2024, không có việc chờ")
    assert len(read(desk, "2024-04-08")) < 1200


def test_what_the_digest_tells_no_letter_repeats_and_what_was_told_twice_only_the_digest(desk: Desk) -> None:
    key = report(desk.at("2024-04-03 09:00"), "Thiếu xe")

    digests(desk, "2024-04-03 09:00", "2024-04-04 09:00", "2024-04-05 09:00", "2024-04-08 07:30", "2024-04-09 08:15")

    assert desk.letters("problems_notice") == [f"{NOTICE}/1", f"{NOTICE}/2"]
    assert "Thiếu xe" in read(desk, "2024-04-08")
    with desk.office.sessions.reading() as session:
        url = desk.office.links.problem(session, PLAN, key, desk.letter(NOTICE + "/1").address, now=desk.clock.now())
    assert url in read(desk, "2024-04-08").split()
    settle(desk.office, PLAN, key, "resolve", HEAD)
    digests(desk, "2024-04-15 07:30")
    assert "Thiếu xe" not in read(desk, "2024-04-15")


def test_a_decision_that_waits_stands_first_with_its_link(desk: Desk) -> None:
    for moment in ("2024-04-01 08:00", "2024-04-03 08:15", "2024-04-05 17:05", "2024-04-08 17:05"):
        desk.at(moment).run()
    desk.at("2024-04-15 07:30").run()

    text = read(desk, "2024-04-15")
    assert "6 đơn vị chưa có ý kiến" in text
    assert "/quyet-dinh/" in text
    assert "Đơn vị chưa có ý kiến khi hết thời hạn" not in text


def test_nothing_published_of_an_activity_stands_in_the_digest_only_and_until_something_is(desk: Desk) -> None:
    desk.at("2024-04-01 08:00").run()
    desk.everyone_answers()
    desk.at("2024-04-02 08:15").run()
    hold(desk.at("2024-06-17 09:00").office, PLAN, "visit-2024-q2", None, "", HEAD)
    watch_publishing(desk.at("2024-06-21 09:00").office)
    assert "not_published/visit-2024-q2" not in desk.problems()

    watch_publishing(desk.at("2024-06-24 09:00").office)
    watch_publishing(desk.office)
    digests(desk, "2024-06-24 09:00", "2024-06-25 09:00", "2024-07-01 09:00")

    assert desk.problems()["not_published/visit-2024-q2"] == "open"
    assert not any("Chưa có tin" in desk.letter(key).subject for key in desk.letters("problems_notice"))
    assert "Chưa có tin, bài, hình ảnh sau khi tổ chức" in read(desk, "2024-07-01")
    publish(desk.office, PLAN, "visit-2024-q2", "Thăm Mẹ", "Đã thăm.", (), ["thanh-doan-van-phong"], HEAD)
    watch_publishing(desk.office)
    assert desk.problems()["not_published/visit-2024-q2"] == "resolved"
