"""Which transfer a bank takes back when money goes (scenario 13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from dondoc.domain.accounts import TransferId
from dondoc.domain.payment_code import find_codes
from dondoc.domain.unit_names import words_of


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A debit of a statement that is no return which the head made: those are told apart by their booking."""

    amount: int
    on: date
    remark: str


@dataclass(frozen=True, slots=True)
class Booked:
    """A transfer that is in the ledger and was not taken back."""

    transfer: TransferId
    amount: int
    on: date
    remark: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """The transfers that it may take back, the likeliest first; a certain one is alone."""

    transfers: tuple[TransferId, ...]
    is_certain: bool


def reversal_in(money: Outgoing, booked: Sequence[Booked], words: Collection[str]) -> Reversal | None:
    """None when the debit takes nothing back: an expense, a fee.

    It must bring the whole amount of a transfer that came before, and name it by document or code, or say one of the
    bank's `words` for it. It is certain when it says the word and names one transfer.
    """
    remark = words_of(money.remark)
    says_so = any(f" {words_of(word)} " in f" {remark} " for word in words)
    same = [transfer for transfer in booked if transfer.amount == money.amount and transfer.on <= money.on]
    codes = set(find_codes(money.remark))
    named = [
        transfer
        for transfer in same
        if (transfer.document and f" {words_of(transfer.document)} " in f" {remark} ")
        or codes & set(find_codes(transfer.remark))
    ]
    found = named or (same if says_so else [])
    if not found:
        return None
    newest_first = sorted(found, key=lambda transfer: transfer.on, reverse=True)
    return Reversal(tuple(t.transfer for t in newest_first), says_so and len(named) == 1)
