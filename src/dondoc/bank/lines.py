"""What a statement says, whatever its format: lines, rejected rows, and whether the balance runs through."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise

from dondoc.domain.ids import Dong
from dondoc.domain.payment_code import bare
from dondoc.errors import Unreadable


class Reason(StrEnum):
    """Why a row is not taken."""

    NO_DATE = "no_date"
    BAD_DATE = "bad_date"
    NO_SUCH_DAY = "no_such_day"
    NO_AMOUNT = "no_amount"
    TWO_AMOUNTS = "two_amounts"
    NOT_AN_AMOUNT = "not_an_amount"
    SIGN = "sign"
    DECIMALS = "decimals"
    FORMULA = "formula"


class Why(StrEnum):
    """Why a file as a whole is not read."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    NOT_A_STATEMENT = "not_a_statement"
    OLD_XLS = "old_xls"
    BROKEN = "broken"
    NO_HEADER = "no_header"
    OTHER_ACCOUNT = "other_account"
    OTHER_CURRENCY = "other_currency"


class NotAStatement(Unreadable):
    """The file as a whole cannot be read; `why` is for those who word it to a person."""

    def __init__(self, why: Why, says: str) -> None:
        super().__init__(says)
        self.why = why


@dataclass(frozen=True, slots=True)
class Line:
    """Money that came or went; one of `credit` and `debit` is 0."""

    line_number: int
    booked_on: date
    credit: Dong
    debit: Dong
    remark: str
    document: str | None = None
    balance: int | None = None
    payer: str | None = None
    repeat: int = 1
    """The how manieth line of this statement that says just the same about the same day."""

    @property
    def fingerprint(self) -> str:
        """The same in every export that contains this line, unique among the lines of one account.

        Spaces, case and diacritics of the remark do not count, because the formats of one bank differ in them.
        """
        said = (self.booked_on.isoformat(), self.credit, self.debit, _run(self.document or ""), _run(self.remark))
        return hashlib.sha256("|".join(map(str, (*said, self.repeat))).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that looks like a transaction and cannot be one."""

    line_number: int
    reason: Reason
    raw: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One file. A row is in `rows` or in `rejected`; titles, totals and signatures are in neither."""

    rows: tuple[Line, ...]
    rejected: tuple[Rejected, ...] = ()
    account: str | None = None
    """None when the file does not say whose it is."""
    period: tuple[date, date] | None = None
    """As the file states it, or else from its first to its last day."""

    @property
    def breaks(self) -> tuple[int, ...]:
        """The lines (numbers) whose balance does not follow from the row before, where the file has balances.

        Rows are missing or were changed there; the order may be oldest or newest first.
        """
        upwards, downwards = _breaks(self.rows, self.rejected, 1), _breaks(self.rows, self.rejected, -1)
        return min(upwards, downwards, key=len)


def statement(
    rows: Iterable[Line], rejected: Iterable[Rejected], account: str | None, period: tuple[date, date] | None
) -> Statement:
    """The statement, with equal lines counted, and the period of the rows when the file states none."""
    seen: Counter[str] = Counter()
    counted = []
    for row in rows:
        seen[row.fingerprint] += 1
        counted.append(replace(row, repeat=seen[row.fingerprint]))
    days = [row.booked_on for row in counted]
    if period is None and days:
        period = (min(days), max(days))
    return Statement(tuple(counted), tuple(rejected), account, period)


def _breaks(rows: tuple[Line, ...], rejected: tuple[Rejected, ...], direction: int) -> tuple[int, ...]:
    holes = sorted(row.line_number for row in rejected)
    found = []
    for above, below in pairwise(rows):
        earlier, later = (above, below) if direction > 0 else (below, above)
        if earlier.balance is None or later.balance is None:
            continue
        if bisect(holes, above.line_number) != bisect(holes, below.line_number):
            continue
        if earlier.balance + later.credit - later.debit != later.balance:
            found.append(below.line_number)
    return tuple(found)


def _run(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", bare(text))
