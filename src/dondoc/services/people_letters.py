"""The letters about the day itself: the invitation with its calendar entry, and the reminder (II.2, II.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dondoc.clock import ZONE, local
from dondoc.documents.invitation import Attendee, Event, Method, invitation, uid_of
from dondoc.domain.ids import OccurrenceId, PlanId
from dondoc.domain.plan import Contact, OnDay, Window
from dondoc.domain.states import RequestState
from dondoc.domain.wording import thoi_gian
from dondoc.mail.letters import OccurrenceView
from dondoc.mail.letters_people import EventReminder, Invitation
from dondoc.services import views
from dondoc.services.case import Case
from dondoc.services.office import Draft, Office
from dondoc.services.participants import draft
from dondoc.services.people_views import Standing, event, named, names_url
from dondoc.store.tables import RequestRow
from dondoc.store.tables_people import InvitationRow

INVITATION, EVENT_REMINDER = Invitation.kind, EventReminder.kind


def key_of(kind: str, case: Case, unit: str, row: InvitationRow) -> str:
    """One letter of a kind for each version of the invitation."""
    return f"{kind}/{case.key}/{unit}" + (f"/{row.sequence + 1}" if row.sequence else "")


def invite(
    office: Office, session: Session, case: Case, request: RequestRow, row: InvitationRow, lists: Standing
) -> Draft | None:
    """Tells a unit and its calendar of a version; None when the plan names nobody of the unit."""
    if (contact := case.contact(request.unit)) is None:
        return None
    url = names_url(office, session, case, request, contact)
    is_open = request.state is RequestState.OPEN and not row.cancelled
    letter = Invitation(
        **views.to_unit(office, case, request, contact, url),
        occurrence=_as_told(event(session, case), row),
        is_update=row.sequence > 0,
        cancelled=row.cancelled,
        because=row.because or "",
        practical=case.activity.practical,
        names_due_at=local(request.due_at) if is_open else None,
        names_url=None if row.cancelled else url,
        names_kept=len(lists.of(request.unit).taken) if row.sequence else 0,
    )
    key = key_of(letter.kind, case, request.unit, row)
    calendar = _calendar(office, case, contact, letter, row)
    return draft(case, request, contact, letter, key, calendar=calendar)


def remind(
    office: Office, session: Session, case: Case, request: RequestRow, row: InvitationRow, lists: Standing
) -> Draft | None:
    """Reminds a unit of the day; None when the plan names nobody of the unit."""
    if (contact := case.contact(request.unit)) is None:
        return None
    url = names_url(office, session, case, request, contact)
    found = lists.of(request.unit)
    letter = EventReminder(
        **views.to_unit(office, case, request, contact, url),
        occurrence=event(session, case),
        people_named=named(found.taken),
        spare=named(found.reserve),
        missing=found.missing,
        practical=case.activity.practical,
        office_address=office.stationery.replies.plain,
        names_url=url,
    )
    return draft(case, request, contact, letter, key_of(letter.kind, case, request.unit, row))


def _as_told(view: OccurrenceView, row: InvitationRow) -> OccurrenceView:
    """The occurrence at the time that a version named, which the record may have left behind by now."""
    when = OnDay(day=row.first, at=row.at) if row.first == row.last else Window(first=row.first, last=row.last)
    return replace(view, when_text=thoi_gian(when), place_text=row.place)


def _calendar(office: Office, case: Case, contact: Contact, letter: Invitation, row: InvitationRow) -> bytes:
    host = office.stationery.domain
    start, end = _span(case, row)
    lines = [case.activity.title, *letter.practical, f"Liên hệ: đồng chí {letter.head.name}, {letter.head.title}."]
    entry = Event(
        uid=uid_of(PlanId(case.plan_id), OccurrenceId(case.key), host),
        sequence=row.sequence,
        title=letter.occurrence.title,
        start=start,
        end=end,
        place=row.place,
        description="\n".join(lines),
        organizer=Attendee(f"Cụm trưởng {case.plan.cluster}", office.stationery.replies.plain),
        attendees=(Attendee(contact.name or letter.unit.full, contact.email),),
    )
    method = Method.CANCEL if row.cancelled else Method.REQUEST
    return invitation(entry, method, local(row.written_at))


def _span(case: Case, row: InvitationRow) -> tuple[datetime, datetime] | tuple[date, date]:
    if row.at is None:
        return row.first, row.last
    start = datetime.combine(row.first, row.at, ZONE)
    return start, datetime.combine(row.last, row.at, ZONE) + timedelta(hours=case.activity.hours)
