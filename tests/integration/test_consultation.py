"""Consultation as a whole, on a real record with the real letters (Plan 2024, III.1 and III.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dondoc.domain.proposal import Revision
from dondoc.domain.states import LetterState, OccurrenceState, Verdict
from dondoc.errors import Refused, Unreadable
from dondoc.services import decide
from tests.integration.office import HEAD, PLAN, UNITS, Desk, an_office

pytestmark = pytest.mark.usefixtures("each_database")

Q2 = "visit-2024-q2"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The second quarter's consultation has just been opened, until 17:00 on 08/04/2024."""
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        yield desk


def letters_to(desk: Desk, kind: str, *units: str, suffix: str = "") -> list[str]:
    return [f"{kind}/{Q2}/{unit}{suffix}" for unit in units]


def test_every_unit_but_the_head_is_asked_once(desk: Desk) -> None:
    desk.run()

    assert desk.letters("consultation_request") == letters_to(desk, "consultation_request", *UNITS)
    assert {desk.letter(key).state for key in desk.letters()} == {LetterState.SENT}


def test_quarters_over_before_the_plan_was_loaded_are_left_alone(desk: Desk) -> None:
    assert desk.occurrence("visit-2024-q1").state is OccurrenceState.BEFORE_SYSTEM
    assert not [key for key in desk.letters() if "visit-2024-q1" in key]


def test_when_everyone_agrees_all_are_told_and_it_launches(desk: Desk) -> None:
    desk.at("2024-04-02 09:00").everyone_answers()
    desk.at("2024-04-02 17:05").run()

    assert desk.occurrence().state is OccurrenceState.LAUNCHED
    assert desk.letters("consultation_outcome") == letters_to(desk, "consultation_outcome", "head", *UNITS)
    rounds = [event for event in desk.events() if event.partition(".")[0] not in ("due", "invitation")]
    assert rounds[-3:] == ["response.recorded", "consultation.agreed", "occurrence.launched"]


def test_only_the_silent_are_reminded_and_their_secretary_is_told(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt", "tnxp")
    for moment in ("2024-04-03 08:15", "2024-04-05 08:15"):
        desk.at(moment).run()
    desk.at("2024-04-05 10:00").answer("tnxp")
    desk.at("2024-04-08 08:15").run()

    assert desk.letters("consultation_reminder") == [
        f"consultation_reminder/{Q2}/so-gtvt/1",
        f"consultation_reminder/{Q2}/tnxp/1",
        f"consultation_reminder/{Q2}/so-gtvt/2",
        f"consultation_reminder/{Q2}/tnxp/2",
    ]
    assert desk.letters("consultation_escalation") == [f"consultation_escalation/{Q2}/so-gtvt"]
    assert desk.letter(f"consultation_escalation/{Q2}/so-gtvt").address == "bi-thu.so-gtvt@example.org"


def test_a_reminder_written_before_the_answer_but_not_sent_yet_is_withdrawn(desk: Desk) -> None:
    from dondoc.services.follow_up import follow_up

    follow_up(desk.at("2024-04-03 08:15").office)
    desk.answer("so-gtvt")
    desk.send()

    reminder = desk.letter(f"consultation_reminder/{Q2}/so-gtvt/1")
    assert (reminder.state, reminder.note) == (LetterState.WITHDRAWN, "not sent, because it was settled before")
    assert desk.letter(f"consultation_reminder/{Q2}/tnxp/1").state is LetterState.SENT


def test_silence_at_the_close_goes_to_the_head_and_nothing_launches(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt")
    desk.at("2024-04-08 17:05").run()
    desk.at("2024-04-09 17:05").run()

    assert desk.occurrence().state is OccurrenceState.CONSULTING
    assert desk.letters("decision_needed") == [f"decision_needed/{Q2}/head"]
    assert desk.problems() == {f"silence/{Q2}/so-gtvt": "open"}


def test_an_objection_reaches_the_head_at_once_and_only_once(desk: Desk) -> None:
    desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch tập huấn của Sở")
    desk.run()

    assert desk.letters("objection_notice") == [f"objection_notice/{Q2}/so-gtvt/1"]
    assert desk.letters("problems_notice") == []
    assert desk.problems() == {f"objection/{Q2}/so-gtvt": "open"}


def test_an_objection_taken_back_no_longer_stands_in_the_way(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt")
    desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch")
    desk.at("2024-04-03 09:00").answer("so-gtvt")
    desk.run()

    assert desk.occurrence().state is OccurrenceState.LAUNCHED
    assert desk.problems() == {f"objection/{Q2}/so-gtvt": "resolved"}


def test_an_objection_needs_its_reason(desk: Desk) -> None:
    with pytest.raises(Refused, match="opinion/visit-2024-q2/so-gtvt: an objection needs its reason"):
        desk.answer("so-gtvt", Verdict.OBJECT, "  ")


def test_hearing_the_same_answer_twice_records_it_once(desk: Desk) -> None:
    assert desk.answer("so-y-te", source="form/1").new
    assert not desk.answer("so-y-te", source="form/1").new

    assert desk.letters("answer_confirmation") == [f"answer_confirmation/{Q2}/so-y-te/1"]


def test_an_unknown_unit_is_named(desk: Desk) -> None:
    with pytest.raises(Unreadable, match="has no request opinion/visit-2024-q2/so-vhtt"):
        desk.answer("so-vhtt")


def test_an_answer_after_the_close_is_kept_but_changes_nothing_until_the_head_reopens(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt")
    desk.at("2024-04-08 17:05").run()

    assert desk.at("2024-04-09 09:00").answer("so-gtvt").late
    desk.run()
    assert desk.occurrence().state is OccurrenceState.CONSULTING
    assert desk.letters("late_answer_notice") == [f"late_answer_notice/{Q2}/so-gtvt/1"]

    decide.reopen(desk.office, PLAN, Q2, "Sở GTVT đã trả lời", HEAD)
    desk.at("2024-04-09 17:05").run()
    assert desk.occurrence().state is OccurrenceState.LAUNCHED
    assert "consultation.reopened" in desk.events()


def test_the_head_proceeds_with_a_reason_and_the_units_read_it(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt")
    desk.at("2024-04-08 17:05").run()

    with pytest.raises(Refused, match="to proceed, give the reason"):
        decide.proceed(desk.office, PLAN, Q2, " ", HEAD)
    decide.proceed(desk.office, PLAN, Q2, "Đã thống nhất qua điện thoại", HEAD)
    desk.run()

    assert desk.occurrence().state is OccurrenceState.LAUNCHED
    assert desk.letters("consultation_outcome") == letters_to(desk, "consultation_outcome", "head", *UNITS)
    assert desk.problems() == {f"silence/{Q2}/so-gtvt": "resolved"}


def test_cancelling_tells_everyone_and_ends_the_chase(desk: Desk) -> None:
    decide.cancel(desk.office, PLAN, Q2, "Gia đình đề nghị dời sang quý sau", HEAD)
    desk.at("2024-04-05 08:15").run()

    assert desk.occurrence().state is OccurrenceState.CANCELLED
    assert desk.letters("consultation_reminder") == []
    assert desk.letters("consultation_outcome") == letters_to(desk, "consultation_outcome", "head", *UNITS)


def test_an_immaterial_change_asks_only_those_who_had_not_agreed(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt", "tnxp")
    desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch tập huấn")
    later = Revision(day=date(2024, 6, 17))
    decide.change(desk.at("2024-04-04 09:00").office, PLAN, Q2, later, "Tránh lịch tập huấn", HEAD)
    desk.run()

    assert desk.letters("consultation_request")[6:] == letters_to(
        desk, "consultation_request", "so-gtvt", "tnxp", suffix="/2"
    )
    assert desk.letters("consultation_outcome") == letters_to(
        desk, "consultation_outcome", "khoi-nnptnt", "khoi-tnmt", "so-ldtbxh", "so-y-te"
    )
    for unit in ("so-gtvt", "tnxp"):
        desk.answer(unit)
    desk.at("2024-04-04 17:05").run()
    assert desk.occurrence().state is OccurrenceState.LAUNCHED


def test_a_changed_amount_asks_everyone_again(desk: Desk) -> None:
    desk.everyone_answers("so-gtvt")
    decide.change(desk.at("2024-04-04 09:00").office, PLAN, Q2, Revision(each=2_000_000), "Chi phí tăng", HEAD)
    desk.at("2024-04-04 17:05").run()

    assert desk.letters("consultation_request")[6:] == letters_to(desk, "consultation_request", *UNITS, suffix="/2")
    assert desk.events().count("response.superseded") == 5
    assert desk.occurrence().state is OccurrenceState.CONSULTING


def test_a_change_that_changes_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="changes nothing"):
        decide.change(desk.office, PLAN, Q2, Revision(), "Không rõ", HEAD)


def test_three_days_of_silence_on_our_side_bring_one_letter_a_unit(desk: Desk) -> None:
    desk.at("2024-04-09 08:15").run()

    to_a_unit = [key for key in desk.letters() if "so-y-te" in key]
    assert to_a_unit == [f"consultation_request/{Q2}/so-y-te", f"consultation_reminder/{Q2}/so-y-te/1"]
    assert "reminder.skipped" in desk.events()


def test_a_unit_without_a_contact_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    from tests.integration.office import plan_2024

    plan = plan_2024()
    mute = tuple(u.model_copy(update={"contacts": ()}) if u.id == "tnxp" else u for u in plan.units)
    with an_office(tmp_path, plan=plan.model_copy(update={"units": mute})) as desk:
        desk.at("2024-04-01 08:00").run()
        desk.run()

        assert desk.problems() == {"no_contact/tnxp": "open"}
        assert len(desk.letters("consultation_request")) == 5
        assert len(desk.letters("problems_notice")) == 1


def test_nothing_is_said_on_a_day_off(desk: Desk) -> None:
    before = desk.letters()

    desk.at("2024-04-06 08:15").run()
    desk.at("2024-04-07 08:15").run()

    assert desk.letters() == before
