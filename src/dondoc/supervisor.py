"""Running the processes of `dondoc up` side by side, saying where to look, and leaving none of them behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from honcho.manager import Manager
from honcho.printer import Printer
from pydantic import SecretStr

from dondoc.automations import HEARTBEAT
from dondoc.clock import SystemClock
from dondoc.config import Settings
from dondoc.errors import Unreachable
from dondoc.log import Style, style_for
from dondoc.prefect_api import PrefectApi
from dondoc.processes import HOST, PREFECT

_OURS = (sys.executable, "-m", "dondoc.processes")
_IMPATIENT = 120.0
"""Seconds after which we say what does not answer yet, and go on waiting."""


_SERVICES = "PREFECT_SERVER_SERVICES_"
_QUIET = {
    # Nothing here pauses, and nothing is cancelled so often that it could not wait a minute.
    f"{_SERVICES}PAUSE_EXPIRATIONS_LOOP_SECONDS": "600",
    f"{_SERVICES}CANCELLATION_CLEANUP_LOOP_SECONDS": "60",
    f"{_SERVICES}CLEANUP_RECONCILER_LOOP_SECONDS": "60",
    f"{_SERVICES}FOREMAN_LOOP_SECONDS": "60",
    f"{_SERVICES}LATE_RUNS_LOOP_SECONDS": "60",
    f"{_SERVICES}REPOSSESSOR_LOOP_SECONDS": "30",
}
"""What Prefect's own server does less often than it would, because a small office's machine has nothing for it."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything listens, on this machine only."""

    settings: Settings
    web_port: int
    prefect_port: int

    @property
    def has_local_mail(self) -> bool:
        return self.settings.has_local_mail

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def prefect_url(self) -> str:
        return self.settings.prefect_url.rstrip("/") or f"http://{HOST}:{self.prefect_port}"

    @property
    def log(self) -> Style:
        """What all processes write, Prefect's too."""
        return self.settings.log or style_for(sys.stdout)

    def ports(self) -> Iterator[tuple[int, str]]:
        """Every port, with the setting that changes it."""
        if self.has_local_mail:
            yield self.settings.smtp_port, "DONDOC_SMTP_PORT"
        yield self.web_port, "DONDOC_WEB_PORT"
        yield self.prefect_port, "DONDOC_PREFECT_PORT"

    def commands(self, domains: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        if self.has_local_mail:
            yield "mail", (*_OURS, "mail", *domains)
        also = ["open-board", *(["with-mail"] if self.has_local_mail else [])]
        yield "web", (*_OURS, "web", str(self.web_port), HOST, *also)
        yield "prefect", (*PREFECT, "server", "start", "--host", HOST, "--port", str(self.prefect_port))
        yield "worker", (*_OURS, "worker")

    def environment(self) -> dict[str, str]:
        """What every process gets: our settings, and a Prefect of our own that leaves the user's alone."""
        home = self.settings.data.resolve()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        given = {
            f"DONDOC_{name.upper()}": _word(getattr(self.settings, name)) for name in self.settings.model_fields_set
        }
        return {
            **inherited,
            "DONDOC_PUBLIC_URL": self.web_url,
            "DONDOC_LOG": self.log,
            **given,
            "DONDOC_DATA": str(home),
            "NO_PROXY": ",".join({HOST, "localhost", urlsplit(self.prefect_url).hostname or HOST}),
            "PYTHONUNBUFFERED": "1",
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_API_URL": f"{self.prefect_url}/api",
            "PREFECT_SERVER_UI_API_URL": "/api",
            # By default it is copied to beside the program, where a service may not write.
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "prefect" / "ui"),
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            # On disk, so that a place held by a run that was killed is given back after a restart.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            "PREFECT_WORKER_QUERY_SECONDS": "10",
            **_QUIET,
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT),
            # Runs are kept as long as Prefect keeps them by default, 90 days, and then really removed.
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            **self._shared(),
            **(_PREFECT_IN_JSON if self.log == "json" else {}),
        }

    def _shared(self) -> dict[str, str]:
        """What several Prefect servers share: their database, and Redis for everything that one keeps in memory."""
        settings, shared = self.settings, {}
        if settings.prefect_database_url:
            shared["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = prefect_database(settings.prefect_database_url)
        if settings.redis_url:
            shared |= {
                "PREFECT_REDIS_MESSAGING_URL": settings.redis_url,
                "PREFECT_SERVER_DOCKET_URL": settings.redis_url,
                "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
                "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
                "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
                "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
                "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
            }
        return shared


_PREFECT_IN_JSON = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
    "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": "dondoc.log.Json",
    "PREFECT_LOGGING_FORMATTERS_JSON_FORMAT": "%(message)s",
}


def prefect_database(url: str) -> str:
    """A database URL as Prefect wants it: with the driver that comes with it."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+asyncpg://", url)


def run(site: Site, began: float) -> None:
    """Run everything until Ctrl-C, SIGTERM or the terminal's end.

    Raises Unreachable when a process ends by itself; leaves when it cannot even begin.
    """
    environment = site.environment()
    first = subprocess.run([*_OURS, "prepare"], env=environment, stdout=subprocess.PIPE, check=False)
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
    started, prefect = SystemClock().now(), PrefectApi(f"{site.prefect_url}/api")
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


def _words(site: Site, prepared: Mapping[str, Any], opened: str, seconds: float) -> str:
    """What the newcomer reads."""
    mail = f"{site.web_url}/hop-thu-thu" if site.has_local_mail else f"qua / through {site.settings.mail_account}"
    lines = (
        f"Dondoc đang chạy / is running: {', '.join(prepared['plans'])} ({seconds:.0f} s)",
        "",
        f"  Bảng theo dõi / board    {site.web_url}/bang",
        f"  Thư thử / test mail      {mail}",
        f"  Lịch chạy / Prefect      {site.prefect_url}",
        *(("", f"  {opened}") if opened else ()),
        *(("", _NO_OPERATOR) if not site.settings.operator else ()),
        "",
        f"  Dữ liệu / data: {site.settings.data}    Dừng / stop: Ctrl-C",
    )
    return "\n" + "\n".join(lines) + "\n"


def _word(value: object) -> str:
    """A setting as an environment variable holds it."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case list():
            return " ".join(_word(item) for item in value)
        case _:
            return str(value)
