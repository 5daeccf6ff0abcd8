"""Has work done by processes that may die on the way: at a point, at a moment, or with a letter."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Any, TypeAlias

from dondoc.config import PROJECT
from tests.crash.doomed import Task, as_line
from tests.crash.points import COMMIT, Board, Fatal
from tests.crash.post_office import AT_LETTER, PostOffice

_PATIENCE = 20
"""Seconds in which a process listens."""


@dataclass(frozen=True, slots=True)
class Doom:
    """How a process is to end before its time; one of these."""

    point: Fatal | None = None
    letter: tuple[int, str] | None = None
    """The n-th letter that it sends, and when: see `AT_LETTER`."""
    after: float | None = None
    """Seconds since it began."""

    def __str__(self) -> str:
        if self.point is not None:
            return f"point {self.point.nth} {self.point.name}".strip()
        if self.letter is not None:
            return f"letter {self.letter[0]}, {self.letter[1]}"
        return f"{self.after:.4f} s"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended."""

    status: int
    points: int
    commits: int
    """How many of them were just before or just after a commit."""
    letters: int
    """How many letters it handed over."""
    seconds: float
    last: str
    """The point that it reached last."""
    said: str

    @property
    def was_killed(self) -> bool:
        return self.status == -signal.SIGKILL

    def less(self, tried: Ended) -> Ended:
        """About how the next attempt ends undisturbed: it finds done what this one did."""
        if not tried.was_killed:
            return tried
        return self.part(1 - min(tried.points / self.points, 1))

    def part(self, share: float) -> Ended:
        """About how it ends when only so much of it is to be done, which has to be found first."""
        return replace(
            self,
            points=min(self.points, round(self.points * share) + LOOKING.points),
            commits=min(self.commits, round(self.commits * share) + LOOKING.commits),
            letters=int(self.letters * share),
            seconds=min(self.seconds, self.seconds * share + LOOKING.seconds),
        )


LOOKING = Ended(status=0, points=25, commits=6, letters=1, seconds=0.05, last="", said="")
"""About how long it takes to find out what there is to do, and to put a little of it right."""


def any_doom(rng: random.Random, undisturbed: Ended) -> Doom:
    """Some way to die in the middle of what took so long when nobody was killed: mostly at one of its points."""
    way = rng.random()
    if way < 0.15 and undisturbed.letters:
        return Doom(letter=(rng.randint(1, undisturbed.letters), rng.choice(AT_LETTER)))
    if way < 0.3:
        return Doom(after=undisturbed.seconds * rng.random())
    if way < 0.65 and undisturbed.commits:
        return Doom(point=Fatal(rng.randint(1, undisturbed.commits), COMMIT))
    return Doom(point=Fatal(rng.randint(1, undisturbed.points)))


Forge: TypeAlias = "subprocess.Popen[str]"


class Reaper:
    """Starts processes from one that has imported everything, and ends them."""

    def __init__(self, forge: Forge, folder: Path, post: PostOffice, environment: dict[str, str]) -> None:
        self._forge, self._post, self._environment = forge, post, environment
        self._board, self._file, self._said = Board(folder / "board"), folder / "board", folder / "said"

    def command(self, *words: object, at: datetime, doom: Doom | None = None) -> Ended:
        return self._run(doom, command=[*map(str, words), "--as-of", f"{at:%Y-%m-%d %H:%M}"])

    def say(self, *words: str) -> Ended:
        """A command that shows how things stand now."""
        return self._run(None, command=list(words))

    def acts(self, steps: Sequence[dict[str, Any]], plan: str, at: datetime, doom: Doom | None = None) -> Ended:
        return self._run(doom, acts=list(steps), plan=plan, at=at.isoformat())

    def pages(self, visit: Callable[[str], object], at: datetime, doom: Doom | None = None) -> Ended:
        """Serve the pages while `visit` is there; then the process is killed in any case, as pages always end."""
        was_served = False
        with self._begun(doom, at=at.isoformat()) as pid:
            try:
                visit(f"http://127.0.0.1:{self._listening(pid)}")
                was_served = True
            except ConnectionError:
                assert doom is not None, self._said.read_text()
            finally:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return replace(self._ended, status=0) if was_served else self._ended

    def _listening(self, pid: int) -> int:
        until = time.monotonic() + _PATIENCE
        while not self._board.port:
            if not Path(f"/proc/{pid}").exists() or time.monotonic() > until:
                raise ConnectionError("it died before it listened")
            time.sleep(0.002)
        return self._board.port

    def _run(self, doom: Doom | None, **what: Any) -> Ended:
        with self._begun(doom, **what):
            pass
        return self._ended

    @contextmanager
    def _begun(self, doom: Doom | None, **what: Any) -> Iterator[int]:
        self._board.clear()
        point = asdict(doom.point) if doom and doom.point else None
        task = Task(self._environment, str(self._file), str(self._said), fatal=point, **what)
        assert self._forge.stdin is not None
        began = time.monotonic()
        before = self._post.begin(doom.letter if doom else None)
        self._forge.stdin.write(as_line(task))
        self._forge.stdin.flush()
        pid = int(self._line())
        self._post.victim = pid
        timer = Timer(doom.after, os.kill, (pid, signal.SIGKILL)) if doom and doom.after is not None else None
        if timer is not None:
            timer.start()
        try:
            yield pid
        finally:
            status = int(self._line())
            if timer is not None:
                timer.cancel()
            self._ended = Ended(
                status,
                self._board.points,
                self._board.commits,
                self._post.taken - before,
                time.monotonic() - began,
                self._board.last,
                self._said.read_text() if self._said.exists() else "",
            )

    def _line(self) -> str:
        assert self._forge.stdout is not None
        return self._forge.stdout.readline()


@contextmanager
def a_forge() -> Iterator[Forge]:
    """The process of which all others are forks, one at a time."""
    command = [sys.executable, "-m", "tests.crash.doomed"]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"PYTHONHASHSEED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forge:
        try:
            assert forge.stdout is not None
            assert forge.stdout.readline() == "ready\n"
            yield forge
        finally:
            forge.kill()
