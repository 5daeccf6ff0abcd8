"""The processes that `dondoc up` runs side by side, one each: `python -m dondoc.processes mail|web|worker`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable

from dondoc.config import PROJECT
from dondoc.errors import DondocError, Unreachable
from dondoc.prefect_api import POOL, PrefectApi

HOST = "127.0.0.1"
_DOMAIN = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_PATIENCE = 180.0
"""Seconds that Prefect's server may take to come up, the first time with a new database on a slow machine."""


def mail() -> None:
    """The local mail server, for the domains of everybody whom the loaded plans name, and our own."""
    from dondoc.mail.local_server import run
    from dondoc.runtime import running
    from dondoc.store.queries import active_plans

    with running() as dondoc, dondoc.office.sessions.reading() as session:
        settings = dondoc.settings
        texts = [settings.mail_from, settings.reply_address, settings.bounce_address]
        texts += [plan.document for plan in active_plans(session)]
    domains = {domain for text in texts for domain in _DOMAIN.findall(text)}
    run(HOST, settings.smtp_port, settings.data / "mail", domains)


def web() -> None:
    """The units' pages, the head's board, and the page that shows the local mail."""
    import uvicorn

    from dondoc.clock import SystemClock
    from dondoc.runtime import running
    from dondoc.web.app import create_app
    from dondoc.web.mailbox import mailbox_app

    with running() as dondoc:
        settings = dondoc.settings
        smtp = (settings.smtp_host, settings.smtp_port)
        inboxes = mailbox_app(settings.data / "mail", settings.templates, smtp=smtp, clock=SystemClock())
        app = create_app(dondoc.office, mailbox=inboxes if has_local_mail() else None, open_board=True)
        uvicorn.run(app, host=HOST, port=int(os.environ["DONDOC_WEB_PORT"]), log_level="warning", access_log=False)


def worker() -> None:
    """Puts `prefect.yaml` in force and becomes the worker that runs what is scheduled."""
    prefect = PrefectApi(os.environ["PREFECT_API_URL"])
    deadline = time.monotonic() + _PATIENCE
    while not prefect.is_up():
        if time.monotonic() > deadline:
            raise Unreachable(f"Prefect's server did not come up within {_PATIENCE:.0f} seconds")
        time.sleep(0.2)
    prefect.prepare_pool(shlex.join([sys.executable, "-m", "prefect.engine"]))
    prefect.give_up_left_over_runs("Dondoc was stopped during this run; the next one does what it left")
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
    os.execv(sys.executable, [*PREFECT, "worker", "start", "--pool", POOL, "--name", "dondoc up"])  # noqa: S606


def has_local_mail() -> bool:
    return os.environ.get("DONDOC_LOCAL_MAIL") == "1"


PREFECT = (sys.executable, "-m", "prefect")
_PROCESSES: dict[str, Callable[[], None]] = {"mail": mail, "web": web, "worker": worker}


def main(name: str) -> int:
    try:
        _PROCESSES[name]()
    except DondocError as error:
        sys.stderr.write(f"dondoc {name}: {error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
