"""What was agreed is carried out: units answer, pay and do not pay, the bank takes back, in any order."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.machine import acts
from tests.machine.claims import plays
from tests.machine.rules import Money, Work


class AgreedMachine(Work, Money):
    @initialize(day=st.sampled_from(["2024-04-01", "2024-05-02"]), deadlines=st.sampled_from([0, 3]))
    def everyone_agreed(self, day: str, deadlines: int) -> None:
        """To the visit, or to the campaign; so many deadlines have passed since."""
        self.begins(f"{day} 08:00")
        acts.everyone_agrees(self.core)
        acts.makes_ready(self.core, acts.under_way(self.core), None)
        self.everything_runs()
        for _ in range(deadlines):
            self.a_deadline_passes()


AgreedMachine.TestCase.settings = plays(7, steps=8)
TestAgreedMachine = AgreedMachine.TestCase
