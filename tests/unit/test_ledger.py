"""The ledger: every scenario with money, and random histories in which no đồng is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from dondoc.domain import ledger
from dondoc.domain.accounts import (
    BANK,
    CASH,
    Account,
    AccountKind,
    DueState,
    Held,
    TransferId,
    credits_held,
    standings_of_activities,
    standings_of_dues,
    unmatched,
)
from dondoc.domain.books import EMPTY, Books, Entry, EntryKind, Posting, books_of
from dondoc.domain.dues import Due
from dondoc.domain.ids import ActivityId, Dong, OccurrenceId, UnitId
from dondoc.errors import Refused

DAY = date(2024, 6, 3)
YTE, TNXP, HEAD = UnitId("so-y-te"), UnitId("tnxp"), UnitId("khoi-dcd")
CAMPAIGN, SEMINAR = ActivityId("ky-nghi-hong"), ActivityId("seminar")
SEVEN = Due(OccurrenceId("ky-nghi-hong-2024"), CAMPAIGN, YTE, Dong(7_000_000))
ONE = Due(OccurrenceId("seminar-2024"), SEMINAR, YTE, Dong(1_000_000))
OWN = Due(OccurrenceId("ky-nghi-hong-2024"), CAMPAIGN, HEAD, Dong(7_000_000), is_internal=True)
T1, T2 = TransferId("t1"), TransferId("t2")

Event = Callable[[Books], Entry | tuple[Entry, ...]]


def after(*events: Event, books: Books = EMPTY) -> Books:
    for event in events:
        made = event(books)
        books = books.with_(*(made if isinstance(made, tuple) else (made,)))
    return books


def raised(due: Due) -> Event:
    return lambda books: ledger.raise_due(books, due, DAY)


def came(transfer: TransferId, amount: int, into: Account = BANK) -> Event:
    return lambda books: ledger.receive(books, transfer, amount, DAY, into)


def paid(transfer: TransferId, parts: dict[Due, int]) -> Event:
    return lambda books: ledger.allocate(books, transfer, parts, DAY)


def reversed_(transfer: TransferId) -> Event:
    return lambda books: ledger.reverse(books, transfer, DAY, "bank")


RAISED = after(raised(SEVEN), raised(ONE))


def state(books: Books, due: Due) -> tuple[DueState, int]:
    standing = standings_of_dues(books.balances)[due.key]
    return standing.state, standing.outstanding


def test_a_due_is_open_until_the_last_dong() -> None:
    part = after(came(T1, 3_000_000), paid(T1, {SEVEN: 3_000_000}), books=RAISED)
    whole = after(came(T2, 4_000_000), paid(T2, {SEVEN: 4_000_000}), books=part)

    assert [state(books, SEVEN) for books in (RAISED, part, whole)] == [
        (DueState.OPEN, 7_000_000),
        (DueState.PART, 4_000_000),
        (DueState.PAID, 0),
    ]


def test_one_transfer_pays_two_dues() -> None:
    books = after(came(T1, 8_000_000), paid(T1, {SEVEN: 7_000_000, ONE: 1_000_000}), books=RAISED)

    assert (state(books, SEVEN), state(books, ONE)) == ((DueState.PAID, 0), (DueState.PAID, 0))
    assert unmatched(books.balances) == ()


def test_what_is_paid_twice_is_a_credit_that_pays_another_due_and_goes_back() -> None:
    books = after(
        came(T1, 7_000_000),
        paid(T1, {SEVEN: 7_000_000}),
        came(T2, 7_000_000),
        lambda b: ledger.hold_credit(b, T2, YTE, 7_000_000, DAY),
        lambda b: ledger.carry_over(b, T2, YTE, {ONE: 1_000_000}, DAY),
        books=RAISED,
    )

    assert credits_held(books.balances) == (Held(T2, 6_000_000, YTE),)
    assert state(books, ONE) == (DueState.PAID, 0)

    returned = after(lambda b: ledger.give_back(b, T2, 6_000_000, DAY, YTE), books=books)

    assert credits_held(returned.balances) == ()
    assert returned.balances[BANK] == 8_000_000


@pytest.mark.parametrize(("came_in", "is_fee"), [(6_999_000, False), (6_998_350, True)], ids=["tolerance", "bank fee"])
def test_a_shortfall_is_waived_and_says_so(came_in: int, is_fee: bool) -> None:
    short = 7_000_000 - came_in

    books = after(
        came(T1, came_in),
        paid(T1, {SEVEN: came_in}),
        lambda b: ledger.waive(b, SEVEN, short, DAY, "approved", is_fee=is_fee),
        books=RAISED,
    )

    standing = standings_of_dues(books.balances)[SEVEN.key]
    assert (standing.state, standing.paid, standing.waived) == (DueState.WAIVED, came_in, short)
    borne = (EntryKind.FEE, AccountKind.FEE) if is_fee else (EntryKind.WAIVE, AccountKind.WAIVED)
    assert (books.entries[-1].kind, books.entries[-1].note) == (borne[0], "approved")
    assert books.balance(borne[1], CAMPAIGN, SEVEN.key) == short
    assert standings_of_activities(books.balances)[CAMPAIGN].received == came_in


@pytest.mark.parametrize(("is_fee", "waiver"), [(False, EntryKind.WAIVE), (True, EntryKind.FEE)])
def test_when_the_bank_takes_a_transfer_back_its_dues_reopen_and_its_receipts_are_void(
    is_fee: bool, waiver: EntryKind
) -> None:
    books = after(
        came(T1, 7_999_000),
        paid(T1, {SEVEN: 6_999_000}),
        lambda b: ledger.waive(b, SEVEN, 1_000, DAY, "approved", is_fee=is_fee),
        lambda b: ledger.hold_credit(b, T1, YTE, 1_000_000, DAY),
        lambda b: ledger.carry_over(b, T1, YTE, {ONE: 1_000_000}, DAY),
        books=RAISED,
    )

    undone = after(reversed_(T1), books=books)

    assert (state(undone, SEVEN), state(undone, ONE)) == ((DueState.OPEN, 7_000_000), (DueState.OPEN, 1_000_000))
    assert undone.balances[BANK] == 0
    assert unmatched(undone.balances) == credits_held(undone.balances) == ()
    assert {undone.entry(n).kind for n in undone.corrected} == {
        EntryKind.RECEIVE,
        EntryKind.ALLOCATE,
        waiver,
        EntryKind.CREDIT,
        EntryKind.CARRY_OVER,
    }


def test_what_was_returned_before_the_bank_took_the_transfer_back_is_a_claim() -> None:
    books = after(
        came(T1, 8_000_000),
        paid(T1, {SEVEN: 7_000_000}),
        lambda b: ledger.give_back(b, T1, 1_000_000, DAY),
        reversed_(T1),
        books=RAISED,
    )

    assert unmatched(books.balances) == (Held(T1, -1_000_000),)
    assert state(books, SEVEN) == (DueState.OPEN, 7_000_000)


def test_a_reversal_leaves_other_transfers_and_the_waivers_of_their_dues_alone() -> None:
    books = after(
        came(T1, 3_000_000),
        came(T2, 4_999_000),
        paid(T1, {SEVEN: 3_000_000}),
        paid(T2, {SEVEN: 4_000_000, ONE: 999_000}),
        lambda b: ledger.waive(b, ONE, 1_000, DAY, "approved"),
        reversed_(T1),
        books=RAISED,
    )

    assert state(books, SEVEN) == (DueState.PART, 3_000_000)
    assert state(books, ONE) == (DueState.WAIVED, 0)


def test_the_heads_own_share_needs_no_transfer() -> None:
    books = after(raised(OWN), lambda b: ledger.settle_internally(b, OWN, DAY))

    assert state(books, OWN) == (DueState.PAID, 0)
    assert standings_of_activities(books.balances)[CAMPAIGN].received == 7_000_000
    assert BANK not in books.balances


def test_an_activity_shows_what_came_what_was_spent_and_what_is_left() -> None:
    books = after(
        came(T1, 8_000_000),
        paid(T1, {SEVEN: 6_000_000, ONE: 1_000_000}),
        lambda b: ledger.spend(b, CAMPAIGN, 6_500_000, DAY, "HĐ 125"),
        lambda b: ledger.move(b, SEMINAR, CAMPAIGN, 200_000, DAY, "approved"),
        books=RAISED,
    )

    campaign, seminar = standings_of_activities(books.balances).values()
    assert (campaign.received, campaign.spent, campaign.moved, campaign.left) == (
        6_000_000,
        6_500_000,
        200_000,
        -300_000,
    )
    assert campaign.expected == 1_000_000
    assert seminar.left == 800_000
    assert unmatched(books.balances) == (Held(T1, 1_000_000),)


def test_a_frozen_due_takes_no_money_until_it_is_thawed() -> None:
    frozen = after(lambda b: ledger.freeze(b, SEVEN, DAY, "left"), came(T1, 7_000_000), books=RAISED)

    assert state(frozen, SEVEN) == (DueState.FROZEN, 0)
    with pytest.raises(Refused, match="owes only 0"):
        ledger.allocate(frozen, T1, {SEVEN: 7_000_000}, DAY)
    (freezing,) = (entry.number for entry in frozen.entries if entry.kind is EntryKind.FREEZE)
    assert state(after(lambda b: ledger.undo(b, freezing, DAY, "stays"), books=frozen), SEVEN)[0] is DueState.OPEN


def test_of_a_frozen_due_what_was_paid_before_stays_paid() -> None:
    books = after(
        came(T1, 3_000_000),
        paid(T1, {SEVEN: 3_000_000}),
        lambda b: ledger.freeze(b, SEVEN, DAY, "left"),
        books=RAISED,
    )

    standing = standings_of_dues(books.balances)[SEVEN.key]
    campaign, seminar = standings_of_activities(books.balances).values()
    assert (standing.paid, standing.frozen, standing.outstanding) == (3_000_000, 4_000_000, 0)
    assert (campaign.expected, campaign.moved, seminar.expected) == (4_000_000, 0, 1_000_000)


def test_a_withdrawn_due_is_gone_and_can_be_raised_anew() -> None:
    withdrawn = after(lambda b: ledger.undo(b, 1, DAY, "the amount changed"), books=RAISED)
    again = after(raised(replace(SEVEN, amount=Dong(6_500_000))), books=withdrawn)

    assert SEVEN.key not in standings_of_dues(withdrawn.balances)
    assert state(again, SEVEN) == (DueState.OPEN, 6_500_000)


def test_cash_is_kept_apart_until_it_is_paid_in() -> None:
    books = after(
        came(T1, 1_000_000, CASH),
        paid(T1, {ONE: 1_000_000}),
        lambda b: ledger.change_place(b, CASH, BANK, 400_000, DAY),
        books=RAISED,
    )

    assert (books.balances[CASH], books.balances[BANK]) == (600_000, 400_000)


PAID = after(came(T1, 7_500_000), paid(T1, {SEVEN: 7_000_000}), books=RAISED)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        pytest.param(
            raised(SEVEN),
            "due/ky-nghi-hong-2024/so-y-te is raised already: withdraw it before it is raised with another amount",
            id="raised twice",
        ),
        pytest.param(came(T1, 1), "transfer t1 is booked already", id="the same transfer twice"),
        pytest.param(
            paid(T1, {SEVEN: 1}), "due/ky-nghi-hong-2024/so-y-te owes only 0 đồng, not 1", id="more than is owed"
        ),
        pytest.param(
            paid(T1, {ONE: 600_000}), "transfer t1 has unmatched only 500000 đồng, not 600000", id="more than came"
        ),
        pytest.param(paid(T2, {ONE: 1}), "transfer t2 has unmatched only 0 đồng, not 1", id="an unknown transfer"),
        pytest.param(paid(T1, {ONE: 0}), "an amount of 0 đồng cannot be booked: it must be more than 0", id="nothing"),
        pytest.param(paid(T1, {}), "an amount of 0 đồng cannot be booked: it must be more than 0", id="no due"),
        pytest.param(
            paid(T1, {ONE: -5}), "an amount of -5 đồng cannot be booked: it must be more than 0", id="below nothing"
        ),
        pytest.param(
            lambda b: ledger.settle_internally(b, SEVEN, DAY),
            "due/ky-nghi-hong-2024/so-y-te is paid by transfer: only the share of the head's own unit is internal",
            id="a member's own share",
        ),
        pytest.param(
            lambda b: ledger.undo(b, 1, DAY, ""),
            "due/ky-nghi-hong-2024/so-y-te owes only 0 đồng, not 7000000",
            id="withdrawing what is paid",
        ),
        pytest.param(
            lambda b: ledger.undo(b, 3, DAY, ""),
            "transfer t1 has unmatched only 500000 đồng, not 7500000",
            id="undoing what is used",
        ),
        pytest.param(
            lambda b: ledger.undo(b, 99, DAY, ""), "the ledger has no entry 99: the last one is 4", id="undoing nothing"
        ),
        pytest.param(
            lambda b: ledger.freeze(b, SEVEN, DAY, ""),
            "due/ky-nghi-hong-2024/so-y-te lacks nothing that could be frozen",
            id="freezing what is paid",
        ),
        pytest.param(
            lambda b: ledger.waive(b, SEVEN, 1, DAY, ""),
            "due/ky-nghi-hong-2024/so-y-te owes only 0 đồng, not 1",
            id="waiving what is paid",
        ),
        pytest.param(
            lambda b: ledger.give_back(b, T1, 600_000, DAY),
            "transfer t1 has unmatched only 500000 đồng, not 600000",
            id="returning more than is there",
        ),
        pytest.param(
            lambda b: ledger.carry_over(b, T1, YTE, {ONE: 1}, DAY),
            "transfer t1 holds as credit only 0 đồng, not 1",
            id="carrying over what is no credit",
        ),
        pytest.param(
            lambda b: ledger.move(b, SEMINAR, SEMINAR, 1, DAY, ""),
            "seminar cannot give money to itself: name another activity",
            id="moving to itself",
        ),
        pytest.param(
            reversed_(T2),
            "transfer t2 is not in the ledger, or was taken back already",
            id="reversing an unknown transfer",
        ),
    ],
)
def test_what_does_not_add_up_is_refused_with_a_sentence_that_names_it(event: Event, says: str) -> None:
    with pytest.raises(Refused) as refusal:
        event(PAID)

    assert str(refusal.value) == says


def test_nothing_is_taken_back_twice() -> None:
    undone = after(lambda b: ledger.undo(b, 4, DAY, ""), books=PAID)

    reversed_too = after(reversed_(T1), books=undone)

    with pytest.raises(Refused, match=r"^entry 4 is taken back already$"):
        ledger.undo(undone, 4, DAY, "")
    for books in (undone, reversed_too):
        last = books.next_number - 1
        with pytest.raises(Refused, match=f"^entry {last} is itself a correction: make the corrected entry anew"):
            ledger.undo(books, last, DAY, "")
    with pytest.raises(Refused, match="was taken back already"):
        ledger.reverse(reversed_too, T1, DAY, "")


def test_what_is_taken_back_says_why() -> None:
    undone = after(lambda b: ledger.undo(b, 4, DAY, "another unit's money"), books=PAID)

    assert (undone.entries[-1].corrects, undone.entries[-1].note) == (4, "another unit's money")
    assert [entry.note for entry in after(reversed_(T1), books=PAID).entries[-2:]] == ["bank", "bank"]


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    with pytest.raises(Refused, match=r"^entry 1 \(move\) does not add up to zero$"):
        Entry(1, EntryKind.MOVE, DAY, (Posting(BANK, 1),))


def test_an_entry_out_of_its_turn_is_refused() -> None:
    with pytest.raises(Refused, match=r"^the next entry of the ledger is number 3, not 5$"):
        RAISED.with_(Entry(5, EntryKind.MOVE, DAY, ()), Entry(4, EntryKind.MOVE, DAY, ()))


@pytest.mark.parametrize("number", [-1, 0, 3])
def test_a_ledger_has_no_entry_before_its_first_or_after_its_last(number: int) -> None:
    with pytest.raises(Refused, match=f"no entry {number}: the last one is 2"):
        RAISED.entry(number)
    assert [RAISED.entry(n).number for n in (1, 2)] == [1, 2]


class Histories(RuleBasedStateMachine):
    """Events in any order, also those that are refused."""

    dues = Bundle("dues")
    transfers = Bundle("transfers")
    credits = Bundle("credits")

    def __init__(self) -> None:
        super().__init__()
        self.books = EMPTY

    def does(self, event: Event) -> bool:
        try:
            self.books = after(event, books=self.books)
        except Refused:
            return False
        return True

    @rule(
        target=dues,
        unit=st.sampled_from([YTE, TNXP]),
        activity=st.sampled_from([CAMPAIGN, SEMINAR]),
        amount=st.integers(1, 9),
    )
    def a_due_is_raised(self, unit: UnitId, activity: ActivityId, amount: int) -> Due:
        due = Due(OccurrenceId(f"{activity}-2024"), activity, unit, Dong(amount))
        self.does(raised(due))
        return due

    @rule(amount=st.integers(1, 9))
    def the_head_settles_its_share(self, amount: int) -> None:
        own = replace(OWN, amount=Dong(amount))
        if self.does(raised(own)):
            self.does(lambda b: ledger.settle_internally(b, own, DAY))

    @rule(target=transfers, amount=st.integers(1, 12), into=st.sampled_from([BANK, CASH]))
    def money_comes(self, amount: int, into: Account) -> TransferId:
        transfer = TransferId(f"t{self.books.next_number}")
        self.does(came(transfer, amount, into))
        return transfer

    @rule(transfer=transfers, parts=st.dictionaries(dues, st.integers(1, 9), min_size=1, max_size=2))
    def it_pays(self, transfer: TransferId, parts: dict[Due, int]) -> None:
        self.does(paid(transfer, parts))

    @rule(target=credits, transfer=transfers, unit=st.sampled_from([YTE, TNXP]), amount=st.integers(1, 9))
    def it_is_held(self, transfer: TransferId, unit: UnitId, amount: int) -> tuple[TransferId, UnitId]:
        self.does(lambda b: ledger.hold_credit(b, transfer, unit, amount, DAY))
        return transfer, unit

    @rule(credit=credits, due=dues, amount=st.integers(1, 9))
    def it_is_carried_over(self, credit: tuple[TransferId, UnitId], due: Due, amount: int) -> None:
        self.does(lambda b: ledger.carry_over(b, *credit, {due: amount}, DAY))

    @rule(credit=credits, amount=st.integers(1, 9))
    def credit_goes_back(self, credit: tuple[TransferId, UnitId], amount: int) -> None:
        self.does(lambda b: ledger.give_back(b, credit[0], amount, DAY, credit[1]))

    @rule(transfer=transfers, amount=st.integers(1, 9))
    def unmatched_money_goes_back(self, transfer: TransferId, amount: int) -> None:
        self.does(lambda b: ledger.give_back(b, transfer, amount, DAY))

    @rule(due=dues, amount=st.integers(1, 3), is_fee=st.booleans())
    def a_shortfall_is_waived(self, due: Due, amount: int, is_fee: bool) -> None:
        self.does(lambda b: ledger.waive(b, due, amount, DAY, "", is_fee=is_fee))

    @rule(due=dues)
    def a_due_is_frozen(self, due: Due) -> None:
        self.does(lambda b: ledger.freeze(b, due, DAY, ""))

    @rule(activity=st.sampled_from([CAMPAIGN, SEMINAR]), amount=st.integers(1, 9))
    def money_is_spent(self, activity: ActivityId, amount: int) -> None:
        assert self.does(lambda b: ledger.spend(b, activity, amount, DAY, "HĐ"))

    @rule(amount=st.integers(1, 9))
    def money_is_moved(self, amount: int) -> None:
        assert self.does(lambda b: ledger.move(b, SEMINAR, CAMPAIGN, amount, DAY, ""))

    @rule(transfer=consumes(transfers))
    def the_bank_takes_it_back(self, transfer: TransferId) -> None:
        before = {due.key for due in standings_of_dues(self.books.balances).values() if not due.paid}
        if self.does(reversed_(transfer)):
            held = (*unmatched(self.books.balances), *credits_held(self.books.balances))
            assert all(h.amount < 0 for h in held if h.transfer == transfer)
            assert all(not due.paid for due in standings_of_dues(self.books.balances).values() if due.key in before)

    @precondition(lambda self: self.books.entries)
    @rule(data=st.data())
    def an_entry_is_taken_back(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, len(self.books.entries)))
        self.does(lambda b: ledger.undo(b, number, DAY, ""))

    @invariant()
    def everything_adds_up_to_zero(self) -> None:
        assert sum(self.books.balances.values()) == 0

    @invariant()
    def each_dong_in_hand_belongs_to_an_activity_a_unit_or_nobody_yet(self) -> None:
        places = (AccountKind.BANK, AccountKind.CASH, AccountKind.INTERNAL)
        in_hand = sum(amount for account, amount in self.books.balances.items() if account.kind in places)
        held = sum(h.amount for h in (*unmatched(self.books.balances), *credits_held(self.books.balances)))
        left = sum(activity.left for activity in standings_of_activities(self.books.balances).values())
        assert in_hand == left + held

    @invariant()
    def no_due_is_paid_below_nothing_or_beyond_its_amount(self) -> None:
        for due in standings_of_dues(self.books.balances).values():
            assert min(due.paid, due.outstanding, due.waived, due.frozen) >= 0
            assert due.paid + due.outstanding + due.waived + due.frozen == due.amount

    @invariant()
    def the_entries_alone_say_everything(self) -> None:
        assert books_of(self.books.entries) == self.books


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestHistories = Histories.TestCase
