"""One machine with everything on it, whose power can be cut, and whose Prefect believes in another day."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dondoc.config import Settings
from tests.cluster.machines import Machines

_OVER = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
_AWAY = timedelta(days=3)


@dataclass(kw_only=True)
class Site(Machines):
    """Prefect, a worker with its warm process, and the pages."""

    settings: Settings
    web_port: int

    def power_on(self, as_of: str) -> None:
        """Start everything as systemd does; what is scheduled or begun without a moment of its own is `as_of`."""
        self.start("prefect", "serve", "prefect", "--port", str(self.ports[0]))
        self.start("web", "serve", "web", "--port", str(self.web_port))
        self.wait_for(self.api().is_up, "the server is not up")
        self.do("deploy")
        for deployment in self.deployments():
            self.api()._call("PATCH", f"/deployments/{deployment}", {"parameters": {"as_of": as_of}})
        for run in self._runs("SCHEDULED"):
            if "as_of" not in run["parameters"]:  # it fell due before it could be told when it is
                self.api()._call("DELETE", f"/flow_runs/{run['id']}")
        # Three at a time, so that runs which pile up really run, one after another.
        self.start("worker", "serve", "worker", "--name", "worker", "--limit", "3", DONDOC_PREFECT_URL=self.url(0))

    def cut_power(self) -> None:
        """Everything at once, the run that is under way as well."""
        for name in list(self.processes):
            self.kill(name)

    def deployments(self) -> dict[str, str]:
        """Their names by id."""
        return {each["id"]: each["name"] for each in self.api()._call("POST", "/deployments/filter", {})}

    def planned(self) -> set[str]:
        """What is scheduled."""
        names = self.deployments()
        return {names[run["deployment_id"]] for run in self._runs("SCHEDULED")}

    def late(self) -> bool:
        """Whether a run whose moment has come has not ended."""
        now = datetime.now(UTC)
        waiting = self._runs("SCHEDULED", "PENDING", "RUNNING")
        return any(datetime.fromisoformat(run["expected_start_time"]) < now for run in waiting)

    def is_over(self, run: str) -> bool:
        return self.api().flow_run(run).is_over

    def ended(self, deployment: str, *, late: bool = False) -> Counter[str]:
        """How its runs ended, or only those that were late."""
        names, since = self.deployments(), datetime.now(UTC) - timedelta(days=1)
        mine = [run for run in self._runs(*_OVER) if names[run["deployment_id"]] == deployment]
        return Counter(
            run["state"]["name"]
            for run in mine
            if not late or datetime.fromisoformat(run["expected_start_time"]) < since
        )

    def places_taken(self) -> int:
        """How many places under the deployments' limits are not free."""
        limits = self.api()._call("POST", "/v2/concurrency_limits/filter", {})
        taken: int = sum(limit["active_slots"] for limit in limits)
        return taken

    def _runs(self, *states: str) -> list[dict[str, Any]]:
        wanted = {"flow_runs": {"state": {"type": {"any_": list(states)}}}}
        found: list[dict[str, Any]] = self.api()._call("POST", "/flow_runs/filter", wanted)
        return found


def let_the_planned_moments_pass(prefect: Path, as_of: str) -> None:
    """Bring what Prefect's record says to where it is after three days off: all that was planned is late.

    Prefect reads the machine's clock, which a test cannot move.
    """
    moment, away = "%Y-%m-%d %H:%M:%f", f"-{_AWAY.days} days"
    with closing(sqlite3.connect(prefect)) as record, record:
        record.execute("update flow_run_state set timestamp = strftime(?, timestamp, ?)", (moment, away))
        record.execute("update flow_run set state_timestamp = strftime(?, state_timestamp, ?)", (moment, away))
        planned = record.execute(
            "select id, state_id, parameters from flow_run where state_type = 'SCHEDULED' order by expected_start_time"
        ).fetchall()
        for number, (run, state, parameters) in enumerate(planned):
            at = datetime.now(UTC) - _AWAY + timedelta(minutes=number)
            record.execute(
                "update flow_run set expected_start_time = ?1, next_scheduled_start_time = ?1, parameters = ?2"
                " where id = ?3",
                (f"{at:%Y-%m-%d %H:%M:%S.%f}", json.dumps(json.loads(parameters) | {"as_of": as_of}), run),
            )
            record.execute(
                "update flow_run_state set state_details = json_set(state_details, '$.scheduled_time', ?) where id = ?",
                (at.isoformat(), state),
            )
