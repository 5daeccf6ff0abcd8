"""Warm runs: forked from a process that has everything imported, they behave as runs that started cold."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from dondoc import start_run
from dondoc.config import PROJECT

_RUN = "0198f0a4-7a52-7b77-8f5b-0e3f6f6f0001"


@dataclass
class Warm:
    """The warm process, kept alive by a pipe as a worker would."""

    socket: Path
    process: subprocess.Popen[bytes]
    alive: int

    def start(self, **environment: str) -> subprocess.Popen[str]:
        """What the worker starts for a run."""
        return subprocess.Popen(
            [sys.executable, "-I", "-S", start_run.__file__],
            env=os.environ | {"DONDOC_RUNS": str(self.socket)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    path = tmp_path_factory.mktemp("warm") / "s" / "runs"
    path.parent.mkdir()
    ends, alive = os.pipe()
    process = subprocess.Popen([sys.executable, "-m", "tasks.warm", str(path), str(ends)], cwd=PROJECT, pass_fds=[ends])
    os.close(ends)
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    yield Warm(path, process, alive)
    with suppress(OSError):
        os.close(alive)
    assert process.wait(10) == 0
    assert not path.parent.exists(), "it left its socket behind"


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """Takes connections and never answers, so that a run waits for as long as a test needs it to."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(30)
        yield server


def _url(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/api"


def test_output_and_exit_status_are_the_run_s_own(warm: Warm) -> None:
    run = warm.start(PREFECT__FLOW_RUN_ID="no id")
    said, _ = run.communicate(timeout=30)
    assert "Invalid flow run id" in said
    assert run.returncode == 1


def test_a_run_sees_the_environment_that_it_was_given(warm: Warm, silent_server: socket.socket) -> None:
    run = warm.start(PREFECT__FLOW_RUN_ID=_RUN, PREFECT_API_URL=_url(silent_server))
    asking, _ = silent_server.accept()
    with asking:
        assert asking.recv(100).startswith(b"GET /api/")
        run.kill()
    run.communicate(timeout=30)


def test_a_signal_goes_on_to_the_run_and_ends_both(warm: Warm, silent_server: socket.socket) -> None:
    run = warm.start(PREFECT__FLOW_RUN_ID=_RUN, PREFECT_API_URL=_url(silent_server))
    asking, _ = silent_server.accept()
    with asking:
        asking.settimeout(30)
        asking.recv(65536)
        run.terminate()
        assert asking.recv(65536) == b"", "the run goes on"
    run.communicate(timeout=30)
    assert run.returncode == -signal.SIGTERM


def test_a_run_dies_with_what_stands_for_it(warm: Warm, silent_server: socket.socket) -> None:
    run = warm.start(PREFECT__FLOW_RUN_ID=_RUN, PREFECT_API_URL=_url(silent_server))
    asking, _ = silent_server.accept()
    with asking:
        asking.settimeout(30)
        asking.recv(65536)
        run.kill()
        with suppress(ConnectionResetError):
            assert asking.recv(65536) == b"", "the run goes on"
    run.communicate(timeout=30)


def test_nonsense_at_the_socket_harms_no_later_run(warm: Warm) -> None:
    for nonsense in (b"", b"[1]\n", b"{", b"\n"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.connect(str(warm.socket))
            asking.sendall(nonsense)
    run = warm.start(PREFECT__FLOW_RUN_ID="no id")
    assert run.communicate(timeout=30)[0].count("Invalid flow run id") == 1


def test_without_the_warm_process_a_run_starts_cold(warm: Warm, tmp_path: Path) -> None:
    run = warm.start(PREFECT__FLOW_RUN_ID="no id", DONDOC_RUNS=str(tmp_path / "nobody"))
    said, _ = run.communicate(timeout=60)
    assert "Invalid flow run id" in said
    assert run.returncode == 1


def test_runs_go_on_beside_each_other(warm: Warm, silent_server: socket.socket) -> None:
    waiting = warm.start(PREFECT__FLOW_RUN_ID=_RUN, PREFECT_API_URL=_url(silent_server))
    asking, _ = silent_server.accept()
    other = warm.start(PREFECT__FLOW_RUN_ID="no id")
    other.communicate(timeout=30)
    assert other.returncode == 1
    assert waiting.poll() is None
    asking.close()
    waiting.kill()
    waiting.communicate(timeout=30)
