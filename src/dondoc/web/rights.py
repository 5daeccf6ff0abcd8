"""Who may see and do what: one table for all pages, whichever way somebody came to them.

What stands nowhere in it is open to nobody: a page without a row does not start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dondoc.domain.authority import Capacity

HEAD, TREASURER, OBSERVER, UNIT = Capacity.HEAD, Capacity.TREASURER, Capacity.OBSERVER, Capacity.UNIT


class Act(StrEnum):
    """What can be seen or done on some page."""

    SEE_BOARD = "see board"
    SEE_DECISIONS = "see decisions"
    """An occurrence, its opinions and what was decided about it."""
    DECIDE = "decide"
    SEE_MONEY = "see money"
    BOOK_MONEY = "book money"
    """Import statements, confirm, carry over, return, spend."""
    FORGO_MONEY = "forgo money"
    """Let go what is owed, or go on claiming it."""
    SEE_PEOPLE = "see people"
    """Who takes part, with years of birth and telephone numbers."""
    EXPORT_PEOPLE = "export people"
    CALL_ROLL = "call the roll"
    """Confirm preparations, call the roll, report."""
    SEE_RESULTS = "see results"
    """Who does what, how far it is, what was reported."""
    DIRECT_WORK = "direct work"
    """Assign, evaluate, publish."""
    SEE_PROBLEM = "see problems"
    SETTLE_PROBLEM = "settle problems"
    """Acknowledge and resolve."""
    JUDGE_MESSAGE = "judge messages"
    """Say what a held message means, and whose its sender is."""
    ANSWER = "answer"
    """What the unit is asked, and all that it answers."""


TABLE: Final[Mapping[Act, frozenset[Capacity]]] = {
    Act.SEE_BOARD: frozenset({HEAD, TREASURER, OBSERVER}),
    Act.SEE_DECISIONS: frozenset({HEAD, TREASURER, OBSERVER}),
    Act.DECIDE: frozenset({HEAD}),
    Act.SEE_MONEY: frozenset({HEAD, TREASURER, OBSERVER}),
    Act.BOOK_MONEY: frozenset({HEAD, TREASURER}),
    Act.FORGO_MONEY: frozenset({HEAD}),
    Act.SEE_PEOPLE: frozenset({HEAD}),
    Act.EXPORT_PEOPLE: frozenset({HEAD}),
    Act.CALL_ROLL: frozenset({HEAD}),
    Act.SEE_RESULTS: frozenset({HEAD, TREASURER, OBSERVER}),
    Act.DIRECT_WORK: frozenset({HEAD}),
    Act.SEE_PROBLEM: frozenset({HEAD, UNIT}),
    Act.SETTLE_PROBLEM: frozenset({HEAD, UNIT}),
    Act.JUDGE_MESSAGE: frozenset({HEAD}),
    Act.ANSWER: frozenset({UNIT}),
}
"""Names and telephone numbers are the head's alone; a unit sees what its own link is about, and no more."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Which act each look at a page and each form on it is."""

    see: Act
    take: Act | None = None
    """What a form is; None: the page takes none."""
    words: Mapping[str, Act] = field(default_factory=dict)
    """Forms that are something else, by what they `do`."""
    queries: Mapping[str, Act] = field(default_factory=dict)
    """Looks that are something else, by what is asked for."""

    def act(self, method: str, query: Mapping[str, str], do: str) -> Act | None:
        """What a request wants to do; None: that cannot be done here at all."""
        if method == "POST":
            return self.words.get(do, self.take)
        return next((act for name, act in self.queries.items() if name in query), self.see)


PAGES: Final[Mapping[str, Rights]] = {
    "tra-loi": Rights(Act.ANSWER, Act.ANSWER),
    "dong-gop": Rights(Act.ANSWER, Act.ANSWER),
    "cu-nguoi": Rights(Act.ANSWER, Act.ANSWER),
    "phan-cong": Rights(Act.ANSWER, Act.ANSWER),
    "bao-cao": Rights(Act.ANSWER, Act.ANSWER),
    "bao-van-de": Rights(Act.ANSWER, Act.ANSWER),
    "bang": Rights(Act.SEE_BOARD),
    "quyet-dinh": Rights(Act.SEE_DECISIONS, Act.DECIDE),
    "thu-chi": Rights(Act.SEE_MONEY, Act.BOOK_MONEY, words=dict.fromkeys(("waive", "thaw", "let_go"), Act.FORGO_MONEY)),
    "to-chuc": Rights(Act.SEE_PEOPLE, Act.CALL_ROLL, queries={"tai": Act.EXPORT_PEOPLE}),
    "ket-qua": Rights(Act.SEE_RESULTS, Act.DIRECT_WORK),
    "van-de": Rights(
        Act.SEE_PROBLEM,
        Act.JUDGE_MESSAGE,
        words=dict.fromkeys(("acknowledge", "resolve"), Act.SETTLE_PROBLEM),
    ),
}
"""Every page that is about somebody's matter, by the first part of its address."""

PUBLIC: Final = frozenset(
    {
        "/",
        "/bang",
        "/dang-nhap",
        "/dang-nhap/{token}",
        "/dang-xuat",
        "/dondoc.css",
        "/health",
        "/metrics",
        "/robots.txt",
    }
)
"""Addresses that tell nothing of anybody's matter; `/bang` only leads to the board, save on a trial machine."""


def may(capacities: frozenset[Capacity], act: Act | None) -> bool:
    return act is not None and bool(TABLE[act] & capacities)
