"""The automation that `prefect.yaml` has no words for; `dondoc up` and `dondoc deploy` put it in force with the others.

Those in `prefect.yaml` start a run, for which somebody must be there to run it. This one acts within Prefect's server,
so it also works when the only worker is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

HEARTBEAT: Final = 30
"""Seconds between two signs of life of a run; Prefect takes no less."""
_BEGINS: Final = ("Pending", "Running")
_ENDS: Final = ("Completed", "Failed", "Cancelled", "Crashed", "TimedOut")


def _events(*names: str) -> list[str]:
    return [f"prefect.flow-run.{name}" for name in names]


END_OF_DEAD_RUNS: Final[Mapping[str, Any]] = {
    "name": "a run that gives no sign of life is dead",
    "description": "Its place is given back, the operator is told, and the next run does what it left.",
    "enabled": True,
    "trigger": {
        "type": "event",
        "posture": "Proactive",
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "for_each": ["prefect.resource.id"],
        # Not the heartbeat alone: a run that dies at once has sent none.
        "after": _events(*_BEGINS, "heartbeat"),
        "expect": _events("Running", "heartbeat", *_ENDS),
        "threshold": 1,
        "within": 4 * HEARTBEAT,
    },
    "actions": [
        {
            "type": "change-flow-run-state",
            "state": "CRASHED",
            "message": "no sign of life; its process or its machine is gone",
        }
    ],
}
