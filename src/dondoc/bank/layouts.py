"""How each bank names its columns: `config/banks.yaml` as values."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from dondoc.domain.payment_code import bare
from dondoc.domain.plan import PlanModel, Slug, Text
from dondoc.yamlfile import read_model


class Column(StrEnum):
    """What a column says, in the order in which headings are given out."""

    BOOKED_ON = "booked_on"
    DOCUMENT = "document"
    DEBIT = "debit"
    CREDIT = "credit"
    BALANCE = "balance"
    PAYER = "payer"
    REMARK = "remark"


NEEDED: Final = (Column.BOOKED_ON, Column.CREDIT, Column.REMARK)


class Headings(PlanModel):
    """What a column may be called, the likeliest first; case, diacritics and signs do not matter."""

    booked_on: tuple[Text, ...] = ()
    document: tuple[Text, ...] = ()
    debit: tuple[Text, ...] = ()
    credit: tuple[Text, ...] = ()
    balance: tuple[Text, ...] = ()
    payer: tuple[Text, ...] = ()
    remark: tuple[Text, ...] = ()

    def of(self, column: Column) -> tuple[str, ...]:
        names: tuple[str, ...] = getattr(self, column.value)
        return names


class Bank(PlanModel):
    """A bank, and what its statements call the columns beyond the usual headings."""

    id: Slug
    name: Text
    bin: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    headings: Headings = Headings()


class Banks(PlanModel):
    """The file."""

    usual: Headings = Field(description="What most banks call the columns.")
    asides: tuple[Text, ...] = Field(description="How a row begins that is no transaction: totals, balances.")
    account: tuple[Text, ...] = Field(description="What stands before the number of the account.")
    fees: tuple[Annotated[int, Field(gt=0)], ...] = Field(description="What banks deduct from a transfer, in đồng.")
    reversals: tuple[Text, ...] = Field(description="Words by which a bank says that it takes a transfer back.")
    banks: tuple[Bank, ...]

    def layout_of(self, bank_bin: str) -> Layout:
        """How that bank's statements look; for a bank that the file does not name, how most do."""
        bank = next((bank for bank in self.banks if bank.bin == bank_bin), None)
        own = bank.headings if bank else Headings()
        headings = {column: own.of(column) + self.usual.of(column) for column in Column}
        return Layout(
            bank=bank.name if bank else f"the bank with BIN {bank_bin}",
            headings=Headings(**{column.value: names for column, names in headings.items()}),
            asides=self.asides,
            account=self.account,
        )


class Layout(PlanModel):
    """How one bank's statements look."""

    bank: Text
    headings: Headings
    asides: tuple[Text, ...] = ()
    account: tuple[Text, ...] = ()


def read_banks(config_dir: Path) -> Banks:
    """Raises Unreadable, naming line and key."""
    return read_model(config_dir / "banks.yaml", Banks)


def folded(text: str) -> str:
    """A heading without case, diacritics, signs and footnote numbers: "Ngày1/ TNX Date" is NGAY TNX DATE."""
    return re.sub(r"[^A-Z]+", " ", bare(text)).strip()
