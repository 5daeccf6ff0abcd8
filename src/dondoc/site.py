"""Where the processes of an installation listen on this machine, and what each of them is told in its environment."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from dondoc.automations import HEARTBEAT
from dondoc.config import Settings
from dondoc.log import Style, style_for
from dondoc.processes import HOST, OURS, PREFECT

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

_RUNS_SPEAK_FOR_THEMSELVES = {
    "PREFECT_LOGGING_LOGGERS_PREFECT_FLOW_RUNS_LEVEL": "WARNING",
    "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "WARNING",
}
"""Of a run Prefect says a dozen lines, how it begins and ends, which its page shows anyway; our own events stay."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where everything listens, on this machine only."""

    settings: Settings
    web_port: int
    prefect_port: int
    is_trial: bool = False
    """Whoever reaches the ports may look at everything, so that a newcomer can click."""

    @property
    def has_local_mail(self) -> bool:
        """Not where a mail server on this machine was chosen for production."""
        return self.settings.has_local_mail and (self.is_trial or "smtp_host" not in self.settings.model_fields_set)

    @property
    def prefect_access(self) -> str | None:
        """`user:password`; None for a trial in which nobody set a password."""
        return self.settings.prefect_access() if self.settings.prefect_password or not self.is_trial else None

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
            yield "mail", (*OURS, "mail", *domains)
        also = ["open-board", *(["with-mail"] if self.has_local_mail else [])] if self.is_trial else []
        yield "web", (*OURS, "web", str(self.web_port), HOST, *also)
        yield "prefect", (*PREFECT, "server", "start", "--host", HOST, "--port", str(self.prefect_port))
        yield "worker", (*OURS, "worker")

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
            **self._access(),
            # By default any page of the web may speak to it from the browser of whoever reaches it.
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": self.prefect_url,
            "PREFECT_SERVER_UI_API_URL": "/api",
            # By default it is copied to beside the program, where a service may not write.
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "prefect" / "ui"),
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            **_RUNS_SPEAK_FOR_THEMSELVES,
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

    def _access(self) -> dict[str, str]:
        """Prefect's password, for its server and for all who speak to it; in the environment, never as an argument."""
        access = self.prefect_access
        return {} if access is None else dict.fromkeys(_ACCESS, access)

    def _shared(self) -> dict[str, str]:
        """What several Prefect servers share: their database, and Redis for everything that one keeps in memory."""
        settings, shared = self.settings, {}
        if settings.prefect_database_url:
            url = prefect_database(settings.prefect_database_url.get_secret_value())
            shared["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = url
        if url := settings.redis_url.get_secret_value():
            shared |= {
                "PREFECT_REDIS_MESSAGING_URL": url,
                "PREFECT_SERVER_DOCKET_URL": url,
                "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
                "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
                "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
                "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
                "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
            }
        return shared


_ACCESS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")

_PREFECT_IN_JSON = {
    "PREFECT_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json",
    "PREFECT_LOGGING_FORMATTERS_JSON_CLASS": "dondoc.log.Json",
    "PREFECT_LOGGING_FORMATTERS_JSON_FORMAT": "%(message)s",
}


def prefect_database(url: str) -> str:
    """A database URL as Prefect wants it: with the driver that comes with it."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+asyncpg://", url)


def _word(value: object) -> str:
    """A setting as an environment variable holds it."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case list():
            return " ".join(_word(item) for item in value)
        case _:
            return str(value)
