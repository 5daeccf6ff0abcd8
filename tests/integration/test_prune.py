"""Forgetting people once their time is over: nothing of them is left in any table, and every figure is what it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from dondoc.cli import group
from dondoc.clock import local
from dondoc.domain.participants import Person, Presence
from dondoc.domain.states import LetterState, MessageState, ProblemState
from dondoc.errors import Refused
from dondoc.services.attending import Marked, mark
from dondoc.services.deliver import settle_by_hand
from dondoc.services.forget_names import FORGOTTEN
from dondoc.services.intake import keep, read_kept
from dondoc.services.people_overview import gathering
from dondoc.services.prune import Terms, prune, without_addresses
from dondoc.services.scoreboard import scoreboard
from dondoc.store.tables import LetterRow, MessageRow, ProblemRow, Row
from tests.integration.office import HEAD, PLAN, UNITS, Desk, an_office
from tests.integration.people import SEMINAR, agreed_seminar, gives, people

in_each_database = pytest.mark.usefixtures("each_database")

KEPT = {"plans", "plan_versions", "cursors", "transfers", "statements", "receipts", "expenses", "entries"}
"""What is kept: the plan with its head, and the books."""
LATER = "2027-01-10 08:00"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A seminar that was held, with lists, a roll-call, mail of several kinds and a letter that failed."""
    with an_office(tmp_path) as desk:
        agreed_seminar(desk)
        gives(desk, "so-y-te", *people("so-y-te", 20), source="earlier")
        gives(desk, "so-y-te", *people("so-y-te", 32))
        gives(desk, "tnxp", *people("tnxp", 20), Person("Nguyễn Văn An", UNITS[3], phone="0903 123 456"))  # type: ignore[arg-type]
        desk.at("2024-08-15 11:00")
        came = [Marked(person, Presence.PRESENT) for person in people("so-y-te", 24)]
        absent = people("so-y-te", 1, first=24)[0]
        came.append(Marked(absent, Presence.SUBSTITUTE, "Đinh Thị Thay"))
        mark(desk.office, PLAN, SEMINAR, "so-y-te", came, HEAD)
        write(desk, "so-gtvt@example.org", "Tôi là Lý Thị Riêng, xin hỏi lại", "1")
        write(desk, "nguoi.la@example.org", "Nhất trí", "2")
        desk.at("2024-08-20 08:15").run()
        with desk.office.sessions.writing() as session:
            session.execute(
                update(MessageRow)
                .where(MessageRow.state == MessageState.HELD)
                .values(state=MessageState.DISMISSED, reason="dismissed")
            )
            now = desk.clock.now()
            session.execute(
                update(ProblemRow).values(state=ProblemState.RESOLVED, resolved_at=now, settled_by="x@y.vn")
            )
        yield desk


def write(desk: Desk, sender: str, text: str, number: str) -> None:
    content = f"From: {sender}\nTo: traloi@doan.example.org\nSubject: Thư của {sender}\n\n{text}\n".encode()
    with desk.office.sessions.writing() as session:
        assert keep(session, desk.office, f"test/{number}", content)
    read_kept(desk.office)


def terms(moment: str, names: int = 365, mail: int = 730) -> Terms:
    now = local(datetime.fromisoformat(moment))
    return Terms(now - timedelta(days=names), now - timedelta(days=mail))


def everything_said(desk: Desk) -> str:
    """All text and bytes of all tables but those that are kept."""
    with desk.office.sessions.reading() as session:
        cells = [
            cell
            for table in Row.metadata.sorted_tables
            if table.name not in KEPT
            for row in session.execute(select(table))
            for cell in row
        ]
    return "\n".join(
        cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
        for cell in cells
        if isinstance(cell, str | bytes)
    )


@in_each_database
def test_nothing_of_anybody_is_left_and_every_figure_is_what_it_was(desk: Desk) -> None:
    figures = (scoreboard(desk.office, PLAN), [unit.attendance for unit in gathering(desk.office, PLAN, SEMINAR).units])
    letters, events = desk.letters(), desk.events()
    for told in ("Nguyễn Văn An", "Đinh Thị Thay", "0903 123 456", "Lý Thị Riêng", "nguoi.la@example.org"):
        assert told in everything_said(desk)

    said = everything_said(desk)
    counted = prune(desk.at(LATER).office, terms(LATER), HEAD, really=False)
    assert sum(each.rows for each in counted) > 100
    assert everything_said(desk) == said, "counting removes nothing"

    prune(desk.office, terms(LATER), HEAD, really=True)
    again = prune(desk.office, terms(LATER), HEAD, really=True)

    assert {each.what: each.rows for each in again if each.rows} == {}
    left = everything_said(desk)
    for told in (*(person.name for person in people("so-y-te", 32)), "Đinh Thị Thay", "0903", "Lý Thị Riêng"):
        assert told not in left
    assert [line for line in left.splitlines() if "@example.org" in line] == []
    assert desk.letters() == letters
    assert desk.events() == [*events, "record.pruned"]
    now = (scoreboard(desk.office, PLAN), [unit.attendance for unit in gathering(desk.office, PLAN, SEMINAR).units])
    assert now == figures
    assert FORGOTTEN + "1" in left


def test_names_go_before_mail_and_neither_before_its_time(desk: Desk) -> None:
    early = prune(desk.office, terms("2025-08-01 08:00"), HEAD, really=False)
    assert {each.what for each in early if each.rows} == set()

    between = prune(desk.office, terms("2025-09-01 08:00"), HEAD, really=False)
    assert {each.what for each in between if each.rows} == {"people on lists and in roll-calls"}


def test_what_is_not_settled_is_kept_however_old_it_is_and_what_is_empty_is_not_sent(desk: Desk) -> None:
    failed = "consultation_request/seminar-2024/so-y-te"
    with desk.office.sessions.writing() as session:
        of_health = update(LetterRow).where(LetterRow.key == failed)
        session.execute(of_health.values(state=LetterState.FAILED, sent_at=None))
        session.execute(
            update(LetterRow).where(LetterRow.addressee == "tnxp").values(state=LetterState.UNKNOWN, sent_at=None)
        )
        session.execute(update(MessageRow).values(state=MessageState.HELD))
    prune(desk.at(LATER).office, terms(LATER), HEAD, really=True)

    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(LetterRow)).all()
        assert {bool(row.content) for row in rows if row.addressee == "tnxp"} == {True}
        assert {bool(row.content) for row in rows if row.addressee == "so-y-te"} == {False}
        assert all(session.scalars(select(MessageRow.content)))
    with pytest.raises(Refused, match="its text was removed when its time was over"):
        settle_by_hand(desk.office.sessions, PLAN, failed, arrived=False, by=HEAD, now=desk.clock.now())


def test_the_command_counts_unless_told_otherwise(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(desk.settings.data))
    counted = CliRunner().invoke(group, ["prune", "--as-of", LATER])
    assert counted.exit_code == 0, counted.output
    assert "rows would be cleared: dondoc prune --really" in counted.output

    removed = CliRunner().invoke(group, ["prune", "--as-of", LATER, "--really"])
    assert removed.output.splitlines()[-1].endswith("rows cleared")
    again = CliRunner().invoke(group, ["prune", "--as-of", LATER])
    assert again.output.splitlines()[-1] == "0 rows would be cleared: dondoc prune --really"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("“Re” to so-y-te@example.org: 550", "“Re” to (đã xóa): 550", id="in a sentence"),
        pytest.param("Lan <lan@example.org>, anh@x.vn.", "Lan <(đã xóa)>, (đã xóa).", id="several"),
        pytest.param("lúc 9 giờ @ phòng họp", "lúc 9 giờ   phòng họp", id="no address"),
    ],
)
def test_addresses_are_taken_out_of_a_text(text: str, left: str) -> None:
    assert without_addresses(text) == left
