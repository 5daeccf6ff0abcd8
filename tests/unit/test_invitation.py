"""An invitation's bytes: a calendar reads what was written, in each version of an event."""

from __future__ import annotations

import email
import email.policy
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from dondoc.documents.invitation import Attendee, Event, Method, invitation, uid_of
from dondoc.domain.ids import OccurrenceId, PlanId
from dondoc.domain.zone import ZONE
from dondoc.errors import Unreadable
from dondoc.mail.compose import compose

NOW = datetime(2024, 3, 4, 8, 0, tzinfo=ZONE)
VISIT = Event(
    uid=uid_of(PlanId("hcsn-2024"), OccurrenceId("visit-2024-q1"), "doan.example.org"),
    sequence=0,
    title="Thăm hỏi và phụng dưỡng Mẹ Việt Nam Anh hùng, quý I/2024",
    start=datetime(2024, 3, 15, 8, 0, tzinfo=ZONE),
    end=datetime(2024, 3, 15, 11, 30, tzinfo=ZONE),
    place="Huyện Củ Chi; tập trung tại trụ sở Cụm trưởng",
    description="Kính mời đồng chí tham gia.\nĐề nghị có mặt lúc 07 giờ 30, mang theo thẻ, mũ; áo xanh.",
    organizer=Attendee("Cụm trưởng Cụm Hành chính – Sự nghiệp", "cum-truong@doan.example.org"),
    attendees=(Attendee("Đoàn Sở Y tế Thành phố", "so-y-te@donvi.example.org"),),
    url="https://cum.example.org/lich/visit-2024-q1?a=1,2;b",
)
WHOLE_DAYS = replace(VISIT, start=date(2024, 7, 6), end=date(2024, 7, 7))


def read(content: bytes) -> tuple[Any, Any]:
    calendar: Any = Calendar.from_ical(content)
    (entry,) = calendar.events
    assert not entry.errors
    return calendar, entry


def lines(content: bytes) -> list[str]:
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def test_a_request_says_all_that_a_calendar_program_needs() -> None:
    said = lines(invitation(VISIT, Method.REQUEST, NOW))

    assert said[0] == "BEGIN:VCALENDAR"
    for line in (
        "VERSION:2.0",
        "METHOD:REQUEST",
        "TZID:Asia/Ho_Chi_Minh",
        "UID:visit-2024-q1.hcsn-2024@doan.example.org",
        "SEQUENCE:0",
        "DTSTAMP:20240304T010000Z",
        "DTSTART;TZID=Asia/Ho_Chi_Minh:20240315T080000",
        "DTEND;TZID=Asia/Ho_Chi_Minh:20240315T113000",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        'ORGANIZER;CN="Cụm trưởng Cụm Hành chính – Sự nghiệp":mailto:cum-truong@doan.example.org',
        'ATTENDEE;CN="Đoàn Sở Y tế Thành phố";PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE'
        ":mailto:so-y-te@donvi.example.org",
        "X-MICROSOFT-CDO-ALLDAYEVENT:FALSE",
    ):
        assert line in said


def test_a_cancellation_names_the_same_event_and_asks_for_no_answer() -> None:
    said = lines(invitation(replace(VISIT, sequence=2), Method.CANCEL, NOW))

    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:2", f"UID:{VISIT.uid}", "TRANSP:TRANSPARENT"} <= set(said)
    assert "RSVP" not in "".join(said)


def test_days_end_on_the_day_after_the_last_and_have_no_zone() -> None:
    said = lines(invitation(WHOLE_DAYS, Method.REQUEST, NOW))

    assert {"DTSTART;VALUE=DATE:20240706", "DTEND;VALUE=DATE:20240708", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"} <= set(said)
    assert "BEGIN:VTIMEZONE" not in said


def test_a_moment_in_another_zone_is_shown_in_vietnamese_time() -> None:
    utc = replace(VISIT, start=datetime(2024, 3, 15, 1, tzinfo=UTC), end=datetime(2024, 3, 15, 4, 30, tzinfo=UTC))

    assert invitation(utc, Method.REQUEST, NOW) == invitation(VISIT, Method.REQUEST, NOW)


def test_the_zone_that_is_written_out_is_the_one_that_the_computer_knows() -> None:
    calendar, entry = read(invitation(VISIT, Method.REQUEST, NOW))

    (zone,) = calendar.timezones
    moment = datetime(2024, 3, 15, 8)  # noqa: DTZ001 - the zone is what is tested
    assert zone.to_tz(lookup_tzid=False).utcoffset(moment) == ZONE.utcoffset(moment)
    assert entry["DTSTART"].dt == VISIT.start


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"end": VISIT.start}, id="it takes no time"),
        pytest.param({"start": date(2024, 3, 16), "end": date(2024, 3, 15)}, id="it ends a day early"),
        pytest.param({"start": date(2024, 3, 15)}, id="a day and a moment"),
        pytest.param({"attendees": (Attendee("", "so-y-te"),)}, id="an attendee without an address"),
        pytest.param({"organizer": Attendee("", "a@example.org\r\nATTENDEE:x")}, id="a line break in an address"),
    ],
)
def test_what_no_calendar_would_take_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        invitation(replace(VISIT, **wrong), Method.REQUEST, NOW)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(ZONE))  # noqa: DTZ001
spans = st.one_of(
    st.tuples(days, st.integers(0, 40)).map(lambda it: (it[0], it[0] + timedelta(days=it[1]))),
    st.tuples(moments.map(lambda m: m.replace(microsecond=0)), st.integers(1, 10**6)).map(
        lambda it: (it[0], it[0] + timedelta(seconds=it[1]))
    ),
)


def one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text).split())


@example(title="a^nb", place="a\\nb", description="\\;,", name='^n";\\:', span=(date(2024, 1, 1),) * 2, sequence=0)
@settings(deadline=None)
@given(title=texts, place=texts, description=texts, name=texts, span=spans, sequence=st.integers(0, 999))
def test_a_calendar_reads_what_was_written(
    title: str, place: str, description: str, name: str, span: tuple[Any, Any], sequence: int
) -> None:
    event = replace(
        VISIT,
        title=title,
        place=place,
        description=description,
        start=span[0],
        end=span[1],
        sequence=sequence,
        attendees=(Attendee(name, "so-y-te@donvi.example.org"),),
    )

    content = invitation(event, Method.REQUEST, NOW)

    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert b"\n" not in content.replace(b"\r\n", b"")
    _, entry = read(content)
    assert one_line(str(entry["SUMMARY"])) == one_line(unicodedata.normalize("NFC", title))
    assert str(entry["LOCATION"]) == one_line(unicodedata.normalize("NFC", place))
    assert one_line(str(entry["DESCRIPTION"])) == one_line(unicodedata.normalize("NFC", description))
    last = entry["DTEND"].dt if isinstance(span[0], datetime) else entry["DTEND"].dt - timedelta(days=1)
    assert (entry["DTSTART"].dt, last) == span
    assert (str(entry["UID"]), entry["SEQUENCE"], str(entry["URL"])) == (VISIT.uid, sequence, VISIT.url)
    shown = str(entry["ATTENDEE"].params.get("CN", ""))
    assert shown == one_line(unicodedata.normalize("NFC", name)).translate(str.maketrans('"\\^', "”/ˆ"))


def test_the_same_event_gives_the_same_bytes() -> None:
    assert invitation(VISIT, Method.REQUEST, NOW) == invitation(VISIT, Method.REQUEST, NOW)


def test_a_letter_carries_it_as_an_alternative_and_as_a_file() -> None:
    content = invitation(VISIT, Method.REQUEST, NOW)

    letter = email.message_from_bytes(
        compose(
            "Mời tham gia đợt thăm quý I/2024",
            "Kính mời đồng chí.\n",
            "<p>Kính mời đồng chí.</p>\n",
            message_id="<1@doan.example.org>",
            date=NOW,
            sender=(VISIT.organizer.name, VISIT.organizer.address),
            to=("Đoàn Sở Y tế Thành phố", "so-y-te@donvi.example.org"),
            calendar=content,
        ),
        policy=email.policy.default,
    )

    parts = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_payload(decode=True) for part in parts] == [content, content]
    assert isinstance(parts[0], EmailMessage)
    assert parts[0]["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert parts[1].get_filename() == "invite.ics"
