"""Answers in: what a person writes down on a unit's behalf."""

from __future__ import annotations

from prefect.runtime import flow_run

from dondoc.domain.requests import request_key
from dondoc.domain.states import RequestKind
from dondoc.errors import Unreadable
from dondoc.runtime import Dondoc
from dondoc.services.answers import Answer, Recorded, record
from dondoc.services.case import open_case
from tasks.parameters import Opinion, Way
from tasks.run import Named, repeatable


@repeatable("record-opinion")
def record_opinion(
    dondoc: Dondoc, occurrence: Named, unit: str, opinion: Opinion, comment: str, by: str, way: Way, evidence: str
) -> Recorded:
    """Record what a unit said. The flow run is its source, so that trying again records it once."""
    answer = Answer(
        request=request_key(RequestKind.OPINION, occurrence.key, _unit(dondoc, occurrence, unit)),
        verdict=opinion.verdict,
        comment=comment,
        by=by.strip(),
        channel=way.channel,
        source=f"flow/{flow_run.get_id()}",
        evidence=evidence.strip(),
    )
    return record(dondoc.office, occurrence.plan_id, answer)


def _unit(dondoc: Dondoc, occurrence: Named, given: str) -> str:
    """The id of a unit that was named by it, or by any spelling of its name."""
    with dondoc.office.sessions.reading() as session:
        plan = open_case(session, *occurrence, dondoc.office.clock.now()).plan
    ids = [unit.id for unit in plan.units]
    if given.strip() in ids:
        return given.strip()
    if (unit := plan.unit_called(given)) is not None:
        return unit.id
    raise Unreadable(f"Không có đơn vị “{given}”; hãy ghi một trong các mã: {', '.join(ids)}.")
