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

REJECTED: Final = {
    "no_date": "không có ngày",
    "bad_date": "ngày không đọc được",
    "no_such_day": "ngày không tồn tại",
    "no_amount": "không có số tiền",
    "two_amounts": "có cả thu và chi",
    "not_an_amount": "số tiền không đọc được",
    "sign": "số tiền có dấu",
    "decimals": "số tiền có phần lẻ",
    "formula": "ô là công thức",
}
"""Why a row of a statement is not taken, by the reason's code."""

NOT_A_STATEMENT: Final = {
    "empty": "Tệp rỗng.",
    "too_large": "Tệp quá lớn; đề nghị xuất sao kê của khoảng thời gian ngắn hơn.",
    "too_long": "Sao kê quá nhiều dòng; đề nghị xuất khoảng thời gian ngắn hơn.",
    "not_a_statement": "Tệp không phải là sao kê ngân hàng (CSV, XLSX, OFX, MT940).",
    "old_xls": "Tệp .xls kiểu cũ hoặc có mật khẩu; đề nghị lưu lại thành .xlsx.",
    "broken": "Tệp bị hỏng, không đọc được.",
    "no_header": "Không tìm thấy hàng tiêu đề của sao kê (ngày, ghi có, nội dung).",
    "other_account": "Sao kê của tài khoản khác, không phải tài khoản nhận đóng góp trong kế hoạch.",
    "other_currency": "Sao kê không tính bằng đồng.",
}
"""Why a file is not taken, by the reason's code."""
