"""Plan 2024, III.2: "Tham gia ý kiến đối với hoạt động cụm", when the answer did not come through the system."""

from __future__ import annotations

from prefect import flow

from tasks.closing import send_and_show
from tasks.hearing import record_opinion
from tasks.parameters import (
    AS_OF,
    COMMENT,
    EVIDENCE,
    OCCURRENCE,
    OPINION,
    PLAN,
    SAID_BY,
    UNIT,
    WAY,
    Opinion,
    Way,
    require,
)
from tasks.run import fails_in_one_sentence, meant, named, opened


@flow(name="record-response", flow_run_name=named("{occurrence} {unit}"))
@fails_in_one_sentence
def record_response(
    occurrence: str = OCCURRENCE,
    unit: str = UNIT,
    verdict: Opinion = OPINION,
    comment: str = COMMENT,
    by: str = SAID_BY,
    channel: Way = WAY,
    evidence: str = EVIDENCE,
    plan: str = PLAN,
    as_of: str = AS_OF,
) -> None:
    """Ghi nhận ý kiến của đơn vị nhận qua điện thoại, Zalo hoặc văn bản giấy, kèm căn cứ (kế hoạch, III.2)."""
    require(occurrence=occurrence, unit=unit, verdict=verdict, by=by, channel=channel, evidence=evidence)
    with opened(as_of) as dondoc:
        about = meant(dondoc, plan, occurrence)
        record_opinion(dondoc, about, unit, verdict, comment, by, channel, evidence)
        send_and_show(dondoc, about)
