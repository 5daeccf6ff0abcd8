"""Real processes, killed at random: nothing is lost, nothing is done twice, and what is not known is shown.

`DONDOC_CRASH_SEED` plays other worlds; a failure names its seed, and with it everything happens again as it did. Many
more kills: `make soak`.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from tests.crash.life import Sent
from tests.crash.plays import Play, perform
from tests.crash.reaper import Forge
from tests.integration.postgres import Postgres

_SEED = os.environ.get("DONDOC_CRASH_SEED", "1")


def play(days: int, first: date, sent: Sent, *, on_postgresql: bool = False, connections: int = 1) -> Play:
    return Play(f"{_SEED} {first}", first, days, sent, on_postgresql, connections)


@pytest.mark.parametrize(
    ("played", "kills"),
    [
        pytest.param(play(11, date(2024, 4, 1), Sent.LOCAL), 200, id="a visit, letters are found where they arrived"),
        pytest.param(play(11, date(2024, 5, 3), Sent.NOBODY), 150, id="a campaign, whoever was written to is asked"),
        pytest.param(
            play(7, date(2024, 7, 1), Sent.LOCAL, connections=3),
            100,
            id="a seminar and a visit at once, over three connections",
        ),
    ],
)
def test_however_often_it_is_killed_it_is_the_same_life(played: Play, kills: int, forge: Forge, tmp_path: Path) -> None:
    assert perform(played, forge, tmp_path, kills).kills >= kills


def test_so_it_is_with_postgresql(forge: Forge, tmp_path: Path, postgresql: Postgres) -> None:
    played = play(4, date(2024, 10, 1), Sent.LOCAL, on_postgresql=True)
    assert perform(played, forge, tmp_path, 60, postgresql).kills >= 60
