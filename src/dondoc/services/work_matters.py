"""What is said to a unit about its assignment and its report: asked, reminded, its secretary told (II.1, III.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.documents.official import Form, Letterhead, Signature
from dondoc.documents.roll_call import AssignedContent, Assignment
from dondoc.domain.gathering import Dated, dates_of
from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Contact, Role
from dondoc.domain.states import RequestKind
from dondoc.domain.wording import dia_diem, thoi_gian
from dondoc.mail.compose import Attachment
from dondoc.mail.letters import ToUnit
from dondoc.mail.letters_work import (
    AssignmentEscalation,
    AssignmentReminder,
    AssignmentRequest,
    ReportEscalation,
    ReportReminder,
    ReportRequest,
)
from dondoc.services import views
from dondoc.services.asking import Matter, key_of_asking, key_of_escalation, key_of_reminder
from dondoc.services.case import Case, unreached
from dondoc.services.office import Draft, Office
from dondoc.services.receipts import DOCX
from dondoc.services.work_views import task_views, tasks_in
from dondoc.store.tables import RequestRow


@dataclass(frozen=True, slots=True)
class Work:
    """The matter of assignments or of reports; both say the same things in their own words."""

    kind: RequestKind
    asks: type[AssignmentRequest] | type[ReportRequest]
    reminds: type[AssignmentReminder] | type[ReportReminder]
    tells: type[AssignmentEscalation] | type[ReportEscalation]

    @property
    def letter(self) -> str:
        return self.asks.kind

    def ask(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        if (contact := case.contact(row.unit)) is None:
            return None
        fields = work(office, session, case, row, contact)
        files: tuple[Attachment, ...] = ()
        if self.asks is AssignmentRequest:
            fields["because"] = row.because
            files = (_paper(office, session, case, row),)
        return draft(self, case, row, contact, self.asks(**fields), key_of_asking(self, case, row), files)

    def remind(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        if (contact := case.contact(row.unit)) is None:
            return None
        fields = work(office, session, case, row, contact)
        letter = self.reminds(**fields, number=row.reminded, overdue=case.now >= row.due_at)
        return draft(self, case, row, contact, letter, key_of_reminder(letter.kind, case, row))

    def tell_secretary(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        if (secretary := case.contact(row.unit, Role.SECRETARY)) is None:
            return None
        contact = case.contact(row.unit)
        letter = self.tells(
            **work(office, session, case, row, secretary),
            overdue=case.now >= row.due_at,
            asked_at=local(row.asked_at),
            contact_address=contact.email if contact else None,
            reminders=row.reminded,
            undelivered=bool(unreached(session, case, [UnitId(row.unit)])),
        )
        return draft(self, case, row, secretary, letter, key_of_escalation(letter.kind, case, row))


ASSIGNMENTS = Work(RequestKind.ASSIGNMENT, AssignmentRequest, AssignmentReminder, AssignmentEscalation)
REPORTS = Work(RequestKind.REPORT, ReportRequest, ReportReminder, ReportEscalation)


def work(office: Office, session: Session, case: Case, row: RequestRow, contact: Contact) -> dict[str, Any]:
    """The fields that every letter about a unit's work has."""
    url = office.links.answer(session, case.plan_id, row.key, contact.email, now=case.now, due_at=row.due_at)
    return views.to_unit(office, case, row, contact, url) | {
        "occurrence": views.occurrence(case, case.proposal(session), case.row.version),
        "due_at": local(row.due_at),
        "tasks": task_views(case, tasks_in(session, case, row.unit)),
        "work_url": url,
    }


def draft(
    matter: Matter,
    case: Case,
    row: RequestRow,
    contact: Contact,
    letter: ToUnit,
    key: str,
    files: tuple[Attachment, ...] = (),
    *,
    only_while_open: bool = True,
) -> Draft:
    asked_by = key_of_asking(matter, case, row)
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
        attachments=files,
    )


def _paper(office: Office, session: Session, case: Case, row: RequestRow) -> Attachment:
    """The official letter that assigns the contents (công văn phân công)."""
    today, proposal = case.now.date(), case.proposal(session)
    head = case.plan.head_on(today)
    issuer = case.unit(head.unit).name_on(today).full
    dates = dates_of(proposal, case.planned)
    paper = Assignment(
        letterhead=Letterhead(Form.YOUTH_UNION, case.plan.parent, issuer, "TP. Hồ Chí Minh", today, series="-CV/ĐTN"),
        signature=Signature(("CỤM TRƯỞNG",), head.name),
        sender=case.plan.cluster,
        unit=case.unit(row.unit).name_on(today).full,
        basis=case.plan.title,
        activity=proposal.title,
        when=thoi_gian(proposal.when),
        place=dia_diem(proposal.place),
        contents=tuple(
            AssignedContent(task.text.rstrip("."), task.leads, task.partners)
            for task in task_views(case, tasks_in(session, case, row.unit))
        ),
        accept_by=local(row.due_at),
        report_by=(
            office.calendar.shift(dates.last, case.plan.policy.report.answer_within)
            if isinstance(dates, Dated)
            else None
        ),
        people=case.activity.quota.each if case.activity.quota else None,
        amount=views.share_of(proposal, row.unit) or None,
    )
    return Attachment(f"phan-cong-{row.unit}.docx", office.press.docx(paper), DOCX)
