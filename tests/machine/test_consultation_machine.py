"""One consultation in any order, with nothing else going on: answers, decisions and days, and the same claims."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from dondoc.domain.states import Verdict
from tests.machine import acts
from tests.machine.acts import may_be_refused
from tests.machine.claims import plays
from tests.machine.rules import UNIT, VERDICT, Members

Q2 = "visit-2024-q2"


class ConsultationMachine(Members):
    @initialize()
    def the_round_opens(self) -> None:
        self.begins("2024-04-01 08:00")

    @rule(unit=UNIT, verdict=VERDICT)
    def a_unit_answers(self, unit: str, verdict: Verdict) -> None:
        with may_be_refused():
            self.desk.answer(unit, verdict, "Ý kiến")
        self.everything_runs()

    @rule()
    def everyone_agrees(self) -> None:
        acts.everyone_agrees(self.core)
        self.everything_runs()

    @rule(do=st.sampled_from(["reopen", "reopen", "close", "proceed", "revise", "cancel"]), material=st.booleans())
    def the_head_decides(self, do: str, material: bool) -> None:
        acts.decide(self.core, do, Q2, "", 60, 0, material=material)
        self.everything_runs()


ConsultationMachine.TestCase.settings = plays(7, steps=10)
TestConsultationMachine = ConsultationMachine.TestCase
