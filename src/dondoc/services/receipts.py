"""Receipts for what the units pay (III.1 "đầu mối tiếp nhận kinh phí"): issued once an entry is booked, and void
once it is taken back. A number is never used again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.documents.official import Form, Letterhead, Signature
from dondoc.documents.receipt import Item, Receipt, Voided, Way
from dondoc.domain.accounts import CASH, AccountKind
from dondoc.domain.books import Entry
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong
from dondoc.domain.plan import Plan
from dondoc.mail.compose import Attachment
from dondoc.services.money_views import place_of, title_of
from dondoc.services.office import Office
from dondoc.store.tables_money import DueRow, PostingRow, ReceiptRow, TransferRow

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def issue(
    office: Office,
    session: Session,
    plan: Plan,
    dues: Mapping[DueKey, DueRow],
    entry: Entry,
    transfer: TransferRow | None,
) -> ReceiptRow:
    """The receipt for an entry by which dues of one unit were paid."""
    now = office.clock.now()
    last = session.scalar(select(func.max(ReceiptRow.number)).where(ReceiptRow.plan_id == plan.id)) or 0
    paid = paid_by(entry)
    unit = dues[next(iter(paid))].unit
    row = ReceiptRow(
        plan_id=plan.id,
        number=last + 1,
        entry=entry.number,
        unit=unit,
        amount=sum(paid.values()),
        issued_at=now,
    )
    row.content = office.press.docx(_paper(plan, row, paid, dues, transfer, now))
    session.add(row)
    session.flush()
    return row


def paid_by(entry: Entry) -> dict[DueKey, int]:
    """What an entry pays, by due."""
    return {
        DueKey(posting.account.item): -posting.amount
        for posting in entry.postings
        if posting.account.kind is AccountKind.RECEIVABLE
    }


def void(session: Session, plan_id: str, entry_number: int, because: str, now: datetime) -> ReceiptRow | None:
    """Void the receipt of an entry that was taken back; None when it had none, or it is void already."""
    row = session.scalar(
        select(ReceiptRow).where(
            ReceiptRow.plan_id == plan_id, ReceiptRow.entry == entry_number, ReceiptRow.voided_at.is_(None)
        )
    )
    if row is not None:
        row.voided_at, row.voided_because = now, because
    return row


def voided_with(session: Session, due: DueRow, asked_at: datetime) -> list[ReceiptRow]:
    """The receipts that became void when the due was asked for anew."""
    return list(
        session.scalars(
            select(ReceiptRow)
            .join(PostingRow, (PostingRow.plan_id == ReceiptRow.plan_id) & (PostingRow.number == ReceiptRow.entry))
            .where(ReceiptRow.plan_id == due.plan_id, ReceiptRow.voided_at == asked_at, PostingRow.item == due.key)
            .order_by(ReceiptRow.number)
        )
    )


def number_of(plan: Plan, row: ReceiptRow) -> str:
    """The receipt's number as people write it: PT-2024-017."""
    return f"PT-{plan.year}-{row.number:03}"


def attachment(office: Office, session: Session, plan: Plan, row: ReceiptRow) -> Attachment:
    """The receipt as a file; one that is void says so on its face."""
    name = number_of(plan, row)
    if row.voided_at is None:
        return Attachment(f"{name}.docx", row.content, DOCX)
    postings = session.scalars(
        select(PostingRow)
        .where(PostingRow.plan_id == plan.id, PostingRow.number == row.entry)
        .order_by(PostingRow.place)
    ).all()
    paid = {DueKey(p.item): -p.amount for p in postings if p.account is AccountKind.RECEIVABLE}
    dues = {
        DueKey(due.key): due
        for due in session.scalars(select(DueRow).where(DueRow.plan_id == plan.id, DueRow.key.in_(list(paid))))
    }
    sources = [p.item for p in postings if p.account in (AccountKind.SUSPENSE, AccountKind.CREDIT)]
    transfer = session.get(TransferRow, int(sources[0])) if sources else None
    return Attachment(
        f"{name}-huy.docx", office.press.docx(_paper(plan, row, paid, dues, transfer, row.issued_at)), DOCX
    )


def _paper(
    plan: Plan,
    row: ReceiptRow,
    paid: Mapping[DueKey, int],
    dues: Mapping[DueKey, DueRow],
    transfer: TransferRow | None,
    issued_at: datetime,
) -> Receipt:
    day: date = local(issued_at).date()
    head = plan.head_on(day)
    receiver = plan.unit(head.unit).name_on(day).full
    in_cash = transfer is not None and place_of(transfer) == CASH
    account = f"{transfer.account}, {plan.account.bank_name}" if transfer and plan.account and not in_cash else None
    return Receipt(
        letterhead=Letterhead(Form.YOUTH_UNION, plan.parent, receiver, "TP. Hồ Chí Minh", day),
        signature=Signature(("CỤM TRƯỞNG",), head.name),
        number=number_of(plan, row),
        unit=plan.unit(row.unit).name_on(day).full,
        items=tuple(Item(title_of(plan, dues[key].occurrence.key), Dong(amount)) for key, amount in paid.items()),
        received_on=transfer.booked_on if transfer else day,
        way=Way.CASH if in_cash else Way.TRANSFER,
        receiver=receiver,
        account=account,
        document=transfer.document if transfer else None,
        payer=transfer.payer if transfer else None,
        voided=Voided(local(row.voided_at).date(), row.voided_because or "") if row.voided_at else None,
    )
