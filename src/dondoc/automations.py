"""The automation that `prefect.yaml` has no words for; `dondoc up` and `dondoc deploy` put it in force with the others.

Those in `prefect.yaml` start a run, for which somebody must be there to run it. This one acts within Prefect's server,
so it also works when the only worker is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

HEARTBEAT: Final = 30
"""Seconds between two signs of life of a run; Prefect takes no less."""
_ENDS: Final = ("Completed", "Failed", "Cancelled", "Crashed", "TimedOut")

END_OF_DEAD_RUNS: Final[Mapping[str, Any]] = {
    "name": "a run that gives no sign of life is dead",
    "description": "Its place is given back, the operator is told, and the next run does what it left.",
    "enabled": True,
    "trigger": {
        "type": "event",
        "posture": "Proactive",
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "for_each": ["prefect.resource.id"],
        "after": ["prefect.flow-run.heartbeat"],
        "expect": ["prefect.flow-run.heartbeat", *(f"prefect.flow-run.{end}" for end in _ENDS)],
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
