"""How the money is shown in letters: what a due lacks, how to pay it, what a transfer was for."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.bank import vietqr
from dondoc.domain.accounts import BANK, CASH, Account, DueStanding, standings_of_dues
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong
from dondoc.domain.matching import Candidate
from dondoc.domain.plan import BankAccount, Plan
from dondoc.domain.wording import danh_sach, dong
from dondoc.domain.wording_money import REASONS
from dondoc.mail.compose import InlineImage
from dondoc.mail.letters_money import PaymentView
from dondoc.store.parts import in_parts
from dondoc.store.tables_money import DueRow, PostingRow, TransferRow

QR_CID = "vietqr"
_CASH = "cash/"


def cash_account(plan_id: str) -> str:
    """Under which account cash stands among the transfers."""
    return _CASH + plan_id


def place_of(transfer: TransferRow) -> Account:
    """Where the money of a transfer lies."""
    return CASH if transfer.account.startswith(_CASH) else BANK


def standings_in(session: Session, plan_id: str, keys: Iterable[str]) -> dict[DueKey, DueStanding]:
    """How some dues stand, without reading the whole books."""
    balances: dict[Account, int] = {}
    for some in in_parts(keys):
        sums = session.execute(
            select(PostingRow.account, PostingRow.of, PostingRow.item, func.sum(PostingRow.amount))
            .where(PostingRow.plan_id == plan_id, PostingRow.item.in_(some))
            .group_by(PostingRow.account, PostingRow.of, PostingRow.item)
        )
        balances |= {Account(kind, of, item): int(amount) for kind, of, item, amount in sums}
    return standings_of_dues(balances)


def payment(account: BankAccount, due: DueRow, lacks: int) -> PaymentView:
    """How to pay what a due lacks."""
    return PaymentView(
        amount=Dong(lacks),
        bank_name=account.bank_name,
        account=account.number,
        holder=account.holder,
        code=due.code,
        qr_cid=QR_CID,
    )


def qr_text(account: BankAccount, due: DueRow, lacks: int) -> str:
    """What the QR code of a due says."""
    return vietqr.payload(bank_bin=account.bank_bin, account=account.number, amount=lacks, purpose=due.code)


def qr_image(account: BankAccount, due: DueRow, lacks: int) -> InlineImage:
    return InlineImage(QR_CID, vietqr.qr_png(qr_text(account, due, lacks)))


def title_of(plan: Plan, occurrence: str) -> str:
    _, planned = plan.occurrence(occurrence)
    return planned.title


def short_unit(plan: Plan, unit: str, on: TransferRow) -> str:
    return plan.unit(unit).name_on(on.booked_on).short


def proposal_text(plan: Plan, transfer: TransferRow, candidate: Candidate) -> str:
    """A candidate in words: whose money it may be, for what, and why."""
    parts = [f"{title_of(plan, due.occurrence)} {dong(amount)}" for due, amount in candidate.parts]
    if candidate.rest:
        parts.append(f"còn dư {dong(candidate.rest)}")
    if candidate.short:
        parts.append(f"còn thiếu {dong(candidate.short)}")
    because = danh_sach(REASONS[reason] for reason in candidate.reasons)
    what = "; ".join(parts) or "không có khoản nào còn phải nộp"
    return f"{short_unit(plan, candidate.unit, transfer)} – {what} ({because})"
