"""The processes of `dondoc up` and `dondoc serve`, one each: `python -m dondoc.processes prepare|mail|web|worker|…`.

Each imports what it needs and no more, because they all stay in memory together.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Final

from dondoc import start_run
from dondoc.automations import END_OF_DEAD_RUNS
from dondoc.config import PROJECT, Settings, read_settings
from dondoc.errors import DondocError, Unreachable
from dondoc.log import style_for, written
from dondoc.prefect_api import POOL, PrefectApi

HOST: Final = "127.0.0.1"
OURS: Final = (sys.executable, "-m", "dondoc.processes")
PREFECT: Final = (sys.executable, "-m", "prefect")
_LEFT_OVER: Final = "Dondoc was stopped during this run; the next one does what it left"
_PATIENCE = 180.0
"""Seconds that Prefect's server may take to come up, the first time with a new database on a slow machine."""


def prepare() -> None:
    """What comes before all others; tells on standard output what it found."""
    from dataclasses import asdict

    from dondoc.first_steps import prepare as take_first_steps

    print(json.dumps(asdict(take_first_steps())))


def mail(*domains: str) -> None:
    """The local mail server for these domains."""
    from dondoc.mail.local_server import run

    settings = read_settings()
    with _logging(settings):
        run(HOST, settings.smtp_port, settings.data / "mail", domains)


def web(port: str, host: str = HOST, *also: str) -> None:
    """The units' pages and the head's board, which needs no link when `open-board`; `with-mail` also the local mail."""
    import uvicorn

    from dondoc.clock import SystemClock
    from dondoc.runtime import running
    from dondoc.watching import watched
    from dondoc.web.app import create_app
    from dondoc.web.mailbox import mailbox_app

    with _logging(read_settings()), running() as dondoc:
        settings = dondoc.settings
        smtp = (settings.smtp_host, settings.smtp_port)
        inboxes = mailbox_app(settings.data / "mail", settings.templates, smtp=smtp, clock=SystemClock())
        app = create_app(
            dondoc.office,
            settings,
            mailbox=inboxes if "with-mail" in also else None,
            open_board="open-board" in also,
            deliver=lambda: dondoc.deliver(counts=False),
        )
        with watched(dondoc):
            uvicorn.run(
                app,
                host=host,
                port=int(port),
                log_config=None,
                access_log=False,
                forwarded_allow_ips=settings.trusted_proxies,
            )


def _logging(settings: Settings) -> AbstractContextManager[None]:
    """What a process that stays does is logged in any case, for nobody else tells of it."""
    return written(settings.log or style_for(sys.stderr))


def worker() -> None:
    """Puts `prefect.yaml` in force and becomes the only worker that runs what is scheduled."""
    deploy()
    _api().give_up_left_over_runs(_LEFT_OVER)
    _work("dondoc up")


def deploy() -> None:
    """Puts `prefect.yaml` in force, and the automation that cannot stand there."""
    _wait(_api().is_up, "Prefect's server did not come up")
    _api().prepare_pool(shlex.join([sys.executable, "-I", "-S", start_run.__file__]))
    deploy = subprocess.run(
        [*PREFECT, "--no-prompt", "deploy", "--all"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if deploy.returncode:
        sys.stderr.write(deploy.stdout)
        raise Unreachable("prefect.yaml was not put in force; what Prefect said stands above")
    _api().put_automation(END_OF_DEAD_RUNS)


def join(name: str, *limit: str) -> None:
    """Becomes the worker of this name, one of several; `prefect.yaml` is in force already, or will be."""
    _wait(lambda: _api().deployment("mail-delivery") is not None, "prefect.yaml was not put in force (dondoc deploy)")
    _api().give_up_left_over_runs(_LEFT_OVER, of=name)
    _work(name, *limit)


def _api() -> PrefectApi:
    return PrefectApi(os.environ["PREFECT_API_URL"], os.environ.get("PREFECT_API_AUTH_STRING"))


def _wait(ready: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        with suppress(Unreachable):
            if ready():
                return
        if time.monotonic() > deadline:
            raise Unreachable(f"{otherwise} within {_PATIENCE:.0f} seconds")
        time.sleep(0.2)


def _work(name: str, *more: str) -> None:
    _api().pass_over_missed_runs()
    os.environ["DONDOC_RUNS"] = _keep_runs_warm()
    os.execv(sys.executable, [*PREFECT, "worker", "start", "--pool", POOL, "--name", name, *more])  # noqa: S606


def _keep_runs_warm() -> str:
    """Start the process that runs are forked from; returns its socket. It ends with this process."""
    path = f"{tempfile.mkdtemp(prefix='dondoc-')}/runs"
    ends, alive = os.pipe()
    os.set_inheritable(alive, True)
    subprocess.Popen([sys.executable, "-m", "tasks.warm", path, str(ends)], cwd=PROJECT, pass_fds=[ends])
    os.close(ends)
    return path


_PROCESSES: dict[str, Callable[..., None]] = {
    process.__name__: process for process in (prepare, mail, web, worker, deploy, join)
}


def main(name: str, *arguments: str) -> int:
    try:
        _PROCESSES[name](*arguments)
    except DondocError as error:
        sys.stderr.write(f"dondoc: {error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
