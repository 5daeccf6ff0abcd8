"""Killed at each point that matters, then run on: the life is the same as if nothing had happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import pytest

from dondoc.clock import local
from tests.crash import record
from tests.crash.life import LEASE, Kept, Life, Mailing, Sent, once
from tests.crash.offices import an_office_that_lives
from tests.crash.points import Fatal
from tests.crash.reaper import Doom, Ended, Forge
from tests.crash.world import Acts, Happening, Mail, Payments, Run, Visit
from tests.integration.office import UNITS


def at(moment: str) -> datetime:
    return local(datetime.fromisoformat(f"2024-04-{moment}"))


OPINION: Final = "opinion/visit-2024-q2"
SPRING: Final[dict[str, Happening]] = {
    "opening": Run(at("01 08:00"), ("follow-up",)),
    "intake": Mail(at("01 09:00"), tuple({"unit": u, "request": OPINION, "text": "Nhất trí"} for u in UNITS[:4])),
    "phone": Run(
        at("01 10:00"),
        tuple(f"respond {OPINION}/{UNITS[5]} agree --by Huy --channel phone --evidence 9:00".split()),
    ),
    "page": Visit(at("01 11:00"), UNITS[4], OPINION, "agree"),
    "launch": Run(at("01 17:05"), ("follow-up",)),
    "names": Acts(
        at("02 09:00"),
        (
            {
                "at": "2024-04-02 09:00",
                "names": {"unit": "tnxp", "request": "participants/visit-2024-q2", "people": ["Lê An"]},
            },
        ),
    ),
    "decision": Run(
        at("02 10:00"),
        ("occurrence", "set-date", "visit-2024-q2", "--day", "2024-06-21", "--reason", "Trùng lịch họp"),
    ),
    "import": Payments(
        at("03 09:00"),
        "sao-ke.csv",
        tuple(("02/04/2024", f"A{n}", 1_750_000, f"{{due/visit-2024-q2/{u}}} nop") for n, u in enumerate(UNITS[:5])),
    ),
    "cash": Run(at("03 10:00"), ("money", "cash", "due/visit-2024-q2/khoi-nnptnt=500000", "--payer", "đ/c thủ quỹ")),
    "spending": Run(at("03 11:00"), ("money", "spend", "visit", "500000", "--what", "Hoa", "--evidence", "HĐ 0001234")),
    "reminding": Run(at("12 08:00"), ("follow-up",)),
}
"""A spring in which everything happens once."""


class Point(NamedTuple):
    """Where the work of that name is killed."""

    during: str
    doom: Doom


def reached(during: str, name: str, nth: int = 1) -> Point:
    return Point(during, Doom(point=Fatal(nth, name)))


def with_letter(during: str, nth: int, moment: str) -> Point:
    return Point(during, Doom(letter=(nth, moment)))


POINTS: Final = {
    "intake: a message is fetched and not kept": reached("intake", "commit .*messages", 2),
    "intake: a message is kept and not read": reached("intake", "committed .*messages", 2),
    "intake: everything is kept, nothing is read": reached("intake", "committed .*messages", 4),
    "recording: an answer by mail is written and not committed": reached("intake", "commit .*responses", 2),
    "recording: an answer by mail is recorded, its confirmation waits": reached("intake", "committed .*responses", 2),
    "recording: an answer on the page is not committed": reached("page", "commit .*responses"),
    "recording: an answer on the page is recorded, and the unit is not told": reached("page", "committed .*responses"),
    "recording: an answer by telephone is recorded, and who typed it is not told": reached("phone", "committed .*resp"),
    "recording: names are written and not committed": reached("names", "commit .*name_lists"),
    "recording: names are recorded": reached("names", "committed .*name_lists"),
    "deciding: the head's decision is not committed": reached("decision", "commit .*"),
    "deciding: the head's decision is recorded, and he is not told": reached("decision", "committed .*"),
    "deciding: a proposal is made, nobody is asked": reached("opening", "INSERT INTO requests"),
    "deciding: the rules looked, and wrote nothing": reached("launch", "BEGIN IMMEDIATE", 2),
    "deciding: a round is closed, nobody has heard of it": reached("launch", "committed history occurrences rounds"),
    "deciding: an activity is agreed and not launched": reached("launch", "commit history occurrences$"),
    "deciding: an activity is launched, and nothing is asked": reached("launch", "committed history occurrences$"),
    "deciding: dues are raised, and nobody has heard of them": reached("launch", "committed requests dues"),
    "enqueueing: the letters are written and not committed": reached("opening", "commit .*letters"),
    "enqueueing: the letters wait, none has left": reached("opening", "committed .*letters"),
    "enqueueing: some of the letters of a launch wait": reached("launch", "committed invitations"),
    "sending: the letters are claimed, and no server is called": reached("opening", "smtp connect"),
    "sending: one letter counts as sent, the next is begun": reached("opening", "smtp MAIL", 3),
    "sending: the recipient is taken": reached("opening", "smtp DATA", 3),
    "sending: the letter is about to leave": reached("opening", "smtp (?!ehlo|MAIL|RCPT|DATA|QUIT)", 3),
    "sending: the server waits for the letter": with_letter("opening", 3, "begun"),
    "sending: the server has the letter and has kept nothing yet": with_letter("opening", 3, "arrived"),
    "sending: the server has kept the letter and said nothing": with_letter("opening", 3, "kept"),
    "sending: the server has just said 250": with_letter("opening", 3, "answered"),
    "sending: the last letter is out": with_letter("opening", 7, "answered"),
    "settling: 250 is heard and not written down": reached("opening", "UPDATE letters SET state = 'sent'", 3),
    "settling: 250 is written down and not committed": reached("opening", "commit letters", 4),
    "settling: everything is sent, the run has not ended": reached("opening", "commit last_runs", 2),
    "importing: the lines are read, none is kept": reached("import", "INSERT INTO transfers"),
    "importing: money is booked to some of the dues": reached("import", "INSERT INTO postings", 5),
    "importing: everything is booked and not committed": reached("import", "commit .*postings"),
    "importing: everything is booked, the receipts wait": reached("import", "committed .*postings"),
    "importing: half of the receipts are out": with_letter("import", 2, "kept"),
    "booking: cash is booked, and the treasurer is not told": reached("cash", "committed .*postings"),
    "booking: the receipt for cash is on its way": with_letter("cash", 1, "begun"),
    "booking: an expense is not committed": reached("spending", "commit .*expenses"),
    "booking: an expense is booked, and the treasurer is not told": reached("spending", "committed .*expenses"),
    "reminding: the reminders are counted and not committed": reached("reminding", "commit .*letters"),
    "reminding: the reminders wait": reached("reminding", "committed .*letters"),
}


class Twin:
    """The spring as it is undisturbed, which can be taken up anew before each thing that happens in it."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self._before: dict[str, Kept] = {}
        self._ended: dict[str, tuple[list[Ended], record.Remembered]] = {}
        for name, what in SPRING.items():
            self._before[name] = life.keep()
            self._ended[name] = life.happen(what), life.remembered()
        life.check()

    def goes_on_after(self, point: Point) -> str:
        """Go back, be killed there, run on; returns in what the two lives differ."""
        self.life.go_back(self._before[point.during])
        ended, undisturbed = self._ended[point.during]
        died_before = len(self.life.killed)
        self.life.happen(SPRING[point.during], once(point.doom), ended)
        assert len(self.life.killed) == died_before + 1, f"nobody died; it went to {ended[0].last}"
        self.life.check()
        return record.difference(undisturbed, self.life.remembered())

    def takes_up(self, during: str) -> Life:
        self.life.go_back(self._before[during])
        return self.life


@pytest.fixture(scope="module")
def twin(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Letters are found where they arrived."""
    with an_office_that_lives(
        forge, tmp_path_factory.mktemp("crash") / "office", at("01 07:00"), Mailing(Sent.LOCAL)
    ) as life:
        yield Twin(life)


@pytest.fixture(scope="module")
def unsure(forge: Forge, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Nothing keeps the letters that left: whoever was written to is asked."""
    with an_office_that_lives(
        forge, tmp_path_factory.mktemp("crash") / "office", at("01 07:00"), Mailing(Sent.NOBODY)
    ) as life:
        yield Twin(life)


@pytest.mark.parametrize("claim", POINTS)
def test_killed_there_and_run_on_it_is_the_same_life(twin: Twin, claim: str) -> None:
    assert twin.goes_on_after(POINTS[claim]) == ""


@pytest.mark.parametrize("claim", [claim for claim in POINTS if claim.startswith(("sending", "settling"))])
def test_it_is_the_same_life_when_letters_have_to_be_asked_for(unsure: Twin, claim: str) -> None:
    assert unsure.goes_on_after(POINTS[claim]) == ""


def test_a_letter_in_doubt_stands_before_the_head_until_somebody_says_what_became_of_it(unsure: Twin) -> None:
    life, opening = unsure.takes_up("opening"), SPRING["opening"]
    doubtful = "consultation_request/visit-2024-q2/so-gtvt"
    life.post.now = opening.at
    assert life.reaper.command("follow-up", at=opening.at, doom=Doom(letter=(3, "kept"))).was_killed

    life.reaper.command("deliver", at=opening.at + LEASE)
    assert life.in_doubt() == {doubtful}
    assert f"letter_unknown/{doubtful}" in life.reaper.say("status", "--json").said

    for hours in (1, 25, 49):
        life.reaper.command("follow-up", at=opening.at + timedelta(hours=hours))
    assert life.in_doubt() == {doubtful}
    assert "problems_notice/hcsn-2024/head/1" in life.desk.letters("problems_notice")
    life.check_letters()
