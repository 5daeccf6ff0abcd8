"""A figure: what was measured, against what, and whether it reaches its goal.

Both sides are measured in turn (A B A B …), so that whatever else the machine does meanwhile slows both, and the median
of each counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias

Way: TypeAlias = Callable[[], AbstractContextManager[Callable[[], object]]]
"""Gets something ready, yields what is to be timed, and clears up; neither counts."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    measured: str
    compared: str
    """With what, measured in the same run."""
    ratio: float
    goal: str = ""
    """Empty: a figure to know, about which nothing was promised."""
    is_met: bool | None = None


def at_least(ratio: float, goal: float) -> tuple[str, bool]:
    return f"≥ {goal:g}", ratio >= goal


def at_most(value: float, goal: float, unit: str = "") -> tuple[str, bool]:
    return f"≤ {goal:g}{unit}", value <= goal


def in_turn(*ways: Way, rounds: int) -> tuple[float, ...]:
    """The median seconds of each way, all of them measured in each round."""
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, seconds, strict=True):
            with way() as work:
                began = time.perf_counter()
                work()
                taken.append(time.perf_counter() - began)
    return tuple(median(taken) for taken in seconds)
