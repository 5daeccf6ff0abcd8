"""A world with everything around it, as a seed chooses: which days, which database, who knows what left."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tests.crash.life import Mailing, Sent
from tests.crash.reaper import Forge
from tests.crash.twins import Told, killed, undisturbed
from tests.crash.world import world
from tests.integration.databases import SERVER
from tests.integration.imap_server import DOVECOT, Dovecot, dovecot
from tests.integration.postgres import POSTGRES, Postgres

_BUSY = tuple(
    date(2024, month, day)
    for month, day in ((1, 2), (3, 14), (4, 1), (5, 2), (5, 13), (6, 13), (6, 24), (7, 1), (7, 10), (8, 14), (10, 1))
)
"""When units are asked, name and pay, and when things take place; on other days little happens."""


@dataclass(frozen=True, slots=True)
class Play:
    """What is played; `str` of it is what one needs to play it again."""

    seed: str
    first: date
    days: int
    sent: Sent
    on_postgresql: bool = False
    connections: int = 1
    """To the mail server, at once."""

    def __str__(self) -> str:
        where = "PostgreSQL" if self.on_postgresql else "SQLite"
        lines = f"{self.connections} connection{'s' if self.connections > 1 else ''}"
        return f"seed {self.seed}: {self.days} days from {self.first}, {where}, {lines}, sent mail: {self.sent}"


def any_play(seed: str) -> Play:
    """One that this machine can play."""
    rng = random.Random(f"play {seed}")  # noqa: S311 - it must be the same each time
    quiet = date(2024, 1, 2) + timedelta(days=rng.randrange(330))
    first = rng.choice((*_BUSY, quiet)) - timedelta(days=rng.randrange(3))
    sent = rng.choice([each for each in Sent if each is not Sent.FOLDER or DOVECOT])
    days, on_postgresql = rng.randint(7, 16), POSTGRES is not None and rng.random() < 0.25
    return Play(seed, first, days, sent, on_postgresql, rng.choice((1, 1, 2, 4)))


def perform(
    play: Play,
    forge: Forge,
    folder: Path,
    kills: int,
    server: Postgres | None = None,
    on_kill: Callable[[int], None] = lambda _: None,
) -> Told:
    """Live it undisturbed, then killed again and again. Raises AssertionError where the two lives part."""
    happens = world(play.seed, play.first, play.first + timedelta(days=play.days))
    token = SERVER.set(server if play.on_postgresql else None)
    try:
        with _mailbox(play) as imap:
            twin = undisturbed(forge, folder / "undisturbed", happens, Mailing(play.sent, play.connections, imap))
        with _mailbox(play) as imap:
            mailing = Mailing(play.sent, play.connections, imap)
            return killed(
                forge, folder / "killed", happens, twin, mailing, seed=play.seed, kills=kills, on_kill=on_kill
            )
    finally:
        SERVER.reset(token)


@contextmanager
def _mailbox(play: Play) -> Iterator[Dovecot | None]:
    """A mail account where the play wants its folder of sent mail."""
    if play.sent is not Sent.FOLDER:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="dc") as home:  # the path of a Unix socket must stay short
        Path(home).chmod(0o755)
        with dovecot(Path(home)) as server:
            with server.client() as client:
                client.create("Sent")
            yield server
