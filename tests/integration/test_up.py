"""`dondoc up` as a newcomer meets it: it starts, works, stops, leaves nothing behind, and carries on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.up import UP, Up


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path / "var")
    yield running
    running.stop()


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
    up.rest()  # a scheduled delivery under way would cancel ours
    run = up.begin_delivery()
    up.wait_for(lambda: up.state_of(run) == "Completed", 90)
    for flow in ("mail-delivery", "response-intake"):
        a_quiet_run_is_one_line(up, flow)
    refused = up.begin("consultation", occurrence="visit")
    up.wait_for(lambda: up.state_of(refused) == "Failed" and bool(up.told_in_prefect(refused)), 90)
    assert up.told_in_prefect(refused) == ["Còn thiếu: action. Chưa có gì thay đổi."]

    (web,) = (process for process, command in up.processes().items() if "dondoc.processes web" in command)
    os.kill(web, signal.SIGKILL)
    assert up.process.wait(20) == 1
    assert "web ended by itself" in up.log.read_text("utf-8")
    assert up.processes() == {}


def a_quiet_run_is_one_line(up: Up, flow: str) -> None:
    """On the run's page in Prefect and on the terminal."""
    before = up.log.stat().st_size
    run = up.begin(flow)
    up.wait_for(lambda: up.state_of(run) == "Completed" and bool(up.told_in_prefect(run)), 90)

    assert up.told_in_prefect(run) == [f"run.quiet run={run} flow={flow}"]
    lines = [json.loads(line) for line in up.log.read_bytes()[before:].decode().splitlines() if line.startswith("{")]
    about_runs = [line for line in lines if "run" in line or "_runs" in line["event"]]
    assert [(line["event"], line["flow"]) for line in about_runs] == [("run.quiet", flow)]


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(up: Up) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = os.environ | {"DONDOC_DATA": str(up.data), "DONDOC_SMTP_PORT": str(up.ports[0])}
        done = subprocess.run(
            [*UP, "--web-port", str(port), "--prefect-port", str(up.ports[2])],
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
