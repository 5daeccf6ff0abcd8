"""Letters that say what came: to a unit its receipt, to the head what needs a decision (III.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dondoc.domain.accounts import DueStanding
from dondoc.domain.books import Entry
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import HEAD, TREASURER, Dong
from dondoc.domain.plan import Contact, Plan
from dondoc.mail.letters import PersonView
from dondoc.mail.letters_money import (
    ClaimNoted,
    ContributionReceipt,
    LackView,
    MoneyItem,
    MoneyNotice,
    ReceiptView,
)
from dondoc.services import views
from dondoc.services.asking import key_of_asking
from dondoc.services.case import Case
from dondoc.services.contributions import Contributions, pay_url
from dondoc.services.money_views import title_of
from dondoc.services.office import Draft, Office
from dondoc.services.receipts import attachment, number_of, paid_by
from dondoc.store.tables import RequestRow
from dondoc.store.tables_money import ClaimRow, DueRow, ReceiptRow, StatementRow, TransferRow

Paid = tuple[ReceiptRow, Entry, TransferRow | None]
"""A receipt, the entry that it is for, and the money behind it."""


def receipt(
    office: Office,
    session: Session,
    case: Case,
    about: DueRow,
    paid: Sequence[Paid],
    lacking: Sequence[tuple[DueRow, DueStanding, bool]],
    credit: Dong,
    number: int,
) -> Draft | None:
    """Confirms to a unit what one act of booking brought; `about` is a due of that unit, `number` the act's last entry.

    None when the plan names nobody of the unit.
    """
    contact, request = case.contact(about.unit), about.request
    if contact is None or request is None:
        return None
    plan = case.plan
    letter = ContributionReceipt(
        **views.to_unit(office, case, request, contact, pay_url(office, session, case, request, contact)),
        receipts=tuple(
            ReceiptView(
                number_of(plan, row),
                Dong(row.amount),
                tuple((title_of(plan, _occurrence_of(key)), Dong(amount)) for key, amount in paid_by(entry).items()),
                transfer.booked_on if transfer else entry.on,
            )
            for row, entry, transfer in paid
        ),
        lacks=tuple(
            LackView(
                title_of(plan, due.occurrence.key),
                Dong(due.amount),
                standing.outstanding,
                pay_url(office, session, case, due.request, contact),
            )
            for due, standing, _ in lacking
            if due.request is not None
        ),
        waiting_for_head=any(is_small for _, _, is_small in lacking),
        credit=credit,
    )
    return Draft(
        letter=letter,
        key=f"{letter.kind}/{case.key}/{about.unit}/{number}",
        addressee=about.unit,
        address=contact.email,
        name=_name(case, about.unit, contact),
        occurrence=case.key,
        request_id=request.id,
        thread=key_of_asking(Contributions(), case, request),
        attachments=tuple(attachment(office, session, plan, row) for row, _, _ in paid),
    )


def claim_noted(
    office: Office, session: Session, case: Case, request: RequestRow, claim: ClaimRow, lacks: Dong
) -> Draft | None:
    """Tells a unit that its word is recorded."""
    if (contact := case.contact(request.unit)) is None:
        return None
    letter = ClaimNoted(
        **views.to_unit(office, case, request, contact, pay_url(office, session, case, request, contact)),
        occurrence=views.occurrence(case, case.proposal(session), case.row.version),
        paid_on=claim.paid_on,
        amount=lacks,
        by=claim.by,
    )
    return Draft(
        letter=letter,
        key=f"{letter.kind}/{case.key}/{request.unit}/{claim.id}",
        addressee=request.unit,
        address=contact.email,
        name=_name(case, request.unit, contact),
        occurrence=case.key,
        request_id=request.id,
        thread=key_of_asking(Contributions(), case, request),
    )


def notices(
    office: Office,
    session: Session,
    plan: Plan,
    now: datetime,
    statement: StatementRow,
    *,
    came: Dong,
    matched: Sequence[tuple[str, Dong]],
    items: Sequence[MoneyItem],
    rejected: int,
) -> list[Draft]:
    """Tells the head, and whoever keeps the money, what a statement brought, and what of it needs a decision."""
    reader = plan.reader_on(now.date())
    letter = MoneyNotice(
        **views.to_head(office, session, plan, now),
        statement=statement.name,
        first=statement.first,
        last=statement.last,
        came=came,
        matched=tuple(matched),
        items=tuple(items),
        rejected=rejected,
        money_url=office.links.money(session, plan.id, reader.email, now=now),
    )
    key = f"{letter.kind}/{plan.id}/{{}}/{statement.number}"
    drafts = [Draft(letter, key.format(HEAD), addressee=HEAD, address=reader.email, name=reader.name)]
    for n, person in enumerate(plan.treasurers_on(now.date())):
        url = office.links.money(session, plan.id, person.email, now=now)
        copy = replace(letter, treasurer=PersonView(person.name, person.title), money_url=url)
        whose = f"{TREASURER}-{n + 1}" if n else TREASURER
        drafts.append(Draft(copy, key.format(whose), addressee=TREASURER, address=person.email, name=person.name))
    return drafts


def _occurrence_of(key: DueKey) -> str:
    return key.split("/")[1]


def _name(case: Case, unit: str, contact: Contact) -> str:
    return contact.name or case.unit(unit).name_on(case.now.date()).full
