"""That no đồng is lost or found, whatever is paid, imported, decided or taken back."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import invariant

from dondoc.domain.accounts import BANK, CASH, AccountKind
from dondoc.domain.books import EntryKind
from dondoc.domain.states import RequestKind
from tests.machine import acts, acts_money, record
from tests.machine.claims import Claims

TAKES_BACK = "Hoan tra"
"""What the bank says when it takes a transfer back, before it names the document."""


class MoneyClaims(Claims):
    """Claims about the books, too."""

    @invariant()
    def the_office_has_each_line_of_the_bank_once(self) -> None:
        lines = [self.core.lines[n] for n in self.core.imported]
        shown = Counter((day, amount) for day, _, amount, _ in lines)
        transfers = record.money(self.desk).transfers.values()
        assert Counter((t.booked_on, t.credit - t.debit) for t in transfers if t.statement_id) == shown

    @invariant()
    def all_money_of_a_transfer_is_used_or_held_and_credits_never_vanish(self) -> None:
        money = record.money(self.desk)
        received = money.received()
        taken_back = {row.settled_as for row in money.transfers.values() if row.settled_as}
        for number, row in money.transfers.items():
            if row.credit:
                assert received.get(number, 0) == (0 if f"reversal/{number}" in taken_back else row.credit)
        assert {n: x for n, x in money.uses().items() if x} == received

    @invariant()
    def what_the_bank_took_back_by_name_is_explained(self) -> None:
        money = record.money(self.desk)
        received = money.received()
        for debit in money.transfers.values():
            if debit.debit and debit.settled_at is None and TAKES_BACK in debit.remark:
                before = [t for t in money.transfers.values() if t.credit == debit.debit and t.id < debit.id]
                can_be = [t.document for t in before if str(t.id) in received]
                assert len(before) > 1 or not can_be or can_be[0] not in debit.remark.split(), debit.remark

    @invariant()
    def what_was_paid_or_waived_is_asked_no_more(self) -> None:
        lacking = set(acts_money.lacking(self.core))
        is_open = {row.id for row in acts.asked(self.core) if row.kind is RequestKind.CONTRIBUTION}
        with_dues = {due.request_id: due.key for due in acts_money.dues(self.core)}
        assert [key for request, key in with_dues.items() if request in is_open and key not in lacking] == []

    @invariant()
    def what_is_in_the_bank_and_in_cash_came_and_did_not_go(self) -> None:
        money = record.money(self.desk)
        for place in (BANK, CASH):
            moved = money.total(EntryKind.RECEIVE, EntryKind.RETURN, EntryKind.EXPENSE, EntryKind.MOVE, place=place)
            assert money.books.balances.get(place, 0) == moved
        assert sum(money.books.balances.values()) == 0

    @invariant()
    def a_due_is_what_was_paid_and_waived_and_frozen_and_lacks(self) -> None:
        money = record.money(self.desk)
        by_entries, by_balances = money.paid_by_entries(), money.paid_by_balances()
        assert +by_entries == +by_balances
        assert min(by_balances.values(), default=0) >= 0
        never_negative = (AccountKind.RECEIVABLE, AccountKind.FROZEN, AccountKind.WAIVED, AccountKind.FEE)
        balances = money.books.balances.items()
        assert [a for a, amount in balances if a.kind in never_negative and amount < 0] == []
        assert [a for a, amount in balances if a.kind is AccountKind.CREDIT and amount > 0] == []
