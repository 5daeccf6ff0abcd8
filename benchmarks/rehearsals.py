"""Rehearsals of more and more units: their time must grow as their letters do, and their memory not at all.

Memory is compared between a quarter and a year of the same units, for the plan itself grows with its units.

    python -m benchmarks.rehearsals UNITS FIRST LAST

plays in this process, alone, and prints what it took. Times are CPU seconds, because the machine has others to serve.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
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

    @property
    def milliseconds(self) -> float:
        """For each letter."""
        return 1000 * self.seconds / self.letters

    def __str__(self) -> str:
        took = f"{self.letters:,} letters in {self.seconds:.0f} CPU s"
        return f"{took} ({self.milliseconds:.1f} ms each), {self.megabytes:.0f} MB"


def measure(*, quick: bool) -> Iterator[Figure]:
    sizes = (7, 21, 42) if quick else (7, 700, 7000)
    few, some, many = (_played(units, *YEAR) for units in sizes)
    for large, small in ((some, few), (many, some)):
        growth = large.milliseconds / small.milliseconds
        yield _figure(large, "time a letter", f"of {small.units:,} units: {small}", growth)
    for year in (some, many):
        quarter = _played(year.units, *QUARTER)
        yield _figure(year, "memory", f"a quarter of it: {quarter}", year.megabytes / quarter.megabytes)


def _figure(year: Played, what: str, compared: str, growth: float) -> Figure:
    name = f"a rehearsed year of {year.units:,} units: {what}"
    return Figure(name, str(year), compared, growth, *at_most(growth, 1.2))


def _played(units: int, first: str, last: str) -> Played:
    command = [sys.executable, "-m", "benchmarks.rehearsals", str(units), first, last]
    return Played(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def play(units: int, first: date, last: date) -> Played:
    with TemporaryDirectory(prefix="dondoc-bench-") as folder:
        summary = rehearse_into(Path(folder) / "out", plan_of(units), None, first, last, lambda _: None)
    return Played(units, summary.letters, time.process_time(), _peak())


def _peak() -> float:
    """The most memory that this process ever had, in MB. `ru_maxrss` is at least that of whoever started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    [peak] = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(peak) / 1024


if __name__ == "__main__":
    print(json.dumps(asdict(play(int(sys.argv[1]), date.fromisoformat(sys.argv[2]), date.fromisoformat(sys.argv[3])))))
