"""What happened, as events on which operators can hang automations: `consultation.agreed`, `problem.raised` …"""

from __future__ import annotations

from uuid import UUID, uuid5

from prefect.events import emit_event
from prefect.events.worker import EventsWorker

from dondoc.clock import local
from dondoc.runtime import Dondoc
from dondoc.services.relay import told, untold
from dondoc.store.tables import HistoryRow
from tasks.run import Named, repeatable

_LISTENER = "history/prefect"
_BATCH = 500
_LINES = UUID("6f2d5f0e-6d0b-4f0e-9a55-0c9f5f5f1c2a")
"""The name space of the events' ids; any number will do, as long as it stays."""


def is_told(dondoc: Dondoc) -> bool:
    """Whether Prefect has heard everything."""
    return not untold(dondoc.office, _LISTENER, 1)


@repeatable("relay-events")
def relay_events(dondoc: Dondoc) -> list[Named]:
    """Tell Prefect every line of the history that it has not heard, whoever wrote it; return what they are about.

    An event's id follows from its line, so that one told twice, because a run was killed in between, counts once.
    """
    about: dict[Named, None] = {}
    while lines := untold(dondoc.office, _LISTENER, _BATCH):
        for line in lines:
            _emit(line, str(dondoc.office.sessions.engine.url))
            if line.occurrence:
                about[Named(line.plan_id, line.occurrence)] = None
        EventsWorker.instance().wait_until_empty()
        told(dondoc.office, _LISTENER, lines[-1].id)
    return list(about)


def _emit(line: HistoryRow, record: str) -> None:
    subject = f"dondoc.occurrence.{line.occurrence}" if line.occurrence else f"dondoc.plan.{line.plan_id}"
    unit = {"prefect.resource.id": f"dondoc.unit.{line.unit}", "prefect.resource.role": "unit"}
    emit_event(
        id=uuid5(_LINES, f"{record}/{line.id}"),
        event=line.event,
        resource={
            "prefect.resource.id": subject,
            "prefect.resource.name": line.occurrence or line.plan_id,
            "dondoc.plan": line.plan_id,
        },
        related=[unit] if line.unit else [],
        payload={
            "at": local(line.at).isoformat(),
            "who": line.who,
            "channel": line.channel.value,
            "old": line.old,
            "new": line.new,
            "detail": line.detail,
        },
    )
