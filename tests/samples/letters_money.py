"""Letters about contributions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dondoc.domain.ids import Dong
from dondoc.mail.letters import Letter, PersonView, ProblemsNotice
from dondoc.mail.letters_money import (
    ClaimNoted,
    ClaimView,
    ContributionEscalation,
    ContributionReceipt,
    ContributionReminder,
    ContributionRequest,
    LackView,
    MoneyItem,
    MoneyMatter,
    MoneyNotice,
    PaymentView,
    ReceiptView,
    ReopenedView,
)
from tests.samples.letters import CAMPAIGN, HEALTH, SITE, TO_HEAD, TO_UNIT, TRANSPORT, VISIT, at, problem

PAYMENT = PaymentView(
    amount=Dong(7_000_000),
    bank_name="Vietcombank",
    account="0071000123456",
    holder="Đoàn Khối Dân – Chính – Đảng Thành phố",
    code="HCSN24KNHSYT7F3K",
    qr_cid="vietqr",
)
OWED = {
    **TO_UNIT,
    "occurrence": CAMPAIGN,
    "due_at": at(30, month=5),
    "amount": Dong(7_000_000),
    "paid": Dong(0),
    "payment": PAYMENT,
    "pay_url": f"{SITE}/dong-gop/MTI.k3v9x2ab",
}
ASKED = ContributionRequest(
    **OWED, basis_text="Đóng góp kinh phí thực hiện (7.000.000 đồng/đơn vị).", for_the_year=False
)
REMINDED = ContributionReminder(**OWED, number=1, overdue=False)
TOLD = ContributionEscalation(
    **OWED, overdue=True, asked_at=at(16, month=5), contact_address="so-y-te@doan.example.org", reminders=2
)
RECEIVED = ContributionReceipt(
    **TO_UNIT,
    receipts=(ReceiptView("PT-2024-017", Dong(7_000_000), ((CAMPAIGN.title, Dong(7_000_000)),), date(2024, 5, 20)),),
    credit=Dong(0),
)
LACKS = LackView(CAMPAIGN.title, Dong(7_000_000), Dong(2_000_000), f"{SITE}/dong-gop/MTI.k3v9x2ab")


def item(matter: MoneyMatter, amount: int, about: str, **more: str) -> MoneyItem:
    return MoneyItem(matter, Dong(amount), date(2024, 5, 20), about=about, **more)


NOTICE = MoneyNotice(
    **TO_HEAD,
    statement="sao-ke-thang-5.xlsx",
    first=date(2024, 5, 16),
    last=date(2024, 5, 20),
    came=Dong(30_999_000),
    matched=(("Đoàn Sở Y tế – Kỳ Nghỉ Hồng năm 2024", Dong(7_000_000)),),
    items=(
        item(
            MoneyMatter.UNMATCHED,
            8_000_000,
            "NGUYEN VAN A CHUYEN TIEN",
            payer="NGUYEN VAN A",
            unit_short=TRANSPORT.short,
            proposal="Đoàn Sở GTVT – Kỳ Nghỉ Hồng năm 2024 7.000.000 đồng; Sinh hoạt chuyên đề 1.000.000 đồng "
            "(đúng số tiền và nộp nhiều khoản một lần)",
        ),
        item(
            MoneyMatter.CREDIT,
            7_000_000,
            "HCSN24KNHSYT7F3K",
            unit_short=HEALTH.short,
            proposal="Sinh hoạt chuyên đề: 1.000.000 đồng",
        ),
        item(MoneyMatter.SHORT, 1_000, CAMPAIGN.title, unit_short=TRANSPORT.short),
        item(MoneyMatter.FEE, 1_650, CAMPAIGN.title, unit_short=TRANSPORT.short),
        item(MoneyMatter.REVERSED, 7_000_000, "HCSN24KNHSYT7F3K", unit_short=HEALTH.short),
        item(MoneyMatter.DEBIT, 11_000, "PHI QUAN LY TAI KHOAN"),
    ),
    rejected=2,
    money_url=f"{SITE}/thu-chi/MQ.77ab0",
)

LETTERS: dict[str, Letter] = {
    "contribution_request": ASKED,
    "contribution_request-year": replace(
        ASKED,
        occurrence=VISIT,
        amount=Dong(1_750_000),
        payment=replace(PAYMENT, amount=Dong(1_750_000), code="HCSN24VSTSYT0A2K"),
        basis_text="Đóng góp kinh phí thăm hỏi và phụng dưỡng Mẹ Việt Nam Anh hùng.",
        for_the_year=True,
    ),
    "contribution_request-again": replace(
        ASKED,
        again=ReopenedView("ngân hàng đã hoàn lại khoản chuyển ngày 20/05/2024", ("PT-2024-017",)),
    ),
    "contribution_reminder": REMINDED,
    "contribution_reminder-second": replace(REMINDED, number=2),
    "contribution_reminder-overdue": replace(REMINDED, number=3, overdue=True),
    "contribution_reminder-part": replace(
        REMINDED, paid=Dong(5_000_000), payment=replace(PAYMENT, amount=Dong(2_000_000))
    ),
    "contribution_reminder-claim": replace(
        REMINDED, number=4, overdue=True, claim=ClaimView(date(2024, 5, 28), date(2024, 5, 31))
    ),
    "contribution_escalation": TOLD,
    "contribution_escalation-undelivered": replace(TOLD, overdue=False, reminders=0, undelivered=True),
    "claim_noted": ClaimNoted(
        **TO_UNIT,
        occurrence=CAMPAIGN,
        paid_on=date(2024, 5, 20),
        amount=Dong(7_000_000),
        by="so-y-te@doan.example.org",
    ),
    "contribution_receipt": RECEIVED,
    "contribution_receipt-split": replace(
        RECEIVED,
        receipts=(
            ReceiptView(
                "PT-2024-018",
                Dong(8_000_000),
                ((CAMPAIGN.title, Dong(7_000_000)), ("Sinh hoạt chuyên đề năm 2024", Dong(1_000_000))),
                date(2024, 5, 20),
            ),
        ),
    ),
    "contribution_receipt-short": replace(
        RECEIVED,
        receipts=(replace(RECEIVED.receipts[0], amount=Dong(5_000_000), items=((CAMPAIGN.title, Dong(5_000_000)),)),),
        lacks=(LACKS,),
    ),
    "contribution_receipt-small": replace(
        RECEIVED,
        receipts=(replace(RECEIVED.receipts[0], amount=Dong(6_999_000), items=((CAMPAIGN.title, Dong(6_999_000)),)),),
        lacks=(replace(LACKS, lacks=Dong(1_000)),),
        waiting_for_head=True,
    ),
    "contribution_receipt-credit": replace(RECEIVED, credit=Dong(1_000_000)),
    "contribution_receipt-twice": replace(RECEIVED, receipts=(), credit=Dong(7_000_000)),
    "money_notice": NOTICE,
    "money_notice-treasurer": replace(NOTICE, treasurer=PersonView("Trần Thị Thu", "Thủ quỹ của Cụm")),
    "money_notice-unread": replace(NOTICE, items=()),
    "problems_notice-money": ProblemsNotice(
        **TO_HEAD,
        problems=tuple(
            problem(kind, detail="…")
            for kind in (
                "no_account", "unmatched_money", "credit_held", "short", "overdue", "overspent", "reversed",
                "unexplained_debit", "claim_not_found", "due_changed", "paid_for_cancelled", "frozen_due",
            )
        ),
    ),
}  # fmt: skip
