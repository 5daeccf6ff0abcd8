"""Two offices in one world. In one nobody is killed, in the other everybody, all the time; then both must have lived
the same: the same letters to the same people, answers, dues, entries, problems, events, with the same times.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.crash import record
from tests.crash.life import Life, Mailing
from tests.crash.offices import an_office_that_lives
from tests.crash.reaper import LOOKING, Doom, Ended, Forge, any_doom
from tests.crash.world import Happening

MOST_AT_ONCE = 60
"""More often nobody tries in vain."""
_IDLE = 0.15
"""How often, compared with others, whoever finds nothing to do is killed."""
_IN_RECOVERY = 0.25
"""How likely each attempt to put things right is killed as well."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How a thing ends when nobody is killed, and what is on record afterwards."""

    ended: list[Ended]
    record: record.Remembered
    changed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What became of the life in which everybody was killed."""

    kills: int
    survived: int
    moments: int


def undisturbed(forge: Forge, folder: Path, world: Sequence[Happening], mailing: Mailing) -> list[Moment]:
    moments: list[Moment] = []
    with an_office_that_lives(forge, folder, world[0].at - timedelta(hours=1), mailing) as life:
        before: record.Remembered = {}
        for what in world:
            ended = life.happen(what)
            after = life.remembered()
            moments.append(Moment(ended, after, after != before))
            before = after
        life.check()
    return moments


def killed(
    forge: Forge,
    folder: Path,
    world: Sequence[Happening],
    twin: Sequence[Moment],
    mailing: Mailing,
    *,
    seed: object,
    kills: int,
    on_kill: Callable[[int], None] = lambda _: None,
) -> Told:
    """Live through the same, and be killed at least so often. Raises AssertionError where the two lives part, saying
    who died before, and where.
    """
    weights = [1 if moment.changed else _IDLE for moment in twin]
    with an_office_that_lives(forge, folder, world[0].at - timedelta(hours=1), mailing) as life:
        for number, (what, moment) in enumerate(zip(world, twin, strict=True)):
            before = len(life.killed)
            dead_by_then = kills * sum(weights[: number + 1]) / sum(weights)
            each = (dead_by_then - before) / len(moment.ended)
            try:
                life.happen(what, _Fates(life, f"{seed} {number}", each), moment.ended)
                life.check_letters()
                assert not (parted := record.difference(moment.record, life.remembered())), parted
            except AssertionError as error:
                deaths = "\n".join(life.killed[before:])
                raise AssertionError(f"seed {seed}, {number} of {len(world)}: {what}\n{deaths}\n{error}") from error
            on_kill(len(life.killed))
        life.check()
        return Told(len(life.killed), life.survived, len(world))


class _Fates:
    """How often, and where, whoever does a piece of work dies: about `each` times; now and then also one of those who
    come to put things right.
    """

    def __init__(self, life: Life, seed: str, each: float) -> None:
        self._life, self._seed, self._each = life, seed, each
        self._attempts = 0
        self._until: dict[int, float] = {}
        """How many are to have died when which piece of work is done."""

    def __call__(self, piece: int | None, undisturbed: Ended | None) -> Doom | None:
        self._attempts += 1
        rng = random.Random(f"kills {self._seed} {self._attempts}")  # noqa: S311 - it must be the same each time
        if piece is None or undisturbed is None:
            return any_doom(rng, LOOKING) if rng.random() < _IN_RECOVERY else None
        dead = len(self._life.killed)
        until = self._until.setdefault(piece, dead + self._each)
        if dead >= until or self._attempts >= MOST_AT_ONCE:
            return None
        # Not too far at a time, or whoever dies first has done it all and the others die looking for something to do.
        return any_doom(rng, undisturbed.part(min(1, 2 / (until - dead))))
