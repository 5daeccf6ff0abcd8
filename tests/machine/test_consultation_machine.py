"""One consultation in any order, with nothing else going on: answers, decisions and days, and the same claims."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from dondoc.domain.states import Verdict
from tests.integration.office import UNITS
from tests.machine import acts
from tests.machine.claims import Claims, plays

Q2 = "visit-2024-q2"


class ConsultationMachine(Claims):
    @initialize()
    def the_round_opens(self) -> None:
        self.begins("2024-04-01 08:00")

    @rule(hours=st.sampled_from([1, 9, 15, 24, 72]))
    def time_passes(self, hours: int) -> None:
        self.desk.clock.at += timedelta(hours=hours)
        self.everything_runs()

    @rule(unit=st.sampled_from(UNITS), verdict=st.sampled_from(Verdict))
    def a_unit_answers(self, unit: str, verdict: Verdict) -> None:
        self.desk.answer(unit, verdict, "Ý kiến")
        self.everything_runs()

    @rule()
    def everyone_agrees(self) -> None:
        self.desk.everyone_answers()
        self.everything_runs()

    @rule(do=st.sampled_from(["close", "reopen", "proceed", "revise", "cancel"]), material=st.booleans())
    def the_head_decides(self, do: str, material: bool) -> None:
        acts.decide(self.core, do, Q2, "", 60, 0, material=material)
        self.everything_runs()


ConsultationMachine.TestCase.settings = plays(6, steps=10)
TestConsultationMachine = ConsultationMachine.TestCase
