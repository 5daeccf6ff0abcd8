"""What happens in several sorts of plays: days pass, units come and go and answer, money moves.

The rule without choices that comes first by its name is what the simplest play plays again and again, so that one is
of an office in which nobody does anything.
"""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from dondoc.clock import local
from dondoc.domain.states import RequestKind, Verdict
from tests.integration.office import UNITS
from tests.machine import acts, acts_money
from tests.machine.acts import may_be_refused, one_of
from tests.machine.claims import Claims
from tests.machine.claims_money import TAKES_BACK, MoneyClaims

EVERY_DAY = 1000
PICK, UNIT, VERDICT = st.integers(0, 40), st.sampled_from(UNITS), st.sampled_from(Verdict)
SUMS = st.sampled_from([7_000_000, 1_000_000, 1_750_000, 1_500_000, 8_000_000, 6_999_000, 6_998_350, 500_000])
BESIDE = st.sampled_from([0, 0, 500_000, -1_000, -1_650, -1_000_000])
"""What a transfer brings more than is owed: nothing, too much, nearly the sum, less by a bank's fee, a part."""


class Days(Claims):
    """Days pass, and nobody does anything."""

    @rule()
    def a_deadline_passes(self) -> None:
        """The next one of those by which something is owed; when none lies ahead, a week passes, day by day."""
        ahead = [day for row in acts.asked(self.core) if (day := local(row.due_at).date()) >= self.core.today]
        if ahead:
            self._morning_after(min(ahead))
            return
        for _ in range(5):
            self.a_working_day_begins()
            self.the_last_run_was_right()

    @rule()
    def a_working_day_begins(self) -> None:
        self._morning_after(self.core.today)

    @rule(hours=st.sampled_from([1, 9, 15, 24, 72]))
    def hours_pass(self, hours: int) -> None:
        self.desk.clock.at += timedelta(hours=hours)
        self.everything_runs()

    def _morning_after(self, day: date) -> None:
        self.desk.at(f"{self.desk.office.calendar.shift(day, 1)} 08:14")
        self.everything_runs()


class Members(Days):
    """Units leave, become part of others, and stay after all."""

    @rule(unit=UNIT, in_days=st.sampled_from([0, 3]), into=st.none() | UNIT)
    def a_unit_leaves_or_merges(self, unit: str, in_days: int, into: str | None) -> None:
        self.core.unit_leaves(unit, in_days, into)
        self.everything_runs()

    @rule(unit=UNIT)
    def a_unit_stays_after_all(self, unit: str) -> None:
        self.core.unit_stays_after_all(unit)
        self.everything_runs()


class Work(Days):
    """Units answer what they are asked, and the head looks after what went wrong."""

    @rule(
        pick=PICK,
        verdict=VERDICT,
        amount=st.sampled_from([0, 1, 5, 30, 34]),
        again=st.sampled_from([False, False, False, True]),
    )
    def a_unit_answers_on_its_page(self, pick: int, verdict: Verdict, amount: int, again: bool) -> None:
        if (row := one_of(acts.asked(self.core, is_open=not again), pick)) is not None:
            acts.answer(self.core, row, verdict, amount)
        self.everything_runs()

    @rule()
    def everyone_does_what_is_asked_but_pay(self) -> None:
        for row in acts.asked(self.core):
            if row.kind is not RequestKind.CONTRIBUTION:
                acts.answer(self.core, row, Verdict.AGREE, 30)
        self.everything_runs()

    @rule(pick=st.none() | PICK, do=st.sampled_from(["resolve", "resolve", "acknowledge", "report_up"]))
    def the_head_looks_after_problems(self, pick: int | None, do: str) -> None:
        """After one, or after all."""
        unsettled = acts.unsettled(self.core)
        for problem in unsettled if pick is None else filter(None, [one_of(unsettled, pick)]):
            acts.look_after(self.core, problem.key, do)
        self.everything_runs()


class Money(Days, MoneyClaims):
    """Units pay, the bank takes back, the treasurer decides."""

    @rule(pick=PICK, beside=BESIDE, words=st.sampled_from(acts_money.WORDS), is_shown=st.booleans())
    def a_transfer_is_made(self, pick: int, beside: int, words: str, is_shown: bool) -> None:
        if (due := one_of(acts_money.lacking_first(self.core), pick)) is not None:
            acts_money.pays(self.core, due, due.amount + beside, words)
        if is_shown:
            self.the_bank_shows_everything()

    @rule()
    def the_same_transfer_is_made_again(self) -> None:
        self.core.bank_repeats()
        self.the_bank_shows_everything()

    @rule(pick=PICK, is_reversal=st.sampled_from([True, True, False]), is_shown=st.booleans())
    def money_leaves_the_account(self, pick: int, is_reversal: bool, is_shown: bool) -> None:
        """Some that came before."""
        if not self.core.came():
            self.a_transfer_is_made(pick, 0, "code", is_shown=True)
        if (line := one_of(self.core.came(), pick)) is not None:
            _, document, amount, remark = line
            self.core.bank_books(-amount, f"{TAKES_BACK} {document} {remark}" if is_reversal else "Chi")
        if is_shown:
            self.the_bank_shows_everything()

    @rule(first=st.integers(0, 6), days=st.sampled_from([1, 2, EVERY_DAY]))
    def a_statement_is_imported(self, first: int, days: int) -> None:
        with may_be_refused():
            self.core.statement_comes(first, days)
        self.everything_runs()

    @rule()
    def the_treasurer_confirms_what_is_proposed(self) -> None:
        acts_money.confirm_all(self.core)
        self.everything_runs()

    @rule(do=st.sampled_from(acts_money.MONEY), pick=PICK, amount=SUMS)
    def the_treasurer_decides(self, do: str, pick: int, amount: int) -> None:
        acts_money.decide_money(self.core, do, pick, amount)
        self.everything_runs()

    def the_bank_shows_everything(self) -> None:
        self.a_statement_is_imported(0, EVERY_DAY)
