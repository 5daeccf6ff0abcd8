"""Calendar invitations that Google, Outlook and Apple accept (RFC 5545, RFC 5546; Plan 2024, II.3).

An occurrence keeps its UID for ever; each version of it that is sent has a higher SEQUENCE, also its cancellation.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from icalendar import Calendar, Timezone, TimezoneStandard, vCalAddress, vText
from icalendar import Event as Component

from dondoc.domain.ids import OccurrenceId, PlanId
from dondoc.domain.zone import ZONE, local
from dondoc.errors import Unreadable

PRODUCT: Final = "-//Dondoc//Dondoc//VI"

_ADDRESS = re.compile(r"[^\s<>@,;:\"\\]+@[^\s<>@,;:\"\\]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_IN_PARAMETERS = str.maketrans({'"': "”", "\\": "/", "^": "ˆ"})
"""A quotation mark cannot stand in one (RFC 5545, 3.1); the others are escapes to some calendars (RFC 6868)."""
_OFFSET = timedelta(hours=7)


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Attendee:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Event:
    """One version of an occurrence as a calendar shows it.

    `start` and `end` are two moments, or two days for an event of whole days, the last one included.
    """

    uid: str
    sequence: int
    title: str
    start: datetime | date
    end: datetime | date
    place: str
    description: str
    organizer: Attendee
    attendees: tuple[Attendee, ...]
    url: str | None = None


def uid_of(plan: PlanId, occurrence: OccurrenceId, host: str) -> str:
    """The UID of an occurrence, the same for each unit and in each version."""
    return f"{occurrence}.{plan}@{host}"


def invitation(event: Event, method: Method, now: datetime) -> bytes:
    """The iCalendar object, for the `calendar` of a letter. The same input gives the same bytes.

    Raises Unreadable for an event that ends before it begins, and for what is not an address.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    entry = _entry(event, method, now)
    if isinstance(event.start, datetime):
        calendar.add_component(_zone())
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _entry(event: Event, method: Method, now: datetime) -> Component:
    entry = Component()
    entry.add("uid", _line(event.uid))
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", local(now).astimezone(UTC))
    entry.add("last-modified", local(now).astimezone(UTC))
    start, end = _span(event)
    entry.add("dtstart", start)
    entry.add("dtend", end)
    entry.add("summary", _line(event.title))
    entry.add("location", _line(event.place))
    entry.add("description", _clean(event.description))
    if event.url:
        entry.add("url", _line(event.url))
    entry.add("organizer", _person(event.organizer))
    for attendee in event.attendees:
        invited = _person(attendee)
        if method is Method.REQUEST:
            invited.params.update(
                {"ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("NEEDS-ACTION"), "RSVP": vText("TRUE")}
            )
        entry.add("attendee", invited)
    is_on = method is Method.REQUEST
    entry.add("status", "CONFIRMED" if is_on else "CANCELLED")
    entry.add("transp", "OPAQUE" if is_on else "TRANSPARENT")
    entry.add("class", "PUBLIC")
    # Outlook takes neither from TRANSP and VALUE=DATE when it shows a request that is not answered yet.
    entry.add("x-microsoft-cdo-busystatus", "BUSY" if is_on else "FREE")
    entry.add("x-microsoft-cdo-alldayevent", "FALSE" if isinstance(event.start, datetime) else "TRUE")
    # The head reads answers on the units' page; a counter-proposal in a calendar would reach nobody.
    entry.add("x-microsoft-disallow-counter", "TRUE")
    return entry


def _span(event: Event) -> tuple[datetime | date, datetime | date]:
    """DTSTART and DTEND: moments in the zone of Việt Nam, or days, of which the second is the day after the last."""
    start, end = event.start, event.end
    if isinstance(start, datetime) and isinstance(end, datetime):
        start, end = local(start).astimezone(ZONE), local(end).astimezone(ZONE)
        is_in_order = start < end
    elif not isinstance(start, datetime) and not isinstance(end, datetime):
        is_in_order = start <= end
        end += timedelta(days=1)
    else:
        raise Unreadable(f"event {event.uid}: start and end must be two days or two moments, not one of each")
    if not is_in_order:
        raise Unreadable(f"event {event.uid}: it ends ({event.end}) before it begins ({event.start})")
    return start, end


def _zone() -> Timezone:
    """Asia/Ho_Chi_Minh as it has been since 1975; written out, so that the bytes do not depend on tzdata."""
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1975, 6, 13))  # noqa: DTZ001 - RFC 5545, 3.6.5 wants local time without a zone
    standard.add("tzoffsetfrom", _OFFSET)
    standard.add("tzoffsetto", _OFFSET)
    standard.add("tzname", "+07")
    zone = Timezone()
    zone.add("tzid", ZONE.key)
    zone.add_component(standard)
    return zone


def _person(attendee: Attendee) -> vCalAddress:
    if not _ADDRESS.fullmatch(attendee.address):
        raise Unreadable(f"{attendee.address!r} is not an address that can be invited")
    person = vCalAddress(f"mailto:{attendee.address}")
    if name := _line(attendee.name).translate(_NOT_IN_PARAMETERS):
        person.params["CN"] = name
    return person


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    """NFC, with line feeds as the only control characters."""
    return _CONTROL.sub(" ", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
