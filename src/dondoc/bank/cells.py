"""Single cells of a statement: whole đồng and days, or why they are not.

Both `.` and `,` separate thousands, the day comes first; what could mean two things means nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from dondoc.bank.lines import Reason

LARGEST: Final = 10**15
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that is computed; what it would give is not the bank's word."""

    text: str


Cell: TypeAlias = str | int | float | date | Formula | None
"""As the file has it; text in NFC, with its line breaks."""

_GROUPED = re.compile(r"\d{1,3}(?P<sign>[., ])\d{3}(?:(?P=sign)\d{3})*|\d+", re.ASCII)
_CURRENCY = re.compile(r"\s*(?:VND|VNĐ|đồng|đ|₫)\.?$", re.IGNORECASE)
_DAY = re.compile(r"(?P<day>\d{1,2})(?P<sign>[/.-])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})(?!\d)")
_ISO_DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?!\d)T?")
_TIME = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AP]M)?", re.IGNORECASE)


def text_of(cell: Cell) -> str:
    """The cell on one line."""
    match cell:
        case None:
            said = ""
        case Formula(text):
            said = text
        case float() if cell.is_integer():
            said = str(int(cell))
        case datetime():
            said = f"{cell:%d/%m/%Y %H:%M}"
        case date():
            said = f"{cell:%d/%m/%Y}"
        case _:
            said = str(cell)
    return " ".join(said.split())


def money(cell: Cell) -> int | Reason | None:
    """The amount, 0 or more; None when the cell is empty."""
    match cell:
        case Formula():
            return Reason.FORMULA
        case bool() | date():
            return Reason.NOT_AN_AMOUNT
        case float() if not cell.is_integer():
            return Reason.DECIMALS
        case int() | float():
            return _in_range(int(cell))
        case None:
            return None
    return _written(cell)


def _written(cell: str) -> int | Reason | None:
    said = _CURRENCY.sub("", unicodedata.normalize("NFKC", cell).strip())
    if said in ("", "-", "–", "—"):
        return None
    if said[0] in "+-–−(" or said[-1] in "+-–−)":
        return Reason.SIGN
    if len(said) > _LONGEST:
        return Reason.NOT_AN_AMOUNT
    if _GROUPED.fullmatch(said):
        return _in_range(int(re.sub(r"\D", "", said)))
    return Reason.DECIMALS if re.fullmatch(r"\d[\d.,]*[.,]\d*", said) else Reason.NOT_AN_AMOUNT


def _in_range(amount: int) -> int | Reason:
    if amount < 0:
        return Reason.SIGN
    return amount if amount < LARGEST else Reason.NOT_AN_AMOUNT


def day(cell: Cell) -> tuple[date, str] | Reason | None:
    """The day, and what stands behind it and its time; None when the cell is empty.

    Some banks stack the number of the document under the day.
    """
    if isinstance(cell, Formula):
        return Reason.FORMULA
    if isinstance(cell, datetime):
        return cell.date(), ""
    if isinstance(cell, date):
        return cell, ""
    said = text_of(cell)
    if not said:
        return None
    found = _DAY.match(said) or _ISO_DAY.match(said)
    if found is None:
        return Reason.BAD_DATE
    try:
        booked_on = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return Reason.NO_SUCH_DAY
    if not 2000 <= booked_on.year <= 2100:
        return Reason.NO_SUCH_DAY
    behind = said[found.end() :]
    if time := _TIME.match(behind):
        behind = behind[time.end() :]
    return booked_on, behind.strip()
