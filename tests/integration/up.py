"""A real `dondoc up` with ports and data of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dondoc.config import PREFECT_PASSWORD, PREFECT_USER, PROJECT
from dondoc.prefect_api import PrefectApi
from tests.integration.ports import free_port

UP = (sys.executable, "-c", "from dondoc.cli import main; main()", "up")


@dataclass
class Up:
    """A running `dondoc up` with ports and data of its own."""

    data: Path
    ports: tuple[int, int, int] = field(default_factory=lambda: (free_port(), free_port(), free_port()))
    """Of mail, pages and Prefect."""
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    password: str | None = None
    """Prefect's, when it was given."""

    @property
    def log(self) -> Path:
        return self.data.parent / "up.log"

    @property
    def prefect(self) -> PrefectApi:
        return PrefectApi(f"{self.prefect_url}/api", self.access)

    @property
    def prefect_url(self) -> str:
        return f"http://127.0.0.1:{self.ports[2]}"

    @property
    def access(self) -> str | None:
        """What Prefect asks for; None when no password was given or made."""
        kept = self.data / PREFECT_PASSWORD
        password = self.password or (kept.read_text("ascii") if kept.exists() else None)
        return f"{PREFECT_USER}:{password}" if password else None

    def start(self, **settings: str) -> None:
        mail, web, prefect = self.ports
        self.password = settings.get("DONDOC_PREFECT_PASSWORD")
        given = {
            "DONDOC_DATA": str(self.data),
            "DONDOC_SMTP_PORT": str(mail),
            "DONDOC_WEB_PORT": str(web),
            "DONDOC_PREFECT_PORT": str(prefect),
            "PREFECT_API_URL": "http://127.0.0.1:9/api",  # the user's own Prefect, which is none of our business
            **settings,
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*UP, *self.options],
                cwd=PROJECT,
                env=os.environ | given,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_for(lambda: "is running" in self.log.read_text("utf-8"), 150)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

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
        return self.begin("mail-delivery")

    def begin(self, name: str, **parameters: str) -> str:
        deployment = self.prefect.deployment(name)
        assert deployment is not None
        return self.prefect.start(deployment, parameters).id

    def rest(self) -> None:
        """From now on only what is begun by hand runs, whatever the hour."""
        stop_schedules(self.prefect)
        under_way = {"flow_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}}}
        self.wait_for(lambda: not self.prefect._call("POST", "/flow_runs/filter", under_way), 60)

    def state_of(self, run: str) -> str:
        return self.prefect.flow_run(run).state

    def told_in_prefect(self, run: str) -> list[str]:
        """The lines that the page of a run shows."""
        of_the_run = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": "TIMESTAMP_ASC"}
        return [line["message"] for line in self.prefect._call("POST", "/logs/filter", of_the_run)]

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


def stop_schedules(prefect: PrefectApi) -> None:
    for deployment in prefect._call("POST", "/deployments/filter", {}):
        prefect._call("PATCH", f"/deployments/{deployment['id']}", {"paused": True})
