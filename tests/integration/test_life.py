"""What becomes of an occurrence: moved, postponed, skipped, merged, held; and an activity that is paused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dondoc.clock import local
from dondoc.domain.proposal import Revision
from dondoc.domain.states import LetterState, OccurrenceState, RequestState
from dondoc.errors import Refused, Unreadable
from dondoc.services.acts import Said, act
from dondoc.services.case import open_case
from dondoc.services.consult import open_due
from dondoc.services.follow_up import follow_up
from dondoc.services.pausing import pause, resume
from dondoc.services.results import results
from dondoc.services.working import hand_over
from dondoc.store.tables import HistoryRow, ProposalRow, RequestRow
from tests.integration.office import HEAD, PLAN, Desk, an_office

Q2, Q3 = "visit-2024-q2", "visit-2024-q3"
CAMPAIGN = "ky-nghi-hong-2024"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 07:00") as desk:
        yield desk


@pytest.fixture
def agreed(desk: Desk) -> Desk:
    """Everybody agreed to the visit, and it was launched."""
    desk.at("2024-04-01 08:15").run()
    desk.everyone_answers()
    desk.at("2024-04-01 17:05").run()
    assert desk.occurrence(Q2).state is OccurrenceState.LAUNCHED
    return desk


def do(desk: Desk, what: str, reason: str = "", *, occurrence: str = Q2, into: str | None = None, **new: Any) -> None:
    act(desk.office, PLAN, occurrence, what, Said(reason, Revision(**new), into), HEAD)


def opinions(desk: Desk, occurrence: str = Q2) -> set[RequestState]:
    with desk.office.sessions.reading() as session:
        row = open_case(session, PLAN, occurrence, desk.clock.now()).row
        return set(
            session.scalars(
                select(RequestRow.state).where(RequestRow.occurrence_id == row.id, RequestRow.kind == "opinion")
            )
        )


def history(desk: Desk, event: str) -> list[tuple[str | None, str | None, str]]:
    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(HistoryRow).where(HistoryRow.event == event).order_by(HistoryRow.id))
        return [(row.old, row.new, row.detail) for row in rows]


def test_a_new_day_keeps_the_agreement_and_both_days_stay_in_the_record(agreed: Desk) -> None:
    do(agreed, "set-date", "Trùng lịch tập huấn", day=date(2024, 6, 21))

    assert agreed.occurrence().state is OccurrenceState.LAUNCHED
    assert opinions(agreed) == {RequestState.ANSWERED}
    assert history(agreed, "occurrence.moved") == [
        (
            "thứ Sáu, ngày 14/06/2024; Huyện Củ Chi",
            "version 2: thứ Sáu, ngày 21/06/2024; Huyện Củ Chi",
            "Trùng lịch tập huấn",
        )
    ]
    with agreed.office.sessions.reading() as session:
        assert len(session.scalars(select(ProposalRow)).all()) == 2


def test_a_material_day_asks_everybody_again_and_stops_the_rest(agreed: Desk) -> None:
    do(agreed, "set-date", "Đổi hẳn lịch", day=date(2024, 6, 21), material=True)

    assert agreed.occurrence().state is OccurrenceState.CONSULTING
    assert opinions(agreed) == {RequestState.OPEN}
    assert len(agreed.letters("consultation_request")) == 12
    agreed.at("2024-04-02 09:00").everyone_answers()
    agreed.at("2024-04-02 17:05").run()
    assert agreed.occurrence().state is OccurrenceState.LAUNCHED


def test_the_same_word_twice_is_refused_and_changes_nothing(agreed: Desk) -> None:
    do(agreed, "postpone", "Ngập sâu")

    with pytest.raises(Refused, match="visit-2024-q2 is postponed and cannot become postponed"):
        do(agreed, "postpone", "Ngập sâu")

    assert agreed.events().count("occurrence.postponed") == 1


def test_a_postponed_visit_waits_for_its_day_and_goes_on_without_asking(agreed: Desk) -> None:
    agreed.at("2024-06-14 06:10")
    do(agreed, "postpone", "Đường vào Củ Chi ngập sâu")
    agreed.send()

    assert agreed.occurrence().state is OccurrenceState.POSTPONED
    cancelled = agreed.letter(f"invitation/{Q2}/so-y-te/2")
    assert (cancelled.state, local(cancelled.created_at).hour) == (LetterState.SENT, 6)
    agreed.at("2024-06-17 09:00")
    do(agreed, "set-date", "Nước đã rút", day=date(2024, 6, 21))
    agreed.run()
    assert agreed.occurrence().state is OccurrenceState.LAUNCHED
    assert len(agreed.letters(f"consultation_request/{Q2}")) == 6


def test_whoever_has_nothing_in_the_calendar_is_told_by_a_letter_once(desk: Desk) -> None:
    desk.at("2024-04-01 08:15").run()
    do(desk, "postpone", "Gia đình đề nghị dời")

    told = desk.letters("occurrence_changed")
    follow_up(desk.office)

    assert len(told) == 7
    assert desk.letters("occurrence_changed") == told
    assert opinions(desk) == {RequestState.WITHDRAWN}


def test_what_was_postponed_before_it_was_agreed_is_asked_about_anew(desk: Desk) -> None:
    desk.at("2024-04-01 08:15").run()
    do(desk, "postpone", "Gia đình đề nghị dời")
    desk.at("2024-04-10 09:00")
    do(desk, "set-date", "Gia đình đã hẹn ngày", day=date(2024, 6, 21))

    assert desk.occurrence().state is OccurrenceState.CONSULTING
    assert opinions(desk) == {RequestState.OPEN}


def test_a_day_set_before_the_units_are_asked_is_what_they_are_asked_about(desk: Desk) -> None:
    do(desk, "set-date", occurrence=CAMPAIGN, day=date(2024, 7, 6), until=date(2024, 7, 7), decision="245-KH/TĐTN")
    desk.at("2024-05-02 08:00")
    open_due(desk.office)

    row = desk.occurrence(CAMPAIGN)
    assert (row.state, row.version) == (OccurrenceState.CONSULTING, 1)
    assert b"06/07/2024" in desk.letter(f"consultation_request/{CAMPAIGN}/so-y-te").content


def test_an_agreed_campaign_waits_for_the_city(desk: Desk) -> None:
    desk.at("2024-05-02 08:15").run()
    for unit in ("so-y-te", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt"):
        desk.answer(unit, occurrence=CAMPAIGN)
    desk.at("2024-05-16 08:15").run()

    assert desk.occurrence(CAMPAIGN).state is OccurrenceState.AGREED
    assert desk.problems()[f"place_unknown/{CAMPAIGN}"] == "open"
    for content in results(desk.office, PLAN, CAMPAIGN).unowned:
        hand_over(desk.office, PLAN, CAMPAIGN, content.id, None, "Thành Đoàn thực hiện", HEAD)
    desk.run()
    assert desk.occurrence(CAMPAIGN).state is OccurrenceState.AGREED
    do(desk, "set-date", occurrence=CAMPAIGN, day=date(2024, 7, 6), place="Củ Chi", decision="245-KH/TĐTN")
    desk.run()
    assert desk.occurrence(CAMPAIGN).state is OccurrenceState.LAUNCHED
    assert desk.problems()[f"place_unknown/{CAMPAIGN}"] == "resolved"


def test_a_quarter_does_not_end_in_silence(agreed: Desk) -> None:
    agreed.at("2024-06-17 08:15").run()
    assert agreed.problems()[f"not_confirmed_held/{Q2}"] == "open"
    agreed.at("2024-07-01 08:15").run()

    problems = agreed.problems()
    assert (problems[f"not_confirmed_held/{Q2}"], problems[f"quarter_unresolved/{Q2}"]) == ("resolved", "open")
    do(agreed, "held")
    agreed.run()
    assert agreed.problems()[f"quarter_unresolved/{Q2}"] == "resolved"
    assert history(agreed, "occurrence.held") == [(None, "2024-06-14", "")]


def test_what_was_held_can_be_evaluated(agreed: Desk) -> None:
    agreed.at("2024-06-17 09:00")
    do(agreed, "held", day=date(2024, 6, 14))
    do(agreed, "evaluate", "Chu đáo, tiết kiệm")

    assert agreed.occurrence().state is OccurrenceState.EVALUATED


def test_a_visit_can_be_merged_into_another_one(agreed: Desk) -> None:
    do(agreed, "merge", "Gộp vào dịp 27/7", into=Q3)
    agreed.send()

    assert agreed.occurrence().state is OccurrenceState.MERGED
    assert b"25/07/2024" in agreed.letter(f"occurrence_changed/{Q2}/so-y-te").content


@pytest.mark.parametrize(
    ("what", "reason", "new", "said"),
    [
        pytest.param("postpone", " ", {}, "to postpone it, give the reason", id="no reason"),
        pytest.param("skip", "", {}, "to skip it, give the reason", id="no reason to skip"),
        pytest.param("set-date", "", {"day": date(2024, 6, 21)}, "give the reason or the number", id="neither"),
        pytest.param("set-date", "Trùng lịch", {}, "name the day or the place", id="nothing set"),
        pytest.param("set-date", "Trùng lịch", {"day": date(2024, 3, 1)}, "01/03/2024 has passed", id="a day gone by"),
        pytest.param("set-date", "Trùng lịch", {"day": date(2024, 6, 14)}, "changes nothing", id="the same day"),
        pytest.param("held", "", {}, "before its day has come", id="held before its day"),
        pytest.param("evaluate", "Tốt", {}, "is launched: it is evaluated after it was held", id="not held yet"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    agreed: Desk, what: str, reason: str, new: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=f"visit-2024-q2.*{said}|{said}"):
        do(agreed, what, reason, **new)

    assert agreed.occurrence().state is OccurrenceState.LAUNCHED
    assert agreed.occurrence().version == 1


@pytest.mark.parametrize("into", [Q2, CAMPAIGN, "visit-2024-q1"])
def test_only_an_occurrence_of_the_same_activity_that_is_still_to_come_takes_its_place(agreed: Desk, into: str) -> None:
    with pytest.raises(Refused, match=f"into.*{into}"):
        do(agreed, "merge", "Gộp", into=into)


def test_an_unknown_word_is_named(desk: Desk) -> None:
    with pytest.raises(Unreadable, match="sing is not something that can be done with an occurrence: open"):
        do(desk, "sing")


def test_while_an_activity_is_paused_no_letter_about_it_leaves(desk: Desk) -> None:
    desk.at("2024-04-01 08:00")
    open_due(desk.office)  # the letters are written, and not sent yet
    pause(desk.office, PLAN, "visit", "Mẹ đang điều trị tại bệnh viện", HEAD)
    for day in ("01", "03", "05", "08", "10", "12"):
        desk.at(f"2024-04-{day} 17:05").run()

    asked = desk.letters("consultation_request")
    assert {desk.letter(key).state for key in asked} == {LetterState.QUEUED}
    of_the_year = [f"plan_started/{PLAN}/head", f"head_digest/{PLAN}/2024-04-08"]
    assert sorted(desk.letters()) == sorted([*asked, *of_the_year])
    assert desk.occurrence().state is OccurrenceState.CONSULTING


def test_on_going_on_a_letter_with_an_old_deadline_is_withdrawn_and_a_new_one_goes_out(desk: Desk) -> None:
    desk.at("2024-04-01 08:00")
    open_due(desk.office)
    pause(desk.office, PLAN, "visit", "Mẹ đang điều trị tại bệnh viện", HEAD)
    desk.at("2024-04-15 09:00")
    resume(desk.office, PLAN, "visit", "", HEAD)
    desk.send()

    old, new = (desk.letter(f"consultation_request/{Q2}/so-y-te{n}") for n in ("", "/2"))
    assert (old.state, new.state) == (LetterState.WITHDRAWN, LetterState.SENT)
    assert b"23/04/2024" in new.content  # five working days, without the eighteenth: Giỗ Tổ


def test_a_letter_whose_deadline_is_still_to_come_is_released(desk: Desk) -> None:
    desk.at("2024-04-01 08:00")
    open_due(desk.office)
    pause(desk.office, PLAN, "visit", "Chờ gia đình", HEAD)
    desk.at("2024-04-02 08:00")
    resume(desk.office, PLAN, "visit", "", HEAD)
    desk.send()

    assert desk.letter(f"consultation_request/{Q2}/so-y-te").state is LetterState.SENT
    assert len(desk.letters("consultation_request")) == 6


def test_a_pause_holds_for_its_own_activity_alone(desk: Desk) -> None:
    pause(desk.office, PLAN, "visit", "Mẹ đang điều trị tại bệnh viện", HEAD)
    desk.at("2024-05-02 08:15").run()

    assert {key.split("/")[1] for key in desk.letters("consultation_request")} == {CAMPAIGN}


def test_pausing_twice_or_resuming_what_goes_on_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="visit is not paused"):
        resume(desk.office, PLAN, "visit", "", HEAD)
    with pytest.raises(Refused, match="visit: to pause it, give the reason"):
        pause(desk.office, PLAN, "visit", " ", HEAD)
    with pytest.raises(Unreadable, match=r"has no activity choir \(it has: ky-nghi-hong, seminar, visit\)"):
        pause(desk.office, PLAN, "choir", "Nghỉ", HEAD)
    pause(desk.office, PLAN, "visit", "Nghỉ", HEAD)
    with pytest.raises(Refused, match="visit is paused already"):
        pause(desk.office, PLAN, "visit", "Nghỉ", HEAD)
    resume(desk.office, PLAN, "visit", "", HEAD)
    pause(desk.office, PLAN, "visit", "Nghỉ lần nữa", HEAD)
