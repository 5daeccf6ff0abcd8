"""Dondoc's commands as people and schedulers run them: in this process, in one of its own, or several at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT

APRIL = ("--as-of", "2024-04-01 08:15")
"""When the consultation about the visit of the second quarter opens."""
_MAIN = "from dondoc.cli import main; main()"
_WAITING = f"import dondoc.runtime, dondoc.services.decide; print('ready', flush=True); input(); {_MAIN}"


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
    command = [sys.executable, "-c", f"{before}\n{_MAIN}", *map(str, words)]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True, timeout=120)
    return Said(done.returncode, done.stdout, done.stderr)


def at_once(*commands: Sequence[object]) -> list[Said]:
    """Run them side by side, each in its own process; they begin when all of them are ready."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _WAITING, *map(str, words)],
            cwd=PROJECT,
            env=os.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120) for process in running]
    return [Said(process.returncode, *told) for process, told in zip(running, said, strict=True)]
