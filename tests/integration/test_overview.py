"""The overview: what the board, `dondoc status` and the artifacts show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.domain.states import Decision, LetterState, Outcome, Verdict
from dondoc.services.decide import proceed
from dondoc.services.overview import Board, board, detail, overview
from dondoc.store.tables import LetterRow, SuppressionRow
from tests.integration.office import HEAD, PLAN, UNITS, Desk, an_office, plan_2024
from tests.integration.statements import counted

pytestmark = pytest.mark.usefixtures("each_database")

Q2 = "visit-2024-q2"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        yield desk


def look(desk: Desk) -> Board:
    overview(desk.office)
    detail(desk.office, PLAN, Q2)
    return board(desk.office)


def test_a_look_takes_as_many_queries_however_much_there_is_to_see(desk: Desk, tmp_path: Path) -> None:
    plan = plan_2024()
    visits = next(activity for activity in plan.activities if activity.id == "visit")
    short = visits.model_copy(update={"occurrences": visits.occurrences[:2]})
    policy = plan.policy.model_copy(update={"place_known_by": {}})
    two_visits = plan.model_copy(update={"activities": (short,), "policy": policy})
    with an_office(tmp_path / "short", "2024-04-01 08:00", two_visits) as little:
        little.run()
        with counted(little) as few:
            assert len(look(little).overview.occurrences) == 2
    desk.everyone_answers()
    for moment in ("2024-05-02 08:00", "2024-07-01 08:00", "2024-10-01 08:00"):
        desk.at(moment).run()

    with counted(desk) as many:
        assert len(look(desk).details) > 3

    assert len(many) == len(few)


def test_a_round_without_objections_waits_for_nobody_until_it_closes(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt")
    [open_line] = [line for line in overview(desk.office).occurrences if line.key == Q2]
    desk.at("2024-04-08 17:05").run()
    found = overview(desk.office)

    assert (open_line.asked, open_line.answered, open_line.needs_decision) == (6, 5, False)
    assert [(line.key, line.silent, line.outcome) for line in found.decisions] == [(Q2, 1, Outcome.SILENT)]


def test_an_objection_needs_a_decision_at_once(desk: Desk) -> None:
    desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch")

    assert [line.objecting for line in overview(desk.office).decisions] == [1]


def test_a_unit_is_shown_with_what_counts_what_came_late_and_how_it_was_chased(desk: Desk) -> None:
    desk.answer("so-y-te", Verdict.COMMENT, "Đề nghị xuất phát sớm")
    for moment in ("2024-04-03 08:00", "2024-04-05 08:00", "2024-04-08 17:05"):
        desk.at(moment).run()
    desk.answer("so-gtvt")

    units = {unit.unit: unit for unit in detail(desk.office, PLAN, Q2).units}

    assert tuple(units) == UNITS
    assert (answer := units["so-y-te"].answer) is not None
    assert (answer.verdict, answer.version, answer.comment) == (Verdict.COMMENT, 1, "Đề nghị xuất phát sớm")
    assert units["so-y-te"].reminders == 0
    assert units["so-gtvt"].answer is None
    assert (late := units["so-gtvt"].late) is not None
    assert late.late
    assert units["so-gtvt"].reminders == 2
    assert f"{units['so-gtvt'].reminded_on}" == "2024-04-05"
    assert {unit.letter for unit in units.values()} == {LetterState.SENT}


def test_a_decision_is_shown_with_its_reason_and_who_took_it(desk: Desk) -> None:
    desk.at("2024-04-08 17:05").run()
    proceed(desk.office, PLAN, Q2, "Đã thống nhất qua điện thoại", HEAD)

    [line] = detail(desk.office, PLAN, Q2).decisions

    assert (line.decision, line.reason, line.by) == (Decision.PROCEED, "Đã thống nhất qua điện thoại", HEAD.who)


def test_letters_in_trouble_and_addresses_out_of_reach_are_shown(desk: Desk) -> None:
    with desk.office.sessions.writing() as session:
        letter = session.scalars(select(LetterRow).where(LetterRow.key == f"consultation_request/{Q2}/tnxp")).one()
        letter.state, letter.sent_at, letter.note = LetterState.UNKNOWN, None, "connection lost"
        session.add(SuppressionRow(address=letter.address, since=desk.clock.now(), reason="5.1.1"))

    found = detail(desk.office, PLAN, Q2)

    assert [(line.key, line.state, line.note) for line in found.trouble] == [
        (f"consultation_request/{Q2}/tnxp", LetterState.UNKNOWN, "connection lost")
    ]
    assert [unit.unit for unit in found.units if unit.unreached] == ["tnxp"]


def test_everything_can_be_written_as_json(desk: Desk) -> None:
    desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch")

    written = json.loads(json.dumps(asdict(board(desk.office)), default=lambda moment: moment.isoformat()))

    assert written["overview"]["occurrences"][1]["needs_decision"] is True
    assert written["details"][Q2]["units"][1]["answer"]["at"] == "2024-04-01T08:00:00+07:00"
