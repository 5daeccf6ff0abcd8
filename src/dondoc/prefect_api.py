"""The few words of Prefect's API that starting it all needs; runs themselves speak through Prefect's own library."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from dondoc.clock import SystemClock
from dondoc.errors import Refused, Unreachable

POOL: Final = "dondoc"
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Never through a proxy that the environment names."""
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between attempts while Prefect says that its database is busy."""
_WORKER = "prefect.worker.name"
"""The label of a run that says which worker took it."""
_PAGE = 200
"""How many runs Prefect tells at once."""
_DELETED_AT_ONCE = 50
"""How many it deletes at once."""
_UNFINISHED = ("PENDING", "RUNNING", "CANCELLING")


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A run as Prefect tells of it; `message` says why it ended so."""

    id: str
    name: str
    state: str
    message: str
    is_over: bool


class PrefectApi:
    """A Prefect server at `url` (…/api); `access` is its `user:password`, when it asks for one."""

    def __init__(self, url: str, access: str | None = None) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json"}
        if access:
            self._headers["Authorization"] = f"Basic {b64encode(access.encode()).decode()}"

    def is_up(self) -> bool:
        try:
            return self._call("GET", "/health") is True
        except Unreachable:
            return False

    def prepare_pool(self, command: str) -> None:
        """Have the work pool start runs by `command`, so that a run belongs to its worker's process group.

        By default each run gets a session of its own, and would outlive a worker that is killed.
        """
        kinds = self._call("GET", "/collections/views/aggregate-worker-metadata")
        template = kinds["prefect"]["process"]["default_base_job_configuration"]
        template["variables"]["properties"]["command"]["default"] = command
        try:
            self._call("POST", "/work_pools/", {"name": POOL, "type": "process", "base_job_template": template})
        except Conflict:
            self._call("PATCH", f"/work_pools/{POOL}", {"base_job_template": template})

    def give_up_left_over_runs(self, because: str, of: str | None = None) -> int:
        """End the runs of a worker that is gone, so that they hold no place; return how many there were.

        `of` is its name, where there are several.
        """
        unfinished = {"flow_runs": {"state": {"type": {"any_": list(_UNFINISHED)}}}}
        found = self._call("POST", "/flow_runs/filter", unfinished)
        left_over = [run for run in found if of in (None, (run["labels"] or {}).get(_WORKER))]
        for run in left_over:
            crashed = {"state": {"type": "CRASHED", "message": because}, "force": True}
            self._call("POST", f"/flow_runs/{run['id']}/set_state", crashed)
        return len(left_over)

    def pass_over_missed_runs(self) -> int:
        """Of the scheduled runs that nobody was there to start, keep each deployment's latest; return how many go.

        Each run does the whole catch-up, and after days without a worker there are a thousand of them.
        """
        missed = {
            "state": {"name": {"any_": ["Scheduled", "Late"]}},
            "tags": {"all_": ["auto-scheduled"]},
            "expected_start_time": {"before_": SystemClock().now().isoformat()},
        }
        latest: set[str] = set()
        passed_over: list[str] = []
        for offset in count(0, _PAGE):
            page = {"flow_runs": missed, "sort": "EXPECTED_START_TIME_DESC", "limit": _PAGE, "offset": offset}
            found = self._call("POST", "/flow_runs/filter", page)
            for run in found:
                if run["deployment_id"] in latest:
                    passed_over.append(run["id"])
                latest.add(run["deployment_id"])
            if len(found) < _PAGE:
                break
        for first in range(0, len(passed_over), _DELETED_AT_ONCE):
            these = {"id": {"any_": passed_over[first : first + _DELETED_AT_ONCE]}}
            self._call("POST", "/flow_runs/bulk_delete", {"flow_runs": these})
        return len(passed_over)

    def put_automation(self, automation: Mapping[str, Any]) -> None:
        """Have this automation in force, instead of any of its name."""
        named = {"automations": {"name": {"any_": [automation["name"]]}}}
        for known in self._call("POST", "/automations/filter", named):
            self._call("DELETE", f"/automations/{known['id']}")
        self._call("POST", "/automations/", automation)

    def deployment(self, name: str) -> str | None:
        """The id of a deployment that is called like its flow; None when there is none yet."""
        try:
            return str(self._call("GET", f"/deployments/name/{name}/{name}")["id"])
        except Missing:
            return None

    def start(self, deployment: str, parameters: dict[str, Any]) -> FlowRun:
        return _flow_run(self._call("POST", f"/deployments/{deployment}/create_flow_run", {"parameters": parameters}))

    def flow_run(self, run: str) -> FlowRun:
        return _flow_run(self._call("GET", f"/flow_runs/{run}"))

    def worker_was_seen(self, since: datetime) -> bool:
        """Whether a worker has said since then that it works; one that is gone counts as online for a while."""
        try:
            workers = self._call("POST", f"/work_pools/{POOL}/workers/filter", {})
        except Missing:
            return False
        return any(datetime.fromisoformat(worker["last_heartbeat_time"]) > since for worker in workers)

    def _call(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the URL is our own
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers=self._headers,
            method=method,
        )
        for pause in (*_PAUSES, None):
            try:
                with _DIRECTLY.open(request, timeout=10) as response:
                    content = response.read()
                return json.loads(content) if content else None
            except urllib.error.HTTPError as error:
                if error.code == 503 and pause is not None:
                    time.sleep(pause)  # its database is busy; nothing was done
                    continue
                if error.code == 401:
                    raise Denied(
                        f"{self._url} refuses the password: DONDOC_PREFECT_PASSWORD is another one there"
                    ) from None
                kind = {404: Missing, 409: Conflict}.get(error.code, Unreachable)
                raise kind(f"Prefect answers {error.code} to {method} {path}") from None
            except OSError as error:
                raise Unreachable(f"Prefect does not answer at {self._url}: {error}") from None
        raise AssertionError("the last attempt returns or raises")


class Denied(Refused):
    """Prefect knows another password; waiting does not help."""


class Missing(Unreachable):
    """Prefect does not know it (yet)."""


class Conflict(Unreachable):
    """Prefect has one of that name already."""


def _flow_run(found: dict[str, Any]) -> FlowRun:
    state = found["state"]
    over = state["type"] in ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
    return FlowRun(found["id"], found["name"], state["name"], state["message"] or "", over)
