"""Naming people for visits and the seminar: asked, chased, recorded, told (R15, R17, R18, R21; scenario 29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from dondoc.clock import local
from dondoc.domain.participants import Person
from dondoc.domain.plan import OnDay
from dondoc.domain.proposal import Proposal
from dondoc.domain.states import RequestKind, RequestState
from dondoc.errors import Refused
from dondoc.services.case import open_case
from dondoc.services.consult import propose
from dondoc.services.decide import cancel
from dondoc.store.people import latest_list, requests_for_people
from dondoc.store.queries import find_request
from dondoc.store.tables import RequestRow
from dondoc.store.tables_people import NameListRow
from tests.integration.office import HEAD, PLAN, UNITS, Desk, an_office
from tests.integration.people import MEMBERS, SEMINAR, VISIT, agreed_seminar, agreed_visit, gives, people

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path) as desk:
        yield desk


def requests(desk: Desk, occurrence: str = VISIT) -> dict[str, tuple[RequestState, date]]:
    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(RequestRow).where(RequestRow.kind == RequestKind.PARTICIPANTS))
        return {row.unit: (row.state, local(row.due_at).date()) for row in rows if row.occurrence.key == occurrence}


def calendar_in(desk: Desk, key: str) -> Any:
    """The calendar entry that goes with a letter."""
    letter = message_from_bytes(desk.letter(key).content, policy=policy.default)
    part = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    calendar: Any = Calendar.from_ical(part.get_content())
    (entry,) = calendar.events
    return str(calendar["METHOD"]), str(entry["UID"]), int(entry["SEQUENCE"]), entry["DTSTART"].dt


def moved(desk: Desk, day: date | None, reason: str = "Mưa lớn") -> None:
    """The head puts another version in force while the occurrence is launched; None: no day is known any more."""
    with desk.office.sessions.writing() as session:
        case = open_case(session, PLAN, VISIT, desk.clock.now())
        old = case.proposal(session)
        planned = case.planned.when if day is None else OnDay(day=day)
        new = Proposal.model_validate(old.model_dump() | {"when": planned})
        propose(session, case, new, material=False, by=HEAD, reason=reason)


def test_nobody_is_asked_for_before_the_units_agreed(desk: Desk) -> None:
    desk.at("2024-04-01 08:15").run()

    assert requests(desk) == {}
    assert desk.letters("invitation") == []


def test_an_agreed_visit_asks_every_unit_for_its_people_once(desk: Desk) -> None:
    agreed_visit(desk)
    desk.at("2024-04-03 08:15").run()

    due = date(2024, 6, 7)  # five working days before the fourteenth of June
    assert requests(desk) == dict.fromkeys(MEMBERS, (RequestState.OPEN, due))
    assert desk.letters("participants_request") == [f"participants_request/{VISIT}/{unit}" for unit in MEMBERS]
    assert desk.letters("invitation") == [f"invitation/{VISIT}/{unit}" for unit in MEMBERS]


def test_a_seminar_without_a_day_asks_for_nobody(desk: Desk) -> None:
    desk.at("2024-07-01 08:15").run()
    for unit in UNITS:
        desk.at("2024-07-02 09:00").answer(unit, occurrence=SEMINAR, source=f"seminar/{unit}")
    desk.at("2024-07-02 17:05").run()

    assert desk.occurrence(SEMINAR).state.value == "agreed"
    assert requests(desk, SEMINAR) == {}


def test_thirty_names_settle_the_request_and_are_confirmed(desk: Desk) -> None:
    agreed_seminar(desk)

    found = gives(desk, "so-y-te", *people("so-y-te", 30))

    assert found is not None
    assert (len(found.taken), found.missing) == (30, 0)
    assert requests(desk, SEMINAR)["so-y-te"] == (RequestState.ANSWERED, date(2024, 8, 6))
    assert desk.letters("names_noted") == [f"names_noted/{SEMINAR}/so-y-te/1"]
    desk.at("2024-08-05 08:15").run()
    assert f"participants_reminder/{SEMINAR}/so-y-te/1" not in desk.letters("participants_reminder")


def test_of_thirty_six_names_five_are_in_reserve_and_one_is_too_many(desk: Desk) -> None:
    agreed_seminar(desk)

    found = gives(desk, "so-y-te", *people("so-y-te", 36))

    assert found is not None
    assert [len(part) for part in (found.taken, found.reserve, found.excess)] == [30, 5, 1]
    letter = message_from_bytes(desk.letter(f"names_noted/{SEMINAR}/so-y-te/1").content, policy=policy.default)
    body = letter.get_body(("plain",))
    assert body is not None
    for said in ("DANH SÁCH CHÍNH THỨC (30)", "DỰ BỊ (5)", "VƯỢT SỐ LƯỢNG (1)"):
        assert said in body.get_content()


def test_a_short_list_is_kept_and_the_rest_is_still_owed(desk: Desk) -> None:
    agreed_seminar(desk)
    gives(desk, "so-y-te", *people("so-y-te", 20))

    assert requests(desk, SEMINAR)["so-y-te"][0] is RequestState.OPEN
    for moment in ("2024-08-01 08:15", "2024-08-05 08:15", "2024-08-07 08:15", "2024-08-08 08:15"):
        desk.at(moment).run()

    assert f"names_short/{SEMINAR}/so-y-te" in desk.problems()
    to_secretary = [*desk.letters("participants_escalation"), *desk.letters("problem_to_unit")]
    assert len([key for key in to_secretary if "so-y-te" in key]) == 1
    told = [desk.letter(key).subject for key in desk.letters("problems_notice")]
    assert any("chưa cử đủ người" in subject.lower() or "vấn đề" in subject for subject in told)
    gives(desk, "so-y-te", *people("so-y-te", 30))
    assert desk.problems()[f"names_short/{SEMINAR}/so-y-te"] == "resolved"


def test_a_list_that_became_too_short_is_owed_again(desk: Desk) -> None:
    agreed_seminar(desk)
    gives(desk, "so-y-te", *people("so-y-te", 30))
    desk.at("2024-07-10 09:00")

    gives(desk, "so-y-te", *people("so-y-te", 12))

    assert requests(desk, SEMINAR)["so-y-te"][0] is RequestState.OPEN


def test_every_version_is_kept_and_the_latest_counts(desk: Desk) -> None:
    agreed_seminar(desk)
    gives(desk, "so-y-te", *people("so-y-te", 30))
    desk.at("2024-07-10 09:00")
    gives(desk, "so-y-te", *people("so-y-te", 30, first=10))
    gives(desk, "so-y-te", *people("so-y-te", 3), source="test/so-y-te/" + desk.clock.at.isoformat())

    with desk.office.sessions.reading() as session:
        assert session.scalars(select(NameListRow.number).order_by(NameListRow.id)).all() == [1, 2]
        listed = latest_list(session, find_request(session, PLAN, f"participants/{SEMINAR}/so-y-te"))
        assert listed is not None
        assert listed.people == people("so-y-te", 30, first=10)


def test_one_person_on_two_lists_is_told_to_both_and_to_the_head(desk: Desk) -> None:
    agreed_seminar(desk)
    same = Person("Đỗ Hoàng Yến", people("so-y-te", 1)[0].unit)
    gives(desk, "so-y-te", same, *people("so-y-te", 29))
    gives(desk, "tnxp", *people("tnxp", 29), Person("đỗ  hoàng Yến", people("tnxp", 1)[0].unit))

    assert desk.problems()[f"duplicate_names/{SEMINAR}/tnxp"] == "open"
    text = desk.letter(f"names_noted/{SEMINAR}/tnxp/1").subject
    assert "đề nghị xem lại" in text
    desk.at("2024-07-10 09:00")
    gives(desk, "tnxp", *people("tnxp", 30))
    assert desk.problems()[f"duplicate_names/{SEMINAR}/tnxp"] == "resolved"


def test_what_the_head_called_settled_is_not_raised_again(desk: Desk) -> None:
    from dondoc.services.held import settle

    agreed_seminar(desk)
    gives(desk, "so-y-te", Person("Đỗ Hoàng Yến", people("so-y-te", 1)[0].unit), *people("so-y-te", 29))
    gives(desk, "tnxp", *people("tnxp", 29), Person("Đỗ Hoàng Yến", people("tnxp", 1)[0].unit))
    settle(desk.office, PLAN, f"duplicate_names/{SEMINAR}/tnxp", "resolve", HEAD)
    desk.at("2024-07-10 08:15").run()

    assert desk.problems()[f"duplicate_names/{SEMINAR}/tnxp"] == "resolved"


def test_the_units_are_reminded_of_the_day_with_their_people(desk: Desk) -> None:
    agreed_visit(desk)
    gives(desk, "so-y-te", *people("so-y-te", 2), occurrence=VISIT)
    desk.at("2024-06-11 17:05").run()
    assert desk.letters("event_reminder") == []

    desk.at("2024-06-12 08:15").run()
    desk.at("2024-06-13 08:15").run()

    assert desk.letters("event_reminder") == [f"event_reminder/{VISIT}/{unit}" for unit in MEMBERS]
    letter = message_from_bytes(desk.letter(f"event_reminder/{VISIT}/so-y-te").content, policy=policy.default)
    body = letter.get_body(("plain",))
    assert body is not None
    assert people("so-y-te", 1)[0].name in body.get_content()


def test_a_new_day_moves_the_calendar_entry_and_the_deadline(desk: Desk) -> None:
    agreed_visit(desk)
    key = f"invitation/{VISIT}/tnxp"
    method, uid, sequence, day = calendar_in(desk, key)
    assert (method, sequence, day) == ("REQUEST", 0, date(2024, 6, 14))

    desk.at("2024-06-03 07:00")
    moved(desk, date(2024, 6, 21))
    desk.at("2024-06-03 08:15").run()

    assert calendar_in(desk, f"{key}/2") == ("REQUEST", uid, 1, date(2024, 6, 21))
    assert requests(desk)["tnxp"] == (RequestState.OPEN, date(2024, 6, 14))
    assert "Mưa lớn" in desk.letter(f"{key}/2").content.decode() or desk.letter(f"{key}/2").subject


def test_a_visit_that_is_called_off_leaves_the_calendars(desk: Desk) -> None:
    agreed_visit(desk)
    gives(desk, "so-y-te", *people("so-y-te", 2), occurrence=VISIT)
    desk.at("2024-06-08 09:00")  # a Saturday: nobody should set out on Monday
    cancel(desk.office, PLAN, VISIT, "Mẹ đang điều trị tại bệnh viện", HEAD)
    desk.run()

    method, _, sequence, _ = calendar_in(desk, f"invitation/{VISIT}/tnxp/2")
    assert (method, sequence) == ("CANCEL", 1)
    assert requests(desk)["tnxp"][0] is RequestState.WITHDRAWN
    assert requests(desk)["so-y-te"][0] is RequestState.ANSWERED
    desk.at("2024-06-12 08:15").run()
    assert desk.letters("event_reminder") == []


def test_names_for_what_is_over_are_refused(desk: Desk) -> None:
    agreed_visit(desk)
    desk.at("2024-06-17 08:15").run()

    with pytest.raises(Refused, match="is over since 14/06/2024"):
        gives(desk, "tnxp", *people("tnxp", 2), occurrence=VISIT)
    assert requests(desk)["tnxp"][0] is RequestState.WITHDRAWN


def test_a_seminar_that_is_not_prepared_is_a_problem_fifteen_working_days_before(desk: Desk) -> None:
    agreed_seminar(desk)
    desk.at("2024-07-24 17:05").run()
    assert f"not_confirmed/{SEMINAR}" not in desk.problems()

    desk.at("2024-07-25 08:15").run()

    assert desk.problems()[f"not_confirmed/{SEMINAR}"] == "open"


def test_bringing_in_line_again_changes_nothing(desk: Desk) -> None:
    agreed_visit(desk)
    gives(desk, "so-y-te", *people("so-y-te", 1), occurrence=VISIT)
    desk.at("2024-06-12 08:15").run()
    letters, events = desk.letters(), desk.events()

    for _ in range(3):
        desk.run()

    assert (desk.letters(), desk.events()) == (letters, events)
    with desk.office.sessions.reading() as session:
        assert len(requests_for_people(session, desk.occurrence(VISIT).id)) == len(MEMBERS)
