"""Two Prefect servers, their services and two workers, as if on several machines: PostgreSQL and Redis between them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dondoc.config import PREFECT_USER, PROJECT
from dondoc.errors import Unreachable
from dondoc.prefect_api import PrefectApi
from tests.integration.ports import free_port

REDIS = shutil.which("redis-server")
_DONDOC = (sys.executable, "-c", "from dondoc.cli import main; main()")


@dataclass
class Machines:
    """The processes by name, each the leader of a group of its own, so that a run dies with its worker."""

    folder: Path
    environment: Mapping[str, str]
    ports: tuple[int, int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def api(self, number: int = 0) -> PrefectApi:
        return PrefectApi(f"{self.url(number)}/api", f"{PREFECT_USER}:{self.environment['DONDOC_PREFECT_PASSWORD']}")

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.ports[number]}"

    def start(self, name: str, *command: str, **given: str) -> None:
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*_DONDOC, *command],
                cwd=PROJECT,
                env={**os.environ, **self.environment, **given},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_worker(self, name: str, server: int) -> None:
        """One run at a time, so that the next one goes to another worker."""
        self.start(name, "serve", "worker", "--name", name, "--limit", "1", DONDOC_PREFECT_URL=self.url(server))

    def kill(self, name: str) -> None:
        """Pull its plug."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait(20)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def do(self, *command: str) -> str:
        """Run a command to its end; returns what it said."""
        done = subprocess.run(
            [*_DONDOC, *command],
            cwd=PROJECT,
            env={**os.environ, **self.environment, "DONDOC_PREFECT_URL": self.url(0)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def wait_for(self, what: Callable[[], bool], why: str, seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while True:
            with suppress(Unreachable):
                if what():
                    return
            ended = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not ended, f"{ended[0]} ended: {self.log(ended[0]).read_text('utf-8')}"
            assert time.monotonic() < end, f"{why}: {self.said()}"
            time.sleep(0.1)

    def said(self) -> str:
        return "\n".join(
            f"== {log.name}\n{log.read_text('utf-8')[-3000:]}" for log in sorted(self.folder.glob("*.log"))
        )

    def begin(self, deployment: str, server: int = 0, **parameters: str) -> str:
        """Start a run by hand; returns its id."""
        found = self.api(server).deployment(deployment)
        assert found is not None
        return self.api(server).start(found, parameters).id

    def state_of(self, run: str) -> str:
        return self.api(1).flow_run(run).state

    def worker_of(self, run: str) -> str | None:
        """The worker that took it; None before."""
        labels: dict[str, str] = self.api()._call("GET", f"/flow_runs/{run}")["labels"]
        return labels.get("prefect.worker.name")

    def stop(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


@contextmanager
def redis(folder: Path, password: str = "") -> Iterator[str]:
    """The URL of a Redis that keeps nothing; it asks for the password, if there is one."""
    assert REDIS is not None
    port = free_port()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    asking = ["--requirepass", password] if password else []
    process = subprocess.Popen([*command, "--dir", str(folder), *asking], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://:{password}@127.0.0.1:{port}/0" if password else f"redis://127.0.0.1:{port}/0"
    finally:
        process.kill()
        process.wait(20)
