"""What is said to a unit that is to name its people (R15, R18, R21): asked, reminded, its secretary told."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Contact, Role
from dondoc.domain.states import RequestKind
from dondoc.mail.letters import ToUnit
from dondoc.mail.letters_people import ParticipantsEscalation, ParticipantsReminder, ParticipantsRequest
from dondoc.services.asking import key_of_asking, key_of_escalation, key_of_reminder
from dondoc.services.case import Case, unreached
from dondoc.services.office import Draft, Office
from dondoc.services.people_views import about_names, quota_of, standing
from dondoc.store.tables import RequestRow


class Participants:
    """The matter of `RequestKind.PARTICIPANTS`."""

    kind: ClassVar = RequestKind.PARTICIPANTS
    letter: ClassVar = ParticipantsRequest.kind

    def ask(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        contact, quota = case.contact(row.unit), quota_of(case)
        if contact is None or quota is None:
            return None
        letter = ParticipantsRequest(
            **about_names(office, session, case, row, contact, standing(session, case, quota)),
            quota_text=quota.text or "",
            because=row.because,
        )
        return draft(case, row, contact, letter, key_of_asking(self, case, row), only_while_open=True)

    def remind(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        contact, quota = case.contact(row.unit), quota_of(case)
        if contact is None or quota is None:
            return None
        letter = ParticipantsReminder(
            **about_names(office, session, case, row, contact, standing(session, case, quota)),
            number=row.reminded,
            overdue=case.now >= row.due_at,
        )
        return draft(case, row, contact, letter, key_of_reminder(letter.kind, case, row), only_while_open=True)

    def tell_secretary(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        secretary, quota = case.contact(row.unit, Role.SECRETARY), quota_of(case)
        if secretary is None or quota is None:
            return None
        contact = case.contact(row.unit)
        letter = ParticipantsEscalation(
            **about_names(office, session, case, row, secretary, standing(session, case, quota)),
            overdue=case.now >= row.due_at,
            asked_at=local(row.asked_at),
            contact_address=contact.email if contact else None,
            reminders=row.reminded,
            undelivered=bool(unreached(session, case, [UnitId(row.unit)])),
        )
        return draft(case, row, secretary, letter, key_of_escalation(letter.kind, case, row), only_while_open=True)


PARTICIPANTS = Participants()


def draft(
    case: Case,
    row: RequestRow,
    contact: Contact,
    letter: ToUnit,
    key: str,
    *,
    only_while_open: bool = False,
    calendar: bytes | None = None,
) -> Draft:
    """A letter to a unit about the people that it sends, in the thread of the one that asked for them."""
    asked_by = key_of_asking(PARTICIPANTS, case, row)
    return Draft(
        letter=letter,
        key=key,
        addressee=row.unit,
        address=contact.email,
        name=contact.name or case.unit(row.unit).name_on(case.now.date()).full,
        occurrence=case.key,
        request_id=row.id,
        asking=row.asking,
        only_while_open=only_while_open,
        thread=asked_by if key != asked_by else None,
        calendar=calendar,
    )
