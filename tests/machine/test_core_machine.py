"""The whole core in any order: answers by page and mail, money, bounces, moved dates, the head's decisions, units that
come and go, days and nights.

`DONDOC_EXAMPLES=2000 pytest tests/machine` looks deeper, and anew each time; without it the same plays are played.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from dondoc.domain.participants import Presence
from dondoc.domain.states import RequestKind, Severity, Verdict
from dondoc.services.acts import EVERY
from tests.integration.office import UNITS
from tests.integration.people import MEMBERS
from tests.machine import acts, acts_money, record
from tests.machine.acts import may_be_refused, one_of
from tests.machine.claims import plays
from tests.machine.claims_money import MoneyClaims

OCCURRENCES = ("visit-2024-q1", "visit-2024-q2", "ky-nghi-hong-2024", "seminar-2024", "visit-2024-q3")
PICK = st.integers(0, 40)
OCCURRENCE, UNIT, VERDICT = st.sampled_from(OCCURRENCES), st.sampled_from(UNITS), st.sampled_from(Verdict)
SUMS = st.sampled_from([7_000_000, 1_000_000, 1_750_000, 1_500_000, 8_000_000, 6_999_000, 6_998_350, 500_000])


class CoreMachine(MoneyClaims):
    @initialize(day=st.sampled_from(["2024-01-31", "2024-04-01", "2024-05-02", "2024-07-01"]))
    def the_plan_is_loaded(self, day: str) -> None:
        self.begins(f"{day} 08:00")

    # days

    @rule(hours=st.sampled_from([1, 9, 15, 24, 24, 72, 24 * 8, 24 * 30]))
    def time_passes(self, hours: int) -> None:
        self.desk.clock.at += timedelta(hours=hours)
        self.everything_runs()

    @rule()
    def the_next_working_day_begins(self) -> None:
        day = self.desk.office.calendar.shift(self.core.today, 1)
        self.desk.at(f"{day} 08:14")
        self.everything_runs()

    @rule(hours=st.sampled_from([1, 30]))
    def the_clock_goes_back(self, hours: int) -> None:
        self.desk.clock.at -= timedelta(hours=hours)
        self.everything_runs()

    # units

    @rule(pick=PICK, verdict=VERDICT, amount=st.sampled_from([0, 1, 5, 30, 34]), again=st.booleans())
    def a_unit_answers_on_its_page(self, pick: int, verdict: Verdict, amount: int, again: bool) -> None:
        if (row := one_of(acts.asked(self.core, is_open=not again), pick)) is not None:
            acts.answer(self.core, row, verdict, amount)
        self.everything_runs()

    @rule(pick=PICK, verdict=VERDICT, amount=st.sampled_from([1, 5, 30]), is_stranger=st.booleans())
    def a_unit_replies_by_mail(self, pick: int, verdict: Verdict, amount: int, is_stranger: bool) -> None:
        written = {letter.request_id for letter in record.sent(self.desk)}
        open_ones = [row for row in acts.asked(self.core) if row.id in written]
        if (row := one_of(open_ones, pick)) is not None:
            acts.reply(self.core, row, verdict, amount, "phong.khac@example.org" if is_stranger else None)
        self.everything_runs()

    @rule(occurrence=OCCURRENCE)
    def everyone_agrees(self, occurrence: str) -> None:
        for row in acts.asked(self.core):
            if row.key.startswith(f"opinion/{occurrence}/"):
                acts.answer(self.core, row, Verdict.AGREE, 0)
        self.everything_runs()

    @rule()
    def everyone_does_what_is_asked_but_pay(self) -> None:
        for row in acts.asked(self.core):
            if row.kind is not RequestKind.CONTRIBUTION:
                acts.answer(self.core, row, Verdict.AGREE, 30)
        self.everything_runs()

    @rule(unit=UNIT, occurrence=st.none() | OCCURRENCE, severity=st.sampled_from([Severity.NORMAL, Severity.URGENT]))
    def a_unit_reports_a_problem(self, unit: str, occurrence: str | None, severity: Severity) -> None:
        acts.report_problem(self.core, unit, occurrence, severity)
        self.everything_runs()

    # letters that come back

    @rule(pick=PICK)
    def a_letter_comes_back(self, pick: int) -> None:
        to_units = [letter for letter in record.sent(self.desk) if letter.addressee != "head"]
        if (letter := one_of(to_units[::-1], pick)) is not None:
            self.core.came_back(letter)
        self.everything_runs()

    @rule(pick=PICK)
    def an_out_of_office_note_comes(self, pick: int) -> None:
        before = self.desk.office.clock.now(), record.requests(self.desk)
        if (letter := one_of(record.sent(self.desk)[::-1], pick)) is not None:
            self.core.nobody_is_there(letter)
        assert record.requests(self.desk) == before[1]
        self.everything_runs()

    # money

    @rule(pick=PICK, amount=SUMS | st.none(), words=st.sampled_from(acts_money.WORDS))
    def a_transfer_is_made(self, pick: int, amount: int | None, words: str) -> None:
        if (due := one_of(acts_money.dues(self.core), pick)) is not None:
            acts_money.pays(self.core, due, amount or due.amount, words)

    @rule()
    def the_same_transfer_is_made_again(self) -> None:
        self.core.bank_repeats()

    @rule(pick=PICK, is_reversal=st.booleans())
    def money_leaves_the_account(self, pick: int, is_reversal: bool) -> None:
        came = [line for line in self.core.lines if line[2] > 0]
        if (line := one_of(came, pick)) is not None:
            _, document, amount, remark = line
            self.core.bank_books(-amount, f"Hoan tra {document} {remark}" if is_reversal else "Chi")

    @rule(first=st.integers(0, 6), days=st.sampled_from([1, 2, 30]))
    def a_statement_is_imported(self, first: int, days: int) -> None:
        with may_be_refused():
            self.core.statement_comes(first, days)
        self.everything_runs()

    @rule(do=st.sampled_from(acts_money.MONEY), pick=PICK, amount=SUMS)
    def the_treasurer_decides(self, do: str, pick: int, amount: int) -> None:
        acts_money.decide_money(self.core, do, pick, amount)
        self.everything_runs()

    # the head

    @rule(
        do=st.sampled_from(EVERY),
        occurrence=OCCURRENCE,
        into=OCCURRENCE,
        in_days=st.sampled_from([0, 1, 8, 20, 45]),
        each=st.sampled_from([0, 0, 2_000_000]),
        material=st.booleans(),
    )
    def the_head_decides(self, do: str, occurrence: str, into: str, in_days: int, each: int, material: bool) -> None:
        acts.decide(self.core, do, occurrence, into, in_days, each, material=material)
        self.everything_runs()

    @rule(occurrence=OCCURRENCE, unit=st.none() | UNIT)
    def the_head_makes_ready(self, occurrence: str, unit: str | None) -> None:
        acts.contents_find_owners(self.core, occurrence, unit)
        acts.prepares(self.core, occurrence)
        acts.decide(self.core, "set-date", occurrence, "", 12, 0, material=False)
        self.everything_runs()

    @rule(occurrence=OCCURRENCE, unit=st.sampled_from(MEMBERS), presence=st.sampled_from(Presence))
    def the_head_calls_the_roll(self, occurrence: str, unit: str, presence: Presence) -> None:
        acts.roll_call(self.core, occurrence, unit, presence)
        self.everything_runs()

    @rule(pick=PICK, do=st.sampled_from(["acknowledge", "resolve", "report_up"]))
    def the_head_looks_after_a_problem(self, pick: int, do: str) -> None:
        if (problem := one_of(acts.unsettled(self.core), pick)) is not None:
            acts.look_after(self.core, problem.key, do)
        self.everything_runs()

    @rule(pick=PICK, do=st.sampled_from(["confirm", "count", "dismiss"]), verdict=VERDICT)
    def the_head_reads_a_held_message(self, pick: int, do: str, verdict: Verdict) -> None:
        acts.read_held_mail(self.core, pick, do, verdict)
        self.everything_runs()

    # the plan

    @rule(unit=UNIT)
    def a_contact_is_replaced(self, unit: str) -> None:
        self.core.contact_is_another(unit)
        self.everything_runs()

    @rule(unit=UNIT, in_days=st.sampled_from([0, 3]), into=st.none() | UNIT)
    def a_unit_leaves_or_merges(self, unit: str, in_days: int, into: str | None) -> None:
        self.core.unit_leaves(unit, in_days, into)
        self.everything_runs()

    @rule(unit=UNIT)
    def a_unit_stays_after_all(self, unit: str) -> None:
        self.core.unit_stays_after_all(unit)
        self.everything_runs()

    @rule(unit=UNIT, in_days=st.sampled_from([1, 4]))
    def the_head_is_replaced(self, unit: str, in_days: int) -> None:
        self.core.head_is_another(unit, in_days)
        self.everything_runs()

    @rule(each=st.sampled_from([7_000_000, 8_000_000]))
    def the_plan_names_another_amount(self, each: int) -> None:
        self.core.campaign_costs(each)
        self.everything_runs()


CoreMachine.TestCase.settings = plays(7, steps=20)
TestCoreMachine = CoreMachine.TestCase
