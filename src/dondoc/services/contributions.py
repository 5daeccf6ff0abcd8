"""What is said to a unit about a contribution that it owes (III.1, III.2): asked, reminded, its secretary told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.accounts import DueStanding
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong, UnitId
from dondoc.domain.plan import BankAccount, Contact, Role
from dondoc.domain.states import RequestKind
from dondoc.mail.compose import Attachment
from dondoc.mail.letters import Letter
from dondoc.mail.letters_money import (
    ClaimView,
    ContributionEscalation,
    ContributionReminder,
    ContributionRequest,
    ReopenedView,
)
from dondoc.services import views
from dondoc.services.asking import key_of_asking, key_of_escalation, key_of_reminder
from dondoc.services.case import Case, unreached
from dondoc.services.money_views import payment, qr_image, standings_in
from dondoc.services.office import Draft, Office
from dondoc.services.receipts import attachment, number_of, voided_with
from dondoc.store.tables import RequestRow
from dondoc.store.tables_money import ClaimRow, DueRow, StatementRow


@dataclass(frozen=True, slots=True)
class _Owed:
    """A due that is asked for, and the person who is written to."""

    due: DueRow
    standing: DueStanding
    account: BankAccount
    contact: Contact
    fields: dict[str, Any]
    """What all letters about it have."""


class Contributions:
    """The matter of `RequestKind.CONTRIBUTION`."""

    kind: ClassVar = RequestKind.CONTRIBUTION
    letter: ClassVar = ContributionRequest.kind

    def ask(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        owed = _owed(office, session, case, row, Role.CONTACT)
        if owed is None:
            return None
        contribution = case.activity.contribution
        voided = voided_with(session, owed.due, row.asked_at) if row.because else []
        letter = ContributionRequest(
            **owed.fields,
            basis_text=(contribution.text if contribution else None) or "",
            for_the_year=contribution is not None and contribution.basis == "year",
            again=(
                ReopenedView(row.because, tuple(number_of(case.plan, receipt) for receipt in voided))
                if row.because
                else None
            ),
        )
        files = tuple(attachment(office, session, case.plan, receipt) for receipt in voided)
        return self._draft(case, row, owed, letter, key_of_asking(self, case, row), files)

    def remind(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        owed = _owed(office, session, case, row, Role.CONTACT)
        if owed is None:
            return None
        letter = ContributionReminder(
            **owed.fields,
            number=row.reminded,
            overdue=case.now >= row.due_at,
            claim=_claim_not_found(session, owed.due),
        )
        return self._draft(case, row, owed, letter, key_of_reminder(letter.kind, case, row))

    def tell_secretary(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        owed = _owed(office, session, case, row, Role.SECRETARY)
        if owed is None:
            return None
        contact = case.contact(row.unit)
        letter = ContributionEscalation(
            **owed.fields,
            overdue=case.now >= row.due_at,
            asked_at=local(row.asked_at),
            contact_address=contact.email if contact else None,
            reminders=row.reminded,
            undelivered=bool(unreached(session, case, [UnitId(row.unit)])),
        )
        return self._draft(case, row, owed, letter, key_of_escalation(letter.kind, case, row))

    def _draft(
        self, case: Case, row: RequestRow, owed: _Owed, letter: Letter, key: str, files: tuple[Attachment, ...] = ()
    ) -> Draft:
        asked_by = key_of_asking(self, case, row)
        return Draft(
            letter=letter,
            key=key,
            addressee=row.unit,
            address=owed.contact.email,
            name=owed.contact.name or case.unit(row.unit).name_on(case.now.date()).full,
            occurrence=case.key,
            request_id=row.id,
            asking=row.asking,
            only_while_open=True,
            thread=asked_by if key != asked_by else None,
            images=(qr_image(owed.account, owed.due, owed.standing.outstanding),),
            attachments=files,
        )


def due_of_request(session: Session, row: RequestRow) -> DueRow:
    return session.scalars(select(DueRow).where(DueRow.request_id == row.id)).one()


def pay_url(office: Office, session: Session, case: Case, row: RequestRow, contact: Contact) -> str:
    """Where one mailbox sees how to pay, and says that it has paid."""
    return office.links.answer(session, case.plan_id, row.key, contact.email, now=case.now, due_at=row.due_at)


def _owed(office: Office, session: Session, case: Case, row: RequestRow, role: Role) -> _Owed | None:
    """None when the plan names nobody to write to, or nothing is lacking any more."""
    contact = case.contact(row.unit, role)
    due = due_of_request(session, row)
    standing = standings_in(session, case.plan_id, [due.key]).get(DueKey(due.key))
    account = case.plan.account
    if contact is None or account is None or standing is None or not standing.outstanding:
        return None
    url = pay_url(office, session, case, row, contact)
    fields = views.to_unit(office, case, row, contact, url) | {
        "occurrence": views.occurrence(case, case.proposal(session), case.row.version),
        "due_at": local(row.due_at),
        "amount": Dong(due.amount),
        "paid": standing.paid,
        "payment": payment(account, due, standing.outstanding),
        "pay_url": url,
    }
    return _Owed(due, standing, account, contact, fields)


def _claim_not_found(session: Session, due: DueRow) -> ClaimView | None:
    """The unit's latest word that it paid, where statements that cover the day do not show it."""
    claim = session.scalars(
        select(ClaimRow).where(ClaimRow.due_id == due.id).order_by(ClaimRow.id.desc()).limit(1)
    ).first()
    until = session.scalar(select(func.max(StatementRow.last)).where(StatementRow.plan_id == due.plan_id))
    if claim is None or claim.found is not False or until is None:
        return None
    return ClaimView(claim.paid_on, until)
