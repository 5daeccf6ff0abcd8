"""Dondoc's commands as people and schedulers run them: in this process, in one of its own, or several at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT

APRIL = ("--as-of", "2024-04-01 08:15")
"""When the consultation about the visit of the second quarter opens."""
_MAIN = "from dondoc.cli import main; main()"
_WAIT = "import dondoc.runtime, dondoc.services.decide; print('ready', flush=True); input()"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it told the operator."""

    status: int
    told: str
    complained: str

    @property
    def is_one_sentence(self) -> bool:
        """Whether it complained in one line that names Dondoc, without a trace."""
        return self.complained.startswith("dondoc: ") and self.complained.count("\n") == 1


def dondoc(*words: object) -> Said:
    """Run it in this process."""
    done = CliRunner().invoke(group, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)


def in_its_own_process(*words: object, before: str = "") -> Said:
    """Run it in its own process, which first does what `before` says."""
    with in_background(*words, before=before) as running:
        return running.said()


@dataclass(frozen=True, slots=True)
class Running:
    """A command that is not done yet."""

    process: subprocess.Popen[str]

    def said(self) -> Said:
        """Wait for its end."""
        told, complained = self.process.communicate(timeout=120)
        return Said(self.process.returncode, told, complained)


@contextmanager
def in_background(*words: object, before: str = "") -> Iterator[Running]:
    command = [sys.executable, "-c", f"{before}\n{_MAIN}", *map(str, words)]
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def at_once(*commands: Sequence[object]) -> list[Said]:
    """Run them side by side, each in its own process; they begin when all of them are ready."""
    with ExitStack() as stack:
        every = [stack.enter_context(in_background(*words, before=_WAIT)) for words in commands]
        for running in every:
            assert running.process.stdout is not None
            assert running.process.stdout.readline() == "ready\n"
        for running in every:
            assert running.process.stdin is not None
            running.process.stdin.write("\n")
            running.process.stdin.flush()
        return [running.said() for running in every]
