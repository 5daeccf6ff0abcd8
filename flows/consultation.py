"""Plan 2024, III.1: "thống nhất ý kiến với các đơn vị thành viên cụm trước khi triển khai hoạt động", by hand."""

from __future__ import annotations

from prefect import flow

from dondoc.services.acts import Said
from dondoc.services.decide import revision_of
from tasks.closing import send_and_show
from tasks.consulting import decide
from tasks.parameters import (
    ACTION,
    AMOUNT,
    AS_OF,
    DAY,
    DECIDED_BY,
    DECISION,
    INTO,
    MATERIAL,
    NOTE,
    OCCURRENCE,
    PLACE,
    PLAN,
    REASON,
    UNTIL,
    Action,
    require,
)
from tasks.run import fails_in_one_sentence, meant, named, opened


@flow(name="consultation", flow_run_name=named("{occurrence} {action.code}"))
@fails_in_one_sentence
def consultation(
    occurrence: str = OCCURRENCE,
    action: Action = ACTION,
    reason: str = REASON,
    day: str = DAY,
    until: str = UNTIL,
    place: str = PLACE,
    amount: int = AMOUNT,
    note: str = NOTE,
    decision: str = DECISION,
    into: str = INTO,
    material: bool = MATERIAL,
    by: str = DECIDED_BY,
    plan: str = PLAN,
    as_of: str = AS_OF,
) -> None:
    """Quyết định của Cụm trưởng về một đợt hoạt động: lấy ý kiến, ấn định ngày, hoãn, gộp … (kế hoạch, III.1)."""
    require(occurrence=occurrence, action=action, by=by)
    revision = revision_of(
        day=day, place=place, each=amount, note=note, material=material, until=until, decision=decision
    )
    said = Said(reason, revision, into.strip() or None)
    with opened(as_of) as dondoc:
        about = meant(dondoc, plan, occurrence)
        decide(dondoc, about, action, said, by)
        send_and_show(dondoc, about)
