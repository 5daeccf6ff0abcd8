"""The whole core in any order: answers by page and mail, money, bounces, moved dates, the head's decisions, units that
come and go, days and nights.

`DONDOC_EXAMPLES=2000 pytest tests/machine` looks deeper, and anew each time; without it the same plays are played.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from dondoc.domain.participants import Presence
from dondoc.domain.states import Severity, Verdict
from dondoc.services.acts import EVERY
from tests.integration.people import MEMBERS
from tests.machine import acts, record
from tests.machine.acts import one_of
from tests.machine.claims import plays
from tests.machine.rules import PICK, UNIT, VERDICT, Members, Money, Work

OCCURRENCES = ("visit-2024-q1", "visit-2024-q2", "ky-nghi-hong-2024", "seminar-2024", "visit-2024-q3")
OCCURRENCE = st.sampled_from(OCCURRENCES)
ABOUT = st.none() | OCCURRENCE
"""None: what was opened last."""


class CoreMachine(Members, Work, Money):
    @initialize(day=st.sampled_from(["2024-01-31", "2024-04-01", "2024-05-02", "2024-07-01"]))
    def the_plan_is_loaded(self, day: str) -> None:
        self.begins(f"{day} 08:00")

    # days

    @rule(days=st.sampled_from([8, 30]))
    def weeks_pass(self, days: int) -> None:
        self.desk.clock.at += timedelta(days)
        self.everything_runs()

    @rule(hours=st.sampled_from([1, 30]))
    def the_clock_goes_back(self, hours: int) -> None:
        self.desk.clock.at -= timedelta(hours=hours)
        self.everything_runs()

    # units

    @rule(pick=PICK, verdict=VERDICT, amount=st.sampled_from([1, 5, 30]), is_stranger=st.booleans())
    def a_unit_replies_by_mail(self, pick: int, verdict: Verdict, amount: int, is_stranger: bool) -> None:
        written = {letter.request_id for letter in record.sent(self.desk)}
        open_ones = [row for row in acts.asked(self.core) if row.id in written]
        if (row := one_of(open_ones, pick)) is not None:
            acts.reply(self.core, row, verdict, amount, "phong.khac@example.org" if is_stranger else None)
        self.everything_runs()

    @rule()
    def everyone_agrees(self) -> None:
        acts.everyone_agrees(self.core)
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

    # the head

    @rule(
        do=st.sampled_from(EVERY),
        about=ABOUT,
        into=OCCURRENCE,
        in_days=st.sampled_from([0, 1, 8, 20, 45]),
        each=st.sampled_from([0, 0, 2_000_000]),
        material=st.booleans(),
    )
    def the_head_decides(self, do: str, about: str | None, into: str, in_days: int, each: int, material: bool) -> None:
        occurrence = about or acts.under_way(self.core)
        acts.decide(self.core, do, occurrence, into, in_days, each, material=material)
        self.everything_runs()

    @rule(about=ABOUT, unit=st.none() | UNIT)
    def the_head_makes_ready(self, about: str | None, unit: str | None) -> None:
        acts.makes_ready(self.core, about or acts.under_way(self.core), unit)
        self.everything_runs()

    @rule(about=ABOUT, unit=st.sampled_from(MEMBERS), presence=st.sampled_from(Presence))
    def the_head_calls_the_roll(self, about: str | None, unit: str, presence: Presence) -> None:
        acts.roll_call(self.core, about or acts.under_way(self.core), unit, presence)
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

    @rule(unit=UNIT, in_days=st.sampled_from([1, 4]))
    def the_head_is_replaced(self, unit: str, in_days: int) -> None:
        self.core.head_is_another(unit, in_days)
        self.everything_runs()

    @rule(each=st.sampled_from([7_000_000, 8_000_000]))
    def the_plan_names_another_amount(self, each: int) -> None:
        self.core.campaign_costs(each)
        self.everything_runs()


CoreMachine.TestCase.settings = plays(6, steps=14)
TestCoreMachine = CoreMachine.TestCase
