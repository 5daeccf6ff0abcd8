"""What a day costs on which nothing happens: CPU time of each process of `dondoc up`, and growth of Prefect's database.

    python -m benchmarks.idle [--minutes 20] [--json FILE]

Starts an installation of its own, lets it settle, and watches it while its schedules run. Times come from /proc, so
this needs Linux. A run is compared with the bare import of Prefect in the same minutes: what it would cost to start it
cold, before it has done anything.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

GOAL = 10.0
"""CPU minutes that a day of runs and pages may take."""
_DAY = 24 * 60
_TICKS = os.sysconf("SC_CLK_TCK")
_PARTS = {
    "dondoc.processes web": "pages",
    "dondoc.processes mail": "local mail",
    "tasks.warm": "runs",
    "prefect server": "Prefect's server",
    "prefect worker": "Prefect's worker",
    " up ": "supervisor",
}


@dataclass(frozen=True, slots=True)
class Idle:
    """A watched stretch of an idle installation, brought to the length of a day."""

    minutes: float
    runs: int
    cpu_minutes: dict[str, float]
    runs_and_pages: float
    seconds_a_run: float
    run_against_cold_import: float
    prefect_megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description="What a day costs on which nothing happens.")
    parser.add_argument("--minutes", type=float, default=20, help="how long to watch (20)")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    asked = parser.parse_args()
    idle = measure(asked.minutes)
    if asked.json:
        asked.json.write_text(json.dumps(asdict(idle), indent=2) + "\n", "utf-8")
    for part, minutes in sorted(idle.cpu_minutes.items(), key=lambda line: -line[1]):
        print(f"{part:20} {minutes:6.1f} CPU minutes a day")
    print(f"{'runs and pages':20} {idle.runs_and_pages:6.1f}   (goal: under {GOAL:.0f})")
    print(f"{idle.runs} runs in {idle.minutes:.0f} minutes, {idle.seconds_a_run:.2f} CPU seconds each:", end=" ")
    print(f"{idle.run_against_cold_import:.2f} of importing Prefect in a new process")
    print(f"Prefect's database grows by {idle.prefect_megabytes:.1f} MB a day")


def measure(minutes: float) -> Idle:
    with tempfile.TemporaryDirectory(prefix="dondoc-idle-") as folder:
        data, log = Path(folder) / "var", Path(folder) / "log"
        data.mkdir()
        with log.open("wb") as out:
            arguments, settings = _settings(data)
            command = [sys.executable, "-c", "from dondoc.cli import main; main()", "up", *arguments]
            up = subprocess.Popen(command, env=os.environ | settings, stdout=out, stderr=out, start_new_session=True)
        try:
            while "is running" not in log.read_text("utf-8"):
                if up.poll() is not None:
                    sys.exit(log.read_text("utf-8"))
                time.sleep(1)
            time.sleep(60)  # what only a start costs is over
            cpu, (size, ended), began = _spent(data), _prefect_record(data), time.monotonic()
            time.sleep(minutes * 60)
            cpu_after, (size_after, ended_after) = _spent(data), _prefect_record(data)
            days = (time.monotonic() - began) / 60 / _DAY
        finally:
            os.killpg(up.pid, signal.SIGINT)
            up.wait()
    seconds = {part: cpu_after[part] - cpu[part] for part in cpu_after}
    a_run = seconds["runs"] / max(ended_after - ended, 1)
    return Idle(
        minutes=minutes,
        runs=ended_after - ended,
        cpu_minutes={part: used / days / 60 for part, used in seconds.items()},
        runs_and_pages=sum(seconds.get(part, 0) for part in ("runs", "pages", "local mail")) / days / 60,
        seconds_a_run=a_run,
        run_against_cold_import=a_run / _cold_import(),
        prefect_megabytes=(size_after - size) / days / 1e6,
    )


def _settings(data: Path) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment of an installation with data and ports of its own."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    mail, web, prefect = (str(probe.getsockname()[1]) for probe in probes)
    for probe in probes:
        probe.close()
    return ["--web-port", web, "--prefect-port", prefect], {"DONDOC_DATA": str(data), "DONDOC_SMTP_PORT": mail}


def _spent(data: Path) -> dict[str, float]:
    """CPU seconds so far, by part; those of a part's ended children count as its own."""
    seconds: dict[str, float] = defaultdict(float)
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"DONDOC_DATA={data}".encode() not in (process / "environ").read_bytes():
                continue
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            numbers = (process / "stat").read_text().rsplit(")", 1)[1].split()
            part = next((part for words, part in _PARTS.items() if words in command), "other")
            seconds[part] += sum(int(number) for number in numbers[11:15]) / _TICKS
    return seconds


def _prefect_record(data: Path) -> tuple[int, int]:
    """Bytes in use of Prefect's database, and how many flow runs have ended."""
    with closing(sqlite3.connect(data / "prefect/prefect.db")) as db:
        ((pages,),) = db.execute("PRAGMA page_count")
        ((free,),) = db.execute("PRAGMA freelist_count")
        ((size,),) = db.execute("PRAGMA page_size")
        ((ended,),) = db.execute("SELECT count(*) FROM flow_run WHERE end_time IS NOT NULL")
    return (pages - free) * size, ended


def _cold_import() -> float:
    """CPU seconds of importing what the engine imports, in a new process; the median of three."""
    seconds = []
    for _ in range(3):
        before = _children()
        subprocess.run([sys.executable, "-c", "import prefect.flow_engine"], check=True)
        seconds.append(_children() - before)
    return sorted(seconds)[1]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
