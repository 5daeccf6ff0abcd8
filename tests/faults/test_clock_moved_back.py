"""A clock that goes back between runs: nothing is undone or said again, and later runs go on as if it had not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.domain.plan import Plan, Relation
from dondoc.domain.proposal import Revision
from dondoc.domain.states import LetterState, OccurrenceState, Verdict
from dondoc.mail.smtp import SmtpTransport
from dondoc.services.acts import Said, act
from dondoc.services.consult import open_due
from dondoc.services.deliver import Delivered, deliver
from dondoc.services.plans import load_plan
from dondoc.store.tables import LetterRow, RequestRow
from tests.integration.bank import YTE, take_in
from tests.integration.office import HEAD, PLAN, UNITS, Desk, an_office
from tests.integration.people import gives, people
from tests.integration.smtp_server import Server, listening
from tests.integration.test_membership import GTVT, NEW, TNMT, another_head, changed, left

Q2 = "visit-2024-q2"
Happens = tuple[str, Callable[[Desk], object] | None]
"""A run, and what happens just before it."""


def decide(do: str, reason: str = "", day: date | None = None) -> Callable[[Desk], None]:
    return lambda desk: act(desk.office, PLAN, Q2, do, Said(reason, Revision(day=day)), HEAD)


def everything_else() -> Plan:
    """One unit leaves, one becomes part of a new one, and another unit leads, all on 3 April."""
    day = date(2024, 4, 3)
    merged = Relation(kind="merged_into", on=day, unit=NEW.id)
    return changed({GTVT: left(day), TNMT: merged}, NEW, heads=another_head(day).heads)


SPRING: tuple[Happens, ...] = (
    ("2024-04-01 08:15", None),
    ("2024-04-02 09:00", lambda desk: [desk.answer(unit) for unit in UNITS[:3]]),
    ("2024-04-03 08:15", None),
    ("2024-04-04 08:15", lambda desk: desk.answer("tnxp", Verdict.OBJECT, "Trùng lịch tập huấn")),
    ("2024-04-05 08:15", None),
    ("2024-04-08 08:15", None),
    ("2024-04-09 08:15", decide("proceed", "Đã trao đổi qua điện thoại")),
    ("2024-04-10 08:15", lambda desk: take_in(desk, ("10/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))),
    ("2024-05-02 08:15", decide("set-date", "Trùng lịch", date(2024, 6, 21))),
    ("2024-06-03 08:15", lambda desk: gives(desk, "so-y-te", *people("so-y-te", 3), occurrence=Q2)),
    ("2024-06-18 08:15", None),
    ("2024-06-24 08:15", decide("held", day=date(2024, 6, 21))),
    ("2024-07-01 08:15", None),
)
OTHERS: tuple[Happens, ...] = (
    ("2024-04-01 08:15", lambda desk: load_plan(desk.office, everything_else(), HEAD)),
    ("2024-04-02 09:00", lambda desk: [desk.answer(unit) for unit in (GTVT, "tnxp")]),
    ("2024-04-03 08:15", None),
    ("2024-04-05 08:15", lambda desk: desk.answer(NEW.id)),
    ("2024-04-08 08:15", None),
)


def lived(folder: Path, quarter: tuple[Happens, ...], *back: timedelta) -> dict[str, object]:
    """All that was written, said, found and recorded, if after each run come others from so long before."""
    with an_office(folder, "2024-04-01 07:00") as desk:
        for moment, happens in quarter:
            desk.at(moment)
            if happens is not None:
                happens(desk)
            desk.run()
            before = remembered(desk)
            for span in back:
                desk.at(moment).clock.at -= span
                desk.run()
                assert remembered(desk) == before, f"a run {span} before {moment}"
        return remembered(desk)


def remembered(desk: Desk) -> dict[str, object]:
    with desk.office.sessions.reading() as session:
        return {
            "letters": dict(session.execute(select(LetterRow.key, LetterRow.state)).tuples().all()),
            "requests": dict(session.execute(select(RequestRow.key, RequestRow.state)).tuples().all()),
            "events": desk.events(),
            "problems": desk.problems(),
        }


@pytest.mark.parametrize("quarter", [SPRING, OTHERS], ids=["a visit", "units and a head that change"])
def test_a_quarter_in_which_the_clock_goes_back_is_the_same_quarter(
    tmp_path: Path, quarter: tuple[Happens, ...]
) -> None:
    straight = lived(tmp_path / "straight", quarter)

    assert lived(tmp_path / "back", quarter, timedelta(days=1), timedelta(days=40)) == straight


def test_an_answer_that_comes_while_the_clock_is_behind_counts(desk: Desk) -> None:
    desk.at("2024-04-02 08:15").run()

    desk.at("2024-03-30 10:00").everyone_answers()
    desk.at("2024-04-03 17:05").run()

    assert desk.occurrence().state is OccurrenceState.LAUNCHED
    assert desk.letters("consultation_reminder") == []


def test_letters_that_a_clock_ahead_put_off_leave_once_it_is_right(desk: Desk) -> None:
    def send(answer: str) -> Delivered:
        server = Server(answer=lambda _server, step, _address: answer if step == "MAIL" else "250 OK")
        with listening(server) as settings, SmtpTransport(settings) as transport:
            sender = "bounces@doan.example.org"
            return deliver(desk.office.sessions, transport, desk.clock, account="test", sender=lambda _: sender)

    open_due(desk.office)
    desk.clock.at += timedelta(days=365)
    assert send("421 4.3.2 closing").stopped

    desk.clock.at -= timedelta(days=365)
    assert send("250 OK").sent == 7
    assert {desk.letter(key).state for key in desk.letters()} == {LetterState.SENT}


def test_who_was_written_to_while_the_clock_was_ahead_is_reminded_in_time(desk: Desk) -> None:
    open_due(desk.office)
    desk.clock.at += timedelta(days=365)
    desk.send()

    desk.at("2024-04-03 08:15").run()

    reminded = {key.rpartition("/")[0].rpartition("/")[2] for key in desk.letters("consultation_reminder")}
    assert reminded == set(UNITS)
