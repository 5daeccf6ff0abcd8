"""Statements in the formats of banks' own systems: MT940 (SWIFT) and OFX."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

import mt940
from ofxtools.Parser import OFXTree

from dondoc.bank.lines import Line, NotAStatement, Reason, Rejected, Statement, Why, statement
from dondoc.domain.ids import Dong
from dondoc.domain.zone import local

_CURRENCY: Final = "VND"
# It logs each line that it cannot read, field by field; the refusal says enough.
logging.getLogger("mt940").addHandler(logging.NullHandler())
logging.getLogger("mt940").propagate = False


def read_mt940(text: str) -> Statement:
    """Raises NotAStatement. Lines are numbered as transactions, because the format has no lines of its own."""
    try:
        found = mt940.parse(text)
        told: list[dict[str, Any]] = [transaction.data for transaction in found]
    except (RuntimeError, ValueError, ArithmeticError, TypeError, KeyError, AttributeError) as error:
        raise NotAStatement(Why.BROKEN, f"the MT940 file cannot be read: {_on_a_line(error)}") from None
    rows, rejected = _sorted(map(_of_mt940, range(1, len(told) + 1), told))
    account = found.data.get("account_identification")
    days = [found.data[key].date for key in ("final_opening_balance", "final_closing_balance") if key in found.data]
    return statement(rows, rejected, _digits(account), _period(days))


def _of_mt940(number: int, told: dict[str, Any]) -> Line | Rejected:
    amount = told["amount"]
    _check_currency(amount.currency)
    reference = told.get("bank_reference") or told.get("customer_reference")
    return _line(
        number,
        booked_on=told.get("entry_date") or told["date"],
        # A reversal of money that came (RC) is money that went.
        signed=abs(amount.amount) * (1 if told["status"] in ("C", "RD") else -1),
        remark=" ".join(filter(None, (told.get("transaction_details"), told.get("extra_details")))),
        document=None if reference in (None, "", "NONREF") else reference,
        payer=told.get("applicant_name"),
    )


def read_ofx(content: bytes) -> Statement:
    """Raises NotAStatement. Days are those of Việt Nam; a day without time or zone is that day."""
    tree = OFXTree()
    try:
        tree.parse(io.BytesIO(content))
        (found,) = tree.convert().statements
        told = list(found.transactions)
        days = [local(found.banktranlist.dtstart).date(), local(found.banktranlist.dtend).date()]
    except (SyntaxError, ValueError, ArithmeticError, TypeError, KeyError, AttributeError) as error:
        raise NotAStatement(Why.BROKEN, f"the OFX file cannot be read: {_on_a_line(error)}") from None
    _check_currency(found.curdef)
    rows, rejected = _sorted(map(_of_ofx, range(1, len(told) + 1), told))
    return statement(rows, rejected, _digits(found.account.acctid), _period(days))


def _of_ofx(number: int, told: Any) -> Line | Rejected:
    return _line(
        number,
        booked_on=local(told.dtposted).date(),
        signed=told.trnamt,
        remark=" ".join(filter(None, (told.memo, told.name if told.memo != told.name else None))),
        document=told.fitid,
        payer=told.name,
    )


def _line(
    number: int, *, booked_on: date, signed: Decimal, remark: str, document: str | None, payer: str | None
) -> Line | Rejected:
    reason = Reason.DECIMALS if signed != int(signed) else Reason.NO_AMOUNT if not signed else None
    remark = " ".join(remark.split())
    if reason is not None:
        return Rejected(number, reason, f"{booked_on:%d/%m/%Y} | {signed} | {remark}"[:500])
    day = date(booked_on.year, booked_on.month, booked_on.day)
    credit, debit = Dong(max(int(signed), 0)), Dong(max(-int(signed), 0))
    return Line(number, day, credit, debit, remark, document=document, payer=payer)


def _sorted(read: Iterable[Line | Rejected]) -> tuple[list[Line], list[Rejected]]:
    found = list(read)
    return [row for row in found if isinstance(row, Line)], [row for row in found if isinstance(row, Rejected)]


def _check_currency(currency: str | None) -> None:
    if currency not in (_CURRENCY, None):
        raise NotAStatement(Why.OTHER_CURRENCY, f"the statement is in {currency}: only {_CURRENCY} can be booked")


def _period(days: list[date]) -> tuple[date, date] | None:
    plain = [date(each.year, each.month, each.day) for each in days]
    return (min(plain), max(plain)) if plain else None


def _on_a_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _digits(account: str | None) -> str | None:
    return "".join(filter(str.isalnum, account)) if account else None
