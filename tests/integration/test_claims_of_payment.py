"""A unit says that it has paid: what is kept of it, what is not believed, and what follows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.domain.states import Channel
from dondoc.errors import Refused
from dondoc.services.claims import MAX_NOTE, Claim, claim
from dondoc.services.intake import keep, read_kept
from dondoc.services.rehearse_mail import as_replied
from dondoc.services.script import Reply
from dondoc.store.history import Actor
from dondoc.store.queries import find_request
from dondoc.store.tables import HistoryRow
from dondoc.store.tables_money import ClaimRow
from tests.integration.bank import GTVT, YTE, an_agreed_visit, take_in
from tests.integration.office import PLAN, Desk

REQUEST = "contribution/visit-2024-q2/so-y-te"
BY = Actor("so-y-te@example.org", Channel.WEB)
TODAY = date(2024, 4, 9)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_agreed_visit(tmp_path) as desk:
        take_in(desk.at("2024-04-09 09:00"), ("09/04/2024", "A1", 1_750_000, f"{{{GTVT}}}"))
        yield desk.at("2024-04-09 10:00")


def said(day: date, note: str = "", source: str = "form-1") -> Claim:
    return Claim(day, note, "so-y-te@example.org", source)


def kept(desk: Desk) -> list[tuple[date, str, str, Channel]]:
    with desk.office.sessions.reading() as session:
        return [(row.paid_on, row.note, row.by, row.channel) for row in session.scalars(select(ClaimRow))]


def test_what_was_said_is_kept_once_with_who_said_it_and_stands_in_the_history(desk: Desk) -> None:
    for _ in range(2):
        claim(desk.office, PLAN, REQUEST, said(TODAY, "UNC số 12"), BY)

    assert kept(desk) == [(TODAY, "UNC số 12", "so-y-te@example.org", Channel.WEB)]
    assert desk.letters("claim_noted") == ["claim_noted/visit-2024-q2/so-y-te/1"]
    with desk.office.sessions.reading() as session:
        [line] = session.scalars(select(HistoryRow).where(HistoryRow.event == "due.claimed"))
        assert (line.unit, line.new, line.detail) == ("so-y-te", YTE, "09/04/2024 UNC số 12")
        assert (line.occurrence, line.who, line.channel) == ("visit-2024-q2", BY.who, Channel.WEB)
        assert find_request(session, PLAN, REQUEST).held_at == desk.clock.at


def test_a_claim_without_a_word_is_its_day_in_the_history_and_a_long_one_is_cut(desk: Desk) -> None:
    claim(desk.office, PLAN, REQUEST, said(TODAY), BY)
    claim(desk.office, PLAN, REQUEST, said(TODAY, "a" * (MAX_NOTE + 1), "form-2"), BY)

    assert [note for _, note, *_ in kept(desk)] == ["", "a" * 1000]
    with desk.office.sessions.reading() as session:
        first, _ = session.scalars(select(HistoryRow.detail).where(HistoryRow.event == "due.claimed"))
    assert first == "09/04/2024"


@pytest.mark.parametrize(("days_ago", "is_believed"), [(0, True), (366, True), (-1, False), (367, False)])
def test_a_day_is_believed_for_a_year_back_and_none_to_come(desk: Desk, days_ago: int, is_believed: bool) -> None:
    day = TODAY - timedelta(days_ago)
    if not is_believed:
        refusal = f"{YTE}: {day:%d/%m/%Y} is no day on which it can have been paid; today is 09/04/2024"
        with pytest.raises(Refused) as refused:
            claim(desk.office, PLAN, REQUEST, said(day), BY)
        assert str(refused.value) == refusal
        assert kept(desk) == []
        return

    claim(desk.office, PLAN, REQUEST, said(day), BY)

    assert [day for day, *_ in kept(desk)] == [day]


def test_who_owes_nothing_any_more_need_not_say_so(desk: Desk) -> None:
    with pytest.raises(Refused, match=f"{GTVT} is not owed any more: nothing has to be paid"):
        claim(desk.office, PLAN, REQUEST.replace("so-y-te", "so-gtvt"), said(TODAY), BY)

    assert kept(desk) == []


@pytest.mark.parametrize("written", ["Mon, 08 Apr 2024 16:00:00 +0700", "Tue, 08 Apr 2031 16:00:00 +0700"])
def test_today_in_a_reply_is_the_day_that_it_bears_unless_that_cannot_be(desk: Desk, written: str) -> None:
    desk.send()
    given = Reply(unit="so-y-te", request=REQUEST, text="Đã chuyển khoản hôm nay ạ")
    with desk.office.sessions.reading() as session:
        message = message_from_bytes(as_replied(desk.office, session, PLAN, given.request, given))
    message.replace_header("Date", written)
    with desk.office.sessions.writing() as session:
        keep(session, desk.office, "test/1", message.as_bytes())
    read_kept(desk.office)

    assert [day for day, *_ in kept(desk)] == [date(2024, 4, 8) if "2024" in written else TODAY]
