"""Dondoc's commands as people and schedulers run them: in this process, in one of its own, or several at once."""

from __future__ import annotations

import json
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


class Twins:
    """Two processes that run a command each at the same moment, one pair of commands after the other."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes

    def both(self, *words: object) -> tuple[Said, Said]:
        """The same command twice."""
        return self.run(words, words)

    def run(self, one: Sequence[object], other: Sequence[object]) -> tuple[Said, Said]:
        for process, words in zip(self._processes, (one, other), strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps([str(word) for word in words]) + "\n")
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.flush()
        first, second = (Said(**json.loads(_line(process))) for process in self._processes)
        return first, second


@contextmanager
def twins() -> Iterator[Twins]:
    """They have loaded what they need before the first command, so that neither is ahead."""
    command = [sys.executable, "-c", _OBEY]
    with ExitStack() as stack:
        both = [
            stack.enter_context(
                subprocess.Popen(
                    command, cwd=PROJECT, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            for _ in range(2)
        ]
        for process in both:
            stack.callback(process.kill)
        for process in both:
            assert _line(process) == "ready"
        yield Twins(both)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


_OBEY = """
import json, sys
import dondoc.runtime, dondoc.services.decide, dondoc.services.statements
from tests.faults.commands import dondoc
print("ready", flush=True)
for line in sys.stdin:
    said = dondoc(*json.loads(line))
    print(json.dumps({"status": said.status, "told": said.told, "complained": said.complained}), flush=True)
"""
