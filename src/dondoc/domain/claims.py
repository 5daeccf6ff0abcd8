"""Whether a reply says that a contribution is paid, and since when (III.2). Anything unclear is for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from dondoc.domain.unit_names import words_of

_MONEY: Final = r"KHOAN|TIEN|KINH PHI|SO TIEN|DU|XONG|ROI|DONG GOP|PHI|NGAY|HOM|VAO|QUA|CHO CUM|VE CUM|A$|\d|$"
_PAID: Final = re.compile(
    rf"\b(DA|VUA|MOI)( DUOC| HOAN THANH| HOAN TAT| THUC HIEN)?( VIEC)?"
    rf" ((CHUYEN|NOP) ?({_MONEY})|CK\b|THANH TOAN|DONG (TIEN|GOP|PHI|KINH PHI|DU)|GUI (TIEN|KINH PHI|KHOAN))"
)
"""A verb with what was sent: a unit also "đã chuyển" a letter to a colleague, and "đã đồng ý"."""
_NOT: Final = re.compile(
    r"\b(CHUA|SE|KHONG|DU KIEN|HEN|XIN GIA HAN|CHAM|MOT PHAN|CON THIEU|NHAM|TRA LAI|HOAN LAI|TUY NHIEN|NHUNG)\b"
)
_LONGEST: Final = 40
"""Words; who writes more has more to say."""
_DAY: Final = re.compile(r"\b(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{4}|\d{2}))?\b")
_NAMED_DAYS: Final = (("HOM QUA", 1), ("SANG NAY", 0), ("CHIEU NAY", 0), ("HOM NAY", 0), ("TRUA NAY", 0))


def paid_on(text: str, received_on: date) -> date | None:
    """The day on which the words say that the money was sent: the day of the reply when they name none.

    None when they do not plainly say so: a promise, a question, a part, two days, or a day that has not come.
    """
    words = words_of(text)
    if not _PAID.search(words) or _NOT.search(words) or "?" in text or len(words.split()) > _LONGEST:
        return None
    days = {*_days(text, received_on), *_named(words, received_on)}
    if len(days) > 1:
        return None
    day = next(iter(days), received_on)
    return day if day is not None and day <= received_on else None


def _days(text: str, received_on: date) -> Iterator[date | None]:
    for found in _DAY.finditer(text):
        yield _day(int(found[1]), int(found[2]), found[3], received_on)


def _day(day: int, month: int, year: str | None, received_on: date) -> date | None:
    """Without a year the last such day; None for one that does not exist."""
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        this = date(received_on.year, month, day)
        return this if this <= received_on else date(received_on.year - 1, month, day)
    except ValueError:
        return None


def _named(words: str, received_on: date) -> Iterator[date]:
    for name, ago in _NAMED_DAYS:
        if re.search(rf"\b{name}\b", words):
            yield date.fromordinal(received_on.toordinal() - ago)
