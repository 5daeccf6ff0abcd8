"""Which steps an occurrence may take."""

from __future__ import annotations

import pytest

from dondoc.domain.states import OccurrenceState, step
from dondoc.errors import Refused


def test_only_an_agreed_occurrence_launches() -> None:
    may_launch = []
    for state in OccurrenceState:
        try:
            step("visit-2024-q1", state, OccurrenceState.LAUNCHED)
        except Refused:
            continue
        may_launch.append(state)

    assert may_launch == [OccurrenceState.AGREED]


def test_a_step_that_is_not_allowed_is_named() -> None:
    with pytest.raises(Refused, match="visit-2024-q1 is cancelled and cannot become agreed"):
        step("visit-2024-q1", OccurrenceState.CANCELLED, OccurrenceState.AGREED)
