"""How dates, money and the plan's own terms are written in Vietnamese.

The names of the functions are the names of the filters in the templates.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from dondoc.domain.plan import Announced, Contribution, OnDay, Place, Window
from dondoc.domain.proposal import Aspect
from dondoc.domain.states import Channel, Decision, Severity, Verdict
from dondoc.domain.zone import local
from dondoc.errors import Unreadable

LARGEST_IN_WORDS: Final = 10**12

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ((10**9, "tỷ"), (10**6, "triệu"), (10**3, "nghìn"))
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_QUARTERS = {"1": "I", "2": "II", "3": "III", "4": "IV"}

VERDICTS: Final[Mapping[Verdict, str]] = {
    Verdict.AGREE: "Nhất trí",
    Verdict.COMMENT: "Nhất trí, có góp ý",
    Verdict.OBJECT: "Không nhất trí",
    Verdict.ABSTAIN: "Không tham gia ý kiến",
}
CHANNELS: Final[Mapping[Channel, str]] = {
    Channel.WEB: "trang cho ý kiến",
    Channel.EMAIL: "thư điện tử",
    Channel.PHONE: "điện thoại",
    Channel.ZALO: "Zalo",
    Channel.PAPER: "văn bản giấy",
    Channel.COMMAND: "ghi nhận trực tiếp trên hệ thống",
    Channel.FLOW: "ghi nhận trực tiếp trên hệ thống",
    Channel.RULE: "hệ thống tự động",
}
DECISIONS: Final[Mapping[Decision, str]] = {
    Decision.PROCEED: "Triển khai",
    Decision.REVISE: "Điều chỉnh phương án",
    Decision.CANCEL: "Không tổ chức",
}
ASPECTS: Final[Mapping[Aspect, str]] = {
    Aspect.WHEN: "Thời gian",
    Aspect.PLACE: "Địa điểm",
    Aspect.CONTRIBUTION: "Kinh phí",
    Aspect.NOTE: "Ghi chú",
}
SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.URGENT: "Khẩn",
    Severity.NORMAL: "Cần xử lý",
    Severity.NOTE: "Lưu ý",
}


def dong(amount: int) -> str:
    """7.000.000 đồng"""
    return f"{amount:,}".replace(",", ".") + " đồng"


def ngay(day: date) -> str:
    """15/03/2024; a moment is taken in the zone of Việt Nam, here and below."""
    return f"{_day(day):%d/%m/%Y}"


def ngay_chu(day: date) -> str:
    """ngày 01 tháng 6 năm 2024: a zero before days under 10 and months 1 and 2 only (Nghị định 30/2020/NĐ-CP)."""
    d = _day(day)
    return f"ngày {d.day:02} tháng {d.month:0{2 if d.month <= 2 else 1}} năm {d.year}"


def thu(day: date) -> str:
    """thứ Sáu"""
    return _WEEKDAYS[_day(day).weekday()]


def gio(moment: datetime) -> str:
    """17 giờ 00"""
    return f"{local(moment):%H giờ %M}"


def han(moment: datetime) -> str:
    """17 giờ 00, thứ Ba, ngày 09/01/2024"""
    return f"{gio(moment)}, {thu(moment)}, ngày {ngay(moment)}"


def han_gon(moment: datetime) -> str:
    """17 giờ 00 ngày 09/01, for a subject line."""
    return f"{gio(moment)} ngày {local(moment):%d/%m}"


def luc(moment: datetime) -> str:
    """09 giờ 10, ngày 04/03/2024"""
    return f"{gio(moment)}, ngày {ngay(moment)}"


def quy(quarter: str) -> str:
    """quý I/2024, from the plan's 2024-Q1."""
    year, _, number = quarter.partition("-Q")
    if number not in _QUARTERS:
        raise Unreadable(f"{quarter!r} is not a quarter such as 2024-Q1")
    return f"quý {_QUARTERS[number]}/{year}"


def danh_sach(items: Iterable[str]) -> str:
    """A, B và C"""
    *others, last = [*items] or [""]
    return f"{', '.join(others)} và {last}" if others else last


def viet_hoa(text: str) -> str:
    """The text with its first letter as a capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def bang_chu(amount: int) -> str:
    """Bảy triệu đồng, as receipts want it. Raises Unreadable beyond 0 … 10^12."""
    if not 0 <= amount <= LARGEST_IN_WORDS:
        raise Unreadable(f"{amount} cannot be written in words: only 0 to {dong(LARGEST_IN_WORDS)} can")
    return viet_hoa(f"{_in_words(amount)} đồng") if amount else "Không đồng"


def _in_words(number: int, *, padded: bool = False) -> str:
    """`padded`: something larger stands before it, so that empty hundreds are said ("không trăm linh năm")."""
    words: list[str] = []
    for scale, name in _SCALES:
        count, number = divmod(number, scale)
        if count:
            words += [_in_words(count, padded=bool(words)), name]
    if number:
        words.append(_below_thousand(number, padded=padded or bool(words)))
    return " ".join(words)


def _below_thousand(number: int, *, padded: bool) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = [_DIGITS[hundreds], "trăm"] if hundreds or padded else []
    if tens > 1:
        words += [_DIGITS[tens], "mươi"]
    elif tens == 1:
        words.append("mười")
    elif ones and words:
        words.append("linh")
    if ones:
        words.append(_ones(ones, tens))
    return " ".join(words)


def _ones(ones: int, tens: int) -> str:
    """The last digit changes its name behind tens: mốt, tư, lăm."""
    after_tens = {1: "mốt", 4: "tư", 5: "lăm"} if tens > 1 else {5: "lăm"} if tens == 1 else {}
    return after_tens.get(ones, _DIGITS[ones])


def thoi_gian(when: OnDay | Window) -> str:
    """When something happens: "08 giờ 00, thứ Sáu, ngày 15/03/2024", "từ tháng 6 đến tháng 8 năm 2024 (…)"."""
    if isinstance(when, Window):
        announced = f" (ngày cụ thể theo phân công của {when.announced_by})" if when.announced_by else ""
        return _window(when.first, when.last) + announced
    at = f"{when.at:%H giờ %M}, " if when.at else ""
    others = f" (có thể thay bằng ngày {_either(map(ngay, when.alternatives))})" if when.alternatives else ""
    return f"{at}{thu(when.day)}, ngày {ngay(when.day)}{others}"


def _window(first: date, last: date) -> str:
    whole_months = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if not whole_months or first.year != last.year:
        return f"từ ngày {ngay(first)} đến ngày {ngay(last)}"
    if first.month == last.month:
        return f"tháng {first.month} năm {first.year}"
    return f"từ tháng {first.month} đến tháng {last.month} năm {first.year}"


def _either(items: Iterable[str]) -> str:
    *others, last = items
    return f"{', '.join(others)} hoặc {last}" if others else last


def dia_diem(place: Place | Announced) -> str:
    """Where something happens, or who says so later."""
    if isinstance(place, Announced):
        return f"theo phân công của {place.announced_by}"
    return f"{place.name} ({place.address})" if place.address else place.name


NAMED = 20
"""How many units are named in a sentence; of more it says how many they are."""


def kinh_phi(contribution: Contribution, name: Callable[[str], str]) -> str:
    """Who pays how much; `name` names a unit that has a share of its own."""
    basis = {"occurrence": "", "year": ", đóng góp một lần cho cả năm", "instalments": ", chia đều cho các đợt"}
    if contribution.each is not None:
        return f"{dong(contribution.each)}/đơn vị{basis[contribution.basis]}"
    shares = contribution.shares
    groups: dict[int, list[str]] = defaultdict(list)
    for unit, share in shares.items():
        groups[share].append(unit)
    by_amount = sorted(groups.items(), reverse=True)
    if len(shares) > NAMED:
        parts = [f"{len(units)} đơn vị: {dong(amount)}/đơn vị" for amount, units in by_amount]
    else:
        parts = [f"{danh_sach(map(name, units))}: {dong(amount)}" for amount, units in by_amount]
    return "; ".join(parts) + basis[contribution.basis]


def cap_uy(unit: str) -> str:
    """Cấp ủy phụ trách Đoàn Sở Y tế Thành phố"""
    return f"Cấp ủy phụ trách {unit}"


def rut_gon(text: str, longest: int = 400) -> str:
    """The text on one line, cut at a word when it is longer: a table must not grow without bounds."""
    line = re.sub(r"\s+", " ", text).strip()
    if len(line) <= longest:
        return line
    cut = line[:longest]
    return (cut.rpartition(" ")[0] or cut).rstrip(" ,;.") + " …"


def _day(day: date) -> date:
    return local(day).date() if isinstance(day, datetime) else day
