"""The amounts and days that an answer names, told apart by whether the proposal names them too (scenario 2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from dondoc.domain.plan import OnDay
from dondoc.domain.proposal import Proposal

SAME, OTHER = "#same", "#other"


class Figure(StrEnum):
    AMOUNT = "amount"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a unit was asked about: the figures that its agreement may name."""

    amounts: frozenset[int] = frozenset()
    days: frozenset[date] = frozenset()

    @classmethod
    def in_proposal(cls, proposal: Proposal) -> Self:
        when, money = proposal.when, proposal.contribution
        days = {when.day} if isinstance(when, OnDay) else {when.first, when.last}
        amounts = {*money.shares.values(), money.each} if money else set()
        return cls(frozenset(amount for amount in amounts if amount is not None), frozenset(days))


_GROUPED = r"(?P<grouped>\d{1,3}(?:[.,]\d{3})+)\s*(?:đồng|đ|vnđ|vnd|dong)?\b"
_MILLIONS = (
    r"(?P<millions>\d+(?:[.,]\d{1,3})?)\s*(?:triệu|trieu|tr)(?:\s*(?P<rest>\d{1,3}))?\s*(?:đồng|đ|dong|vnđ|vnd)?\b"
)
_THOUSANDS = r"(?P<thousands>\d+)\s*(?:nghìn|ngàn|nghin|ngan|k)\s*(?:đồng|đ|dong|vnđ|vnd)?\b"
_PLAIN = r"(?P<plain>\d{4,})\s*(?:đồng|đ|dong|vnđ|vnd)\b"
_AMOUNT = re.compile(rf"\b(?:{_GROUPED}|{_MILLIONS}|{_PLAIN}|{_THOUSANDS})(?:\s*/\s*(?:đơn vị|don vi|đv))?")
_DAY = re.compile(
    r"\b(?P<d>\d{1,2})\s*(?:[/.-]|\s(?:tháng|thang)\s)\s*(?P<m>\d{1,2})"
    r"(?:\s*(?:[/.-]|\s(?:năm|nam)\s)\s*(?P<y>\d{4}|\d\d))?\b"
)
_MONTH = re.compile(r"\b(?:tháng|thang)\s*(?P<m>\d{1,2})(?:\s*(?:[/-]|(?:năm|nam)\s)\s*(?P<y>\d{4}))?\b")
_QUARTER = re.compile(
    r"\b(?:quý|quí|quy|qui)\s*(?P<q>iii|ii|iv|i|[1-4])\b(?:\s*(?:[/-]|(?:năm|nam)\s)\s*(?P<y>\d{4})\b)?"
)
_YEAR = re.compile(r"\b(?:năm|nam)\s*(?P<y>\d{4})\b")
_REFERENCE = re.compile(
    r"\b((?:công văn|văn bản|thư|thông báo|email|cong van|van ban|thu|thong bao)(?: mời| moi)?)"
    r"(?:\s+số\s+\S+|\s+so\s+\S+)?(?:,?\s*(?:ngày|ngay)\s*\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?)?"
)
"""A letter cited by its number and day: that day is nobody's proposal."""
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


def mark(text: str, asked: Asked) -> tuple[str, frozenset[Figure]]:
    """`text` (lower case) with "#same" or "#other" for every figure, and which kinds differ from what was asked."""
    different: set[Figure] = set()
    text = _REFERENCE.sub(r"\1", text)

    def replaced(pattern: re.Pattern[str], kind: Figure, is_same: Callable[[re.Match[str]], bool]) -> None:
        def one(found: re.Match[str]) -> str:
            if is_same(found):
                return f" {SAME} "
            different.add(kind)
            return f" {OTHER} "

        nonlocal text
        text = pattern.sub(one, text)

    replaced(_AMOUNT, Figure.AMOUNT, lambda found: _amount(found) in asked.amounts)
    replaced(_DAY, Figure.DAY, lambda found: any(_is_day(found, day) for day in asked.days))
    replaced(_MONTH, Figure.DAY, lambda found: any(_is_month(found, day) for day in asked.days))
    replaced(_QUARTER, Figure.DAY, lambda found: any(_is_quarter(found, day) for day in asked.days))
    replaced(_YEAR, Figure.DAY, lambda found: any(int(found["y"]) == day.year for day in asked.days))
    return text, frozenset(different)


def _amount(found: re.Match[str]) -> int:
    if found["grouped"]:
        return int(re.sub(r"[.,]", "", found["grouped"]))
    if found["millions"]:
        whole, _, part = found["millions"].replace(",", ".").partition(".")
        return int(whole) * 1_000_000 + int((part or found["rest"] or "").ljust(3, "0")) * 1000
    return int(found["plain"]) if found["plain"] else int(found["thousands"]) * 1000


def _is_day(found: re.Match[str], day: date) -> bool:
    return (int(found["d"]), int(found["m"])) == (day.day, day.month) and _is_year(found, day)


def _is_month(found: re.Match[str], day: date) -> bool:
    return int(found["m"]) == day.month and _is_year(found, day)


def _is_quarter(found: re.Match[str], day: date) -> bool:
    quarter = _ROMAN.get(found["q"]) or int(found["q"])
    return quarter == (day.month + 2) // 3 and _is_year(found, day)


def _is_year(found: re.Match[str], day: date) -> bool:
    return found["y"] is None or int(found["y"]) in (day.year, day.year % 100)
