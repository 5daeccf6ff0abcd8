"""Running the processes of `dondoc up` side by side, saying where to look, and leaving none of them behind."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer

from dondoc.clock import SystemClock
from dondoc.config import PREFECT_PASSWORD, PREFECT_USER
from dondoc.errors import Unreachable
from dondoc.prefect_api import PrefectApi
from dondoc.processes import OURS
from dondoc.site import Site

_IMPATIENT = 120.0
"""Seconds after which we say what does not answer yet, and go on waiting."""


def run(site: Site, began: float) -> None:
    """Run everything until Ctrl-C, SIGTERM or the terminal's end.

    Raises Unreachable when a process ends by itself; leaves when it cannot even begin.
    """
    environment = site.environment()
    first = subprocess.run([*OURS, "prepare"], env=environment, stdout=subprocess.PIPE, check=False)
    if first.returncode:
        sys.exit(first.returncode)
    prepared = json.loads(first.stdout)
    crew = _Crew(_Printer(sys.stdout, prefix=site.log == "text"), lambda: _announce(site, prepared, began))
    for name, command in site.commands(prepared["domains"]):
        crew.add_process(name, f"exec {shlex.join(command)}", env=environment)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    try:
        crew.loop()
    finally:
        crew.leave_nothing_behind()
    if crew.gone_first:
        raise Unreachable(
            f"{', '.join(crew.gone_first)} ended by itself, so everything was stopped; see its last lines"
        )


class _Crew(Manager):  # type: ignore[misc]  # honcho has no types
    """honcho's manager, with a thread beside it, and a memory of who ended first."""

    def __init__(self, printer: _Printer, beside: Callable[[], None]) -> None:
        super().__init__(printer)
        self.gone_first: list[str] = []
        self._beside = beside

    def _start(self) -> None:
        super()._start()
        # Only now, because honcho forks to start a process, and a thread does not survive that.
        threading.Thread(target=self._beside, daemon=True).start()

    def terminate(self) -> None:
        if not self._terminating:
            self.gone_first = [name for name, process in self._processes.items() if "returncode" in process]
        super().terminate()

    def leave_nothing_behind(self) -> None:
        """Kill whoever is left of the groups, such as a run whose worker was killed for being slow."""
        for process in self._processes.values():
            if "pid" in process:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process["pid"], signal.SIGKILL)


class _Printer(Printer):  # type: ignore[misc]
    """Goes on without a word when the terminal is gone, because stopping still takes a while then."""

    def write(self, message: Any) -> None:
        with suppress(OSError):
            super().write(message)


def _announce(site: Site, prepared: Mapping[str, Any], began: float) -> None:
    """Say where to look, once everything answers and this quarter's consultation has been opened."""
    started, prefect = SystemClock().now(), PrefectApi(f"{site.prefect_url}/api", site.prefect_access)
    _wait(prefect.is_up, "Prefect")
    _wait(lambda: _answers(f"{site.web_url}/health"), "the pages")
    opened = _open(prefect, prepared["to_open"]) if prepared["to_open"] else ""
    _wait(lambda: prefect.worker_was_seen(started), "the worker")
    with suppress(OSError):
        print(_words(site, prepared, opened, time.monotonic() - began), flush=True)


def _open(prefect: PrefectApi, quarter: str) -> str:
    """Have the real flow open the quarter's consultation; returns what became of it."""
    _wait(lambda: prefect.deployment("quarterly-visit") is not None, "the deployment of prefect.yaml")
    deployment = prefect.deployment("quarterly-visit")
    assert deployment is not None  # noqa: S101 - it was there just now
    first = prefect.start(deployment, {"quarter": quarter})
    _wait(lambda: prefect.flow_run(first.id).is_over, "the first run")
    done = prefect.flow_run(first.id)
    return f"{done.name}: {done.state}" + (f" ({done.message})" if done.message else "")


def _wait(answers: Callable[[], bool], what: str) -> None:
    impatient_at = time.monotonic() + _IMPATIENT
    while True:
        with suppress(Unreachable):
            if answers():
                return
        if time.monotonic() > impatient_at:
            print(f"still waiting for {what}", flush=True)
            impatient_at += _IMPATIENT
        time.sleep(0.25)


def _answers(url: str) -> bool:
    try:
        with _DIRECTLY.open(url, timeout=10):
            return True
    except urllib.error.HTTPError:
        return True  # what it has to complain of, it tells those who ask for it
    except OSError:
        return False


_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


_NO_OPERATOR = "  Chưa đặt / not set: DONDOC_OPERATOR (sự cố chỉ hiện trên bảng / incidents show on the board only)"
_NO_MAIL = "  Chưa đặt / not set: DONDOC_SMTP_HOST (thư không rời máy này / no letter leaves this machine)"


def _words(site: Site, prepared: Mapping[str, Any], opened: str, seconds: float) -> str:
    """What the newcomer reads."""
    not_set = (
        *((_NO_MAIL,) if site.has_local_mail and not site.is_trial else ()),
        *((_NO_OPERATOR,) if not site.settings.operator else ()),
    )
    lines = (
        f"Dondoc đang chạy / is running: {', '.join(prepared['plans'])} ({seconds:.0f} s)",
        "",
        *(_for_a_trial(site) if site.is_trial else _for_production(site)),
        *(_sign_in(site) if site.prefect_access else ()),
        *(("", f"  {opened}") if opened else ()),
        *(("", *not_set) if not_set else ()),
        "",
        f"  Dữ liệu / data: {site.settings.data}    Dừng / stop: Ctrl-C",
    )
    return "\n" + "\n".join(lines) + "\n"


def _for_a_trial(site: Site) -> tuple[str, ...]:
    mail = f"{site.web_url}/hop-thu-thu" if site.has_local_mail else _through(site)
    return (
        f"  Bảng theo dõi / board    {site.web_url}/bang",
        f"  Thư thử / test mail      {mail}",
        f"  Lịch chạy / Prefect      {site.prefect_url}",
    )


def _for_production(site: Site) -> tuple[str, ...]:
    mail = f"{site.settings.data / 'mail'}" if site.has_local_mail else _through(site)
    return (
        f"  Bảng theo dõi / board    {site.web_url}/bang",
        "    Đăng nhập bằng thư gửi tới địa chỉ ghi trong kế hoạch / sign in by a letter to an address of the plan",
        f"  Thư / mail               {mail}",
        f"  Lịch chạy / Prefect      {site.prefect_url}",
    )


def _through(site: Site) -> str:
    return f"qua / through {site.settings.mail_account}"


def _sign_in(site: Site) -> tuple[str, ...]:
    """Where the password stands, and not the password: what is printed here may end up in a journal."""
    where = "DONDOC_PREFECT_PASSWORD" if site.settings.prefect_password else site.settings.data / PREFECT_PASSWORD
    return (f"    Đăng nhập / sign in: {PREFECT_USER}:… và mật khẩu trong / with the password in {where}",)
