"""How the money is said in Vietnamese: why a transfer may pay a due, why a row of a statement is not taken."""

from __future__ import annotations

from typing import Final

from dondoc.domain.accounts import DueState
from dondoc.domain.matching import Reason

REASONS: Final = {
    Reason.CODE: "có mã thanh toán",
    Reason.EXACT: "đúng số tiền",
    Reason.SPLIT: "nộp nhiều khoản một lần",
    Reason.FEE: "thiếu bằng mức phí ngân hàng",
    Reason.TOLERANCE: "thiếu trong mức được bỏ qua",
    Reason.PART: "nộp một phần",
    Reason.OVER: "nộp thừa",
    Reason.ALREADY_PAID: "khoản này đã nộp đủ",
    Reason.FROZEN: "khoản này đang tạm dừng thu",
    Reason.UNIT_NAMED: "nội dung nêu tên đơn vị",
    Reason.PAYER_KNOWN: "người chuyển đã từng nộp cho đơn vị",
    Reason.CLAIMED: "đơn vị báo đã chuyển",
    Reason.ONLY_UNIT: "chỉ đơn vị này có khoản đúng số tiền",
}

DUE_STATES: Final = {
    DueState.OPEN: "chưa nộp",
    DueState.PART: "nộp một phần",
    DueState.PAID: "đã nộp đủ",
    DueState.WAIVED: "đã nộp, phần thiếu được bỏ qua",
    DueState.FROZEN: "tạm dừng thu",
}
