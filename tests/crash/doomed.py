"""The processes that are killed. Each is a fork of one that has imported everything, and does one piece of work.

python -m tests.crash.doomed    takes a task a line, as JSON; tells the process that does it, then how it ended
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite
import uvicorn

import dondoc.cli.money
import dondoc.cli.office
import dondoc.cli.safety
import dondoc.services.decide
import dondoc.services.reconcile
from dondoc.cli import group
from dondoc.clock import SetClock
from dondoc.errors import DondocError
from dondoc.runtime import running
from dondoc.services.rehearse import Rehearsal, take
from dondoc.services.script import Step
from dondoc.web.app import create_app
from tests.crash.points import Board, Fatal, Points
from tests.integration.bank import YTE, an_agreed_visit, take_in

_READY = (dondoc.cli, dondoc.services, sqlalchemy.dialects)
"""Imported so that no task has to."""


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work: the words of a command, what people do on their pages, or serving those pages."""

    environment: dict[str, str]
    board: str
    """The file on which it tells how far it is."""
    said: str
    """The file into which it speaks."""
    command: list[str] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    """Steps of a script."""
    plan: str = ""
    at: str = ""
    """The moment of `acts`, or of the pages when there is neither a command nor an act."""
    fatal: dict[str, Any] | None = None


def _do(task: Task, board: Board) -> int:
    if task.command:
        return int(group.main(task.command, "dondoc", standalone_mode=False) or 0)
    with running(datetime.fromisoformat(task.at)) as dondoc:
        if task.acts:
            clock = SetClock(dondoc.office.clock.now())
            stage = Rehearsal(dondoc.office, clock, Path(), _no_file, _no_file, lambda _: None)
            for act in task.acts:
                take(stage, Step.model_validate(act), task.plan)
            return 0
        listener = socket.create_server(("127.0.0.1", 0))
        board.listens(listener.getsockname()[1])
        pages = create_app(dondoc.office, dondoc.settings)
        uvicorn.Server(uvicorn.Config(pages, log_level="critical", ws="none")).run(sockets=[listener])
    return 0


def _no_file(path: str) -> Any:
    raise AssertionError(f"an act reads no file, but wants {path}")


def _become(task: Task) -> int:
    """Do the work in this fork."""
    said = os.open(task.said, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(source, target)
    os.environ.update(task.environment)
    board = Board(Path(task.board))
    points = Points(board, Fatal(**task.fatal) if task.fatal else None)
    points.watch()
    try:
        status = _do(task, board)
    except DondocError as error:
        print(error, flush=True)
        status = error.exit_status
    except SystemExit as end:
        status = int(end.code or 0)
    points.reach("end")
    return status


def _warm_up() -> None:
    """Work for a day in an office of its own, so that templates and the like are read once and not by every fork."""
    with tempfile.TemporaryDirectory() as folder, an_agreed_visit(Path(folder)) as desk:
        take_in(desk, ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
        create_app(desk.office, desk.settings)
        letters = desk.office.stationery.renderer._environment
        for name in letters.list_templates():
            letters.get_template(name)
    # What is here stays; a fork that collected or freed it would first copy every page of it.
    gc.collect()


def obey() -> None:
    _warm_up()
    gc.freeze()
    print("ready", flush=True)
    while line := sys.stdin.readline():
        task = Task(**json.loads(line))
        child = os.fork()
        if child == 0:
            status = 70
            try:
                status = _become(task)
            except BaseException:  # noqa: BLE001 - the fork must end here, whatever happened in it
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                os._exit(status)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def as_line(task: Task) -> str:
    return json.dumps(asdict(task)) + "\n"


if __name__ == "__main__":
    obey()
