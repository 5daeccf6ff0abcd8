"""`dondoc up` as a newcomer meets it: it starts, works, stops, leaves nothing behind, and carries on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from dondoc.config import PROJECT
from dondoc.prefect_api import PrefectApi

_UP = (sys.executable, "-c", "from dondoc.cli import main; main()", "up")


@dataclass
class Up:
    """A running `dondoc up` with ports and data of its own."""

    data: Path
    ports: tuple[int, int, int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.data.parent / "up.log"

    @property
    def prefect(self) -> PrefectApi:
        return PrefectApi(f"http://127.0.0.1:{self.ports[2]}/api")

    def start(self) -> None:
        mail, web, prefect = self.ports
        given = {
            "DONDOC_DATA": str(self.data),
            "DONDOC_SMTP_PORT": str(mail),
            "DONDOC_WEB_PORT": str(web),
            "DONDOC_PREFECT_PORT": str(prefect),
            "PREFECT_API_URL": "http://127.0.0.1:9/api",  # the user's own Prefect, which is none of our business
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                _UP, cwd=PROJECT, env=os.environ | given, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_for(lambda: "is running" in self.log.read_text("utf-8"), 100)

    def page(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[1]}{path}", timeout=10) as answer:
            content: bytes = answer.read()
        return content.decode()

    def wait_for(self, what: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert self.process is None or self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < end, self.log.read_text("utf-8")
            time.sleep(0.2)

    def begin_delivery(self) -> str:
        deployment = self.prefect.deployment("mail-delivery")
        assert deployment is not None
        return self.prefect.start(deployment, {}).id

    def state_of(self, run: str) -> str:
        return self.prefect.flow_run(run).state

    def processes(self) -> dict[int, str]:
        """Every process on this machine that works on our data, with its command."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"DONDOC_DATA={self.data}".encode() in (process / "environ").read_bytes():
                    found[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def letters(self) -> int:
        return len(list((self.data / "mail").glob("*/new/*")))

    def scheduled(self) -> int:
        wanted = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
        return len(self.prefect._call("POST", "/flow_runs/filter", wanted))


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path / "var", _free_ports())
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.terminate()
        running.process.wait(20)


def _free_ports() -> tuple[int, int, int]:
    with closing(socket.socket()) as a, closing(socket.socket()) as b, closing(socket.socket()) as c:
        for probe in (a, b, c):
            probe.bind(("127.0.0.1", 0))
        return a.getsockname()[1], b.getsockname()[1], c.getsockname()[1]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_it_starts_works_stops_cleanly_and_carries_on(up: Up) -> None:
    up.start()
    assert "quarterly-visit" in up.log.read_text("utf-8")
    assert up.page("/bang")
    assert "so-y-te@example.org" in up.page("/hop-thu-thu/")
    letters = up.letters()
    assert letters >= 7
    up.wait_for(lambda: up.scheduled() > 0, 20)

    interrupted = up.begin_delivery()
    up.wait_for(lambda: up.state_of(interrupted) != "Scheduled", 30)
    assert up.process is not None
    os.killpg(up.process.pid, signal.SIGINT)
    assert up.process.wait(20) == 0
    assert up.processes() == {}

    up.start()
    assert up.letters() == letters, "the second start sent something again"
    assert up.state_of(interrupted) in ("Crashed", "Completed", "Cancelled")
    run = up.begin_delivery()
    up.wait_for(lambda: up.state_of(run) == "Completed", 40)

    (web,) = (process for process, command in up.processes().items() if "dondoc.processes web" in command)
    os.kill(web, signal.SIGKILL)
    assert up.process.wait(20) == 1
    assert "web ended by itself" in up.log.read_text("utf-8")
    assert up.processes() == {}


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(up: Up) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = os.environ | {"DONDOC_DATA": str(up.data), "DONDOC_SMTP_PORT": str(up.ports[0])}
        done = subprocess.run(
            [*_UP, "--web-port", str(port), "--prefect-port", str(up.ports[2])],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert f"port {port}" in done.stderr
    assert "DONDOC_WEB_PORT" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not up.data.exists()
