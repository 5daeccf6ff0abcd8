"""Runs that start warm: one process imports what every run needs, and each run is a fork of it.

A run that starts cold spends most of its time importing Prefect and the rest, and the frequent flows run all day.
Prefect's worker is left as it is: the work pool's command is `dondoc.start_run`, which hands the run over to this
process and stands for it until it ends; without this process it starts the run cold.

    python -m tasks.warm SOCKET ALIVE    SOCKET: in a folder of its own; ALIVE: a descriptor that ends with the worker
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from prefect.context import refresh_global_settings_context

ENGINE: Final = "prefect.engine"
_USED_BY_EVERY_RUN: Final = (
    "anyio._backends._asyncio",
    "prefect.deployments.steps",
    "prefect.flow_engine",
    "prefect.runner",
    "prefect.task_engine",
    "prefect.utilities.visualization",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
)
"""What a run imports sooner or later; not the engine, which it executes as its main module."""
_LARGEST: Final = 1_000_000
"""Bytes of a request, which holds little more than the run's environment."""


def warm_up() -> None:
    """Import everything that runs use, so that each finds it there."""
    for name in (*_USED_BY_EVERY_RUN, *(f"tasks.{file.stem}" for file in Path(__file__).parent.glob("*.py"))):
        importlib.import_module(name)
    # What is here stays; a run that collected or freed it would first copy every page of it.
    gc.collect()
    gc.freeze()


class Request(NamedTuple):
    """A run that somebody asks for: where, with what environment, and the descriptors of its output and errors."""

    folder: str
    environment: dict[str, str]
    outputs: list[int]


@dataclass(slots=True)
class Runs:
    """The runs that are under way, and who waits for each."""

    listener: socket.socket
    alive: int
    waiting: dict[int, socket.socket] = field(default_factory=dict)

    def until_alone(self) -> Callable[[], None] | None:
        """Fork a run for whoever asks; returns None when the worker is gone and, in a fork, what the run has to do."""
        readable = selectors.DefaultSelector()
        ended, children = os.pipe()
        os.set_blocking(children, False)
        signal.set_wakeup_fd(children, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for source in (self.listener, self.alive, ended):
            readable.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in readable.select():
                if key.fileobj == self.alive:
                    return None
                if key.fileobj == ended:
                    os.read(ended, 4096)
                    self._tell_who_ended(readable)
                elif key.fileobj == self.listener:
                    if work := self._begin(readable):
                        readable.close()
                        return work
                else:
                    self._give_up(key.data, readable)

    def _begin(self, readable: selectors.BaseSelector) -> Callable[[], None] | None:
        """Fork the run that was asked for; returns what it has to do in the fork, and None here."""
        asker, _ = self.listener.accept()
        try:
            asked = _read(asker)
        except (OSError, ValueError):
            asker.close()  # it starts its run cold then
            return None
        child = os.fork()
        if child == 0:
            self.listener.close()
            for other in (asker, *self.waiting.values()):
                other.close()
            return lambda: _become(asked)
        for output in asked.outputs:
            os.close(output)
        self.waiting[child] = asker
        readable.register(asker, selectors.EVENT_READ, child)
        with suppress(OSError):
            asker.sendall(f"{child}\n".encode())
        return None

    def _tell_who_ended(self, readable: selectors.BaseSelector) -> None:
        while self.waiting:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            asker = self.waiting.pop(child)
            if asker in readable.get_map():
                readable.unregister(asker)
            with suppress(OSError):
                asker.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            asker.close()

    def _give_up(self, child: int, readable: selectors.BaseSelector) -> None:
        """Whoever stood for a run was killed, so the run is killed as well."""
        if child in self.waiting:  # else it has just ended, and whoever stood for it was told
            readable.unregister(self.waiting[child])
            os.kill(child, signal.SIGKILL)


def _read(asker: socket.socket) -> Request:
    """One line of JSON, `[folder, environment]`, and beside it the descriptors of the output."""
    asker.settimeout(5)
    line, outputs, _, _ = socket.recv_fds(asker, _LARGEST, 2)
    while not line.endswith(b"\n"):
        more = asker.recv(_LARGEST)
        if not more or len(line) > _LARGEST:
            raise ValueError("no whole request")
        line += more
    asker.settimeout(None)
    folder, environment = json.loads(line)
    return Request(folder, environment, outputs)


def _become(asked: Request) -> None:
    """Turn this fork into the run, as `python -m prefect.engine` in that folder and environment would be."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    for target, output in zip((1, 2), asked.outputs, strict=True):
        os.dup2(output, target)
        os.close(output)
    os.chdir(asked.folder)
    os.environ.clear()
    os.environ.update(asked.environment)
    refresh_global_settings_context()
    sys.argv = [ENGINE]
    sys.modules.pop(ENGINE, None)
    runpy.run_module(ENGINE, run_name="__main__", alter_sys=True)


def main(path: str, alive: str) -> None:
    # The worker decides when runs end; whoever stops all of us at once must not take this process away from under it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    warm_up()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(f"{path}.new")
        listener.listen()
        Path(f"{path}.new").rename(path)  # there only when somebody listens
        work = Runs(listener, int(alive)).until_alone()
    if work is not None:
        work()
    else:
        shutil.rmtree(Path(path).parent, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
