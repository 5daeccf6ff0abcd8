"""Which steps an occurrence may take."""

from __future__ import annotations

import pytest

from dondoc.domain.states import OccurrenceState, step
from dondoc.errors import Refused

S = OccurrenceState
OFF = {S.POSTPONED, S.SKIPPED, S.MERGED, S.CANCELLED}


def test_only_an_agreed_occurrence_launches() -> None:
    assert [state for state in OccurrenceState if may_step(state, S.LAUNCHED)] == [S.AGREED]


@pytest.mark.parametrize(
    ("state", "next_ones"),
    [
        (S.PLANNED, OFF | {S.CONSULTING, S.BEFORE_SYSTEM}),
        (S.CONSULTING, OFF | {S.AGREED}),
        (S.AGREED, OFF | {S.LAUNCHED, S.CONSULTING}),
        (S.LAUNCHED, OFF | {S.HELD, S.CONSULTING}),
        (S.HELD, {S.EVALUATED}),
        (S.POSTPONED, {S.PLANNED, S.CONSULTING, S.AGREED, S.SKIPPED, S.MERGED, S.CANCELLED}),
        *((over, set()) for over in (S.EVALUATED, S.SKIPPED, S.MERGED, S.CANCELLED, S.BEFORE_SYSTEM)),
    ],
)
def test_each_state_leads_on_as_the_plan_has_it(state: OccurrenceState, next_ones: set[OccurrenceState]) -> None:
    assert {to for to in OccurrenceState if may_step(state, to)} == next_ones


def may_step(state: OccurrenceState, to: OccurrenceState) -> bool:
    try:
        return step("visit-2024-q1", state, to) is to
    except Refused:
        return False


def test_a_step_that_is_not_allowed_is_named() -> None:
    with pytest.raises(Refused, match="visit-2024-q1 is cancelled and cannot become agreed"):
        step("visit-2024-q1", OccurrenceState.CANCELLED, OccurrenceState.AGREED)
