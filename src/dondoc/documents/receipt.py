"""The receipt for a contribution (phiếu thu), and the notice that it is void (Plan 2024, III.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from dondoc.documents.official import Letterhead, Signature
from dondoc.domain.ids import Dong


class Way(StrEnum):
    """How the money came."""

    TRANSFER = "transfer"
    CASH = "cash"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Item:
    """What a part of the money is for."""

    activity: str
    amount: Dong


@dataclass(frozen=True, slots=True)
class Voided:
    """The bank took the money back, or the booking was a mistake; the receipt then says so on its face."""

    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a unit paid at one time, for one activity or several. Its number is never used again."""

    letterhead: Letterhead
    signature: Signature
    number: str
    unit: str
    """Its full name on the day."""
    items: tuple[Item, ...]
    received_on: date
    way: Way
    receiver: str
    """Who receives the contributions: the head."""
    account: str | None = None
    """Bank and number of the account, for a transfer."""
    document: str | None = None
    """The bank's number of the transfer."""
    payer: str | None = None
    """Whom the bank names, or who brought the cash."""
    voided: Voided | None = None
    about: ClassVar[None] = None
    kind: ClassVar[str] = "receipt"

    @property
    def amount(self) -> Dong:
        return Dong(sum(item.amount for item in self.items))

    @property
    def title(self) -> str:
        return f"Phiếu thu {self.number} – {self.unit}"
