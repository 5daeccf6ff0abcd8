"""A rehearsed year of more and more units: its time must grow as its letters do, and its memory not at all.

    python -m benchmarks.rehearsals UNITS FIRST LAST

plays in this process, alone, and prints what it took. Times are CPU seconds, because the machine has others to serve.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, at_most
from benchmarks.places import plan_of
from dondoc.rehearsal import rehearse_into

YEAR = ("2024-01-02", "2024-12-31")
QUARTER = ("2024-01-02", "2024-03-31")


@dataclass(frozen=True, slots=True)
class Played:
    """What a rehearsal took."""

    units: int
    letters: int
    seconds: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.letters:,} letters in {self.seconds:.0f} CPU s, {self.megabytes:.0f} MB"


def measure(*, quick: bool) -> Iterator[Figure]:
    if quick:
        yield from _compared("a rehearsed quarter", QUARTER, 7, 21)
        return
    yield from _compared("a rehearsed year", YEAR, 7, 70)
    yield from _compared("a rehearsed quarter", QUARTER, 70, 700)


def _compared(what: str, span: tuple[str, str], few: int, many: int) -> Iterator[Figure]:
    small, large = _played(few, *span), _played(many, *span)
    growth = (large.seconds / large.letters) / (small.seconds / small.letters)
    compared = f"of {few} units: {small}"
    yield Figure(f"{what} of {many} units: time a letter", str(large), compared, growth, *at_most(growth, 1.2))
    memory = large.megabytes / small.megabytes
    yield Figure(f"{what} of {many} units: memory", str(large), compared, memory, *at_most(memory, 1.2))


def _played(units: int, first: str, last: str) -> Played:
    command = [sys.executable, "-m", "benchmarks.rehearsals", str(units), first, last]
    return Played(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def play(units: int, first: date, last: date) -> Played:
    with TemporaryDirectory(prefix="dondoc-bench-") as folder:
        summary = rehearse_into(Path(folder) / "out", plan_of(units), None, first, last, lambda _: None)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Played(units, summary.letters, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


if __name__ == "__main__":
    print(json.dumps(asdict(play(int(sys.argv[1]), date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3])))))
