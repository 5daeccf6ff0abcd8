"""What the letters about contributions say (Plan 2024, III.1 "đầu mối tiếp nhận kinh phí")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dondoc.domain.ids import Dong
from dondoc.mail.letters import OccurrenceView, PersonView, ToHead, ToUnit


@dataclass(frozen=True, slots=True)
class PaymentView:
    """How to pay: the same as the QR code says, for whoever types it."""

    amount: Dong
    """What is to be transferred now: the due, less what came already."""
    bank_name: str
    account: str
    holder: str
    code: str
    """What the transfer's remark must contain."""
    qr_cid: str
    """The picture of the QR code goes with the letter under this Content-ID."""


@dataclass(frozen=True, slots=True)
class ReopenedView:
    """Why a due that was paid is owed again."""

    reason: str
    receipts: tuple[str, ...]
    """The numbers of the receipts that are void; they go with the letter."""


@dataclass(frozen=True, slots=True)
class ClaimView:
    """The unit said that it paid, and no statement shows it."""

    paid_on: date
    searched_until: date
    """The last day that a statement covers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contribution(ToUnit):
    """What every letter has that asks for a contribution."""

    occurrence: OccurrenceView
    due_at: datetime
    amount: Dong
    """The whole due."""
    paid: Dong
    """What came of it so far."""
    payment: PaymentView
    pay_url: str
    """The page with the same data, where a unit also says that it has paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRequest(_Contribution):
    """Asks a unit for its contribution to an occurrence that was agreed."""

    kind = "contribution_request"

    basis_text: str
    """As the plan words it: "Đóng góp kinh phí thực hiện (7.000.000 đồng/đơn vị)."."""
    for_the_year: bool
    """The amount is for all of the activity's occurrences this year (assumption A1)."""
    again: ReopenedView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionReminder(_Contribution):
    """The number-th reminder of a contribution that did not come, or not all of it."""

    kind = "contribution_reminder"

    number: int
    overdue: bool
    claim: ClaimView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionEscalation(_Contribution):
    """Tells a unit's secretary that the contribution did not come, or that the contact cannot be reached."""

    kind = "contribution_escalation"

    overdue: bool
    asked_at: datetime
    contact_address: str | None
    reminders: int
    undelivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNoted(ToUnit):
    """Tells a unit that its word is recorded; it is not reminded until a statement shows the money."""

    kind = "claim_noted"

    occurrence: OccurrenceView
    paid_on: date
    amount: Dong
    """What the due still lacks."""
    by: str


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One receipt, which goes with the letter."""

    number: str
    amount: Dong
    items: tuple[tuple[str, Dong], ...]
    """What it is for: an occurrence's title, an amount."""
    received_on: date


@dataclass(frozen=True, slots=True)
class LackView:
    """What a due still lacks after the whole statement was read."""

    title: str
    amount: Dong
    lacks: Dong
    pay_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionReceipt(ToUnit):
    """Confirms what came, with the receipts; says what is still short, or too much."""

    kind = "contribution_receipt"

    receipts: tuple[ReceiptView, ...]
    lacks: tuple[LackView, ...] = ()
    waiting_for_head: bool = False
    """The shortfall is so small that the head decides whether to let it go."""
    credit: Dong
    """What was paid too much: the head decides whether it is carried over or returned."""

    @property
    def received(self) -> Dong:
        return Dong(sum(receipt.amount for receipt in self.receipts))

    @property
    def lacking(self) -> Dong:
        return Dong(sum(lack.lacks for lack in self.lacks))


class MoneyMatter(StrEnum):
    """What the head is to decide about money."""

    UNMATCHED = "unmatched"
    """It is not known what it pays; `proposal` says what is likely."""
    CREDIT = "credit"
    """A unit paid too much: carry over or return."""
    SHORT = "short"
    """So little is missing that it may be waived."""
    FEE = "fee"
    """What is missing is what a bank keeps of a transfer (scenario 7)."""
    REVERSED = "reversed"
    """The bank took a transfer back; the due is open again."""
    DEBIT = "debit"
    """Money went that is no known return, expense or reversal."""


@dataclass(frozen=True, slots=True)
class MoneyItem:
    """One decision."""

    matter: MoneyMatter
    amount: Dong
    on: date
    unit_short: str | None = None
    about: str = ""
    """The bank's remark, or the due's title."""
    payer: str | None = None
    proposal: str | None = None
    """What Dondoc proposes, in Vietnamese, with its reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyNotice(ToHead):
    """Tells the head what a statement brought, and what of it needs a decision; where there is a treasurer, both."""

    kind = "money_notice"

    treasurer: PersonView | None = None
    """Who reads this copy as the treasurer; None: it is the head's."""

    statement: str
    """The file's name."""
    first: date | None
    last: date | None
    came: Dong
    matched: tuple[tuple[str, Dong], ...]
    """What was booked without asking: a unit's short name with the occurrence, an amount."""
    items: tuple[MoneyItem, ...]
    rejected: int
    """Rows that could not be read."""
    money_url: str
