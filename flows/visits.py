"""Plan 2024, II.3: "Thăm hỏi và phụng dưỡng 01 Bà Mẹ Việt Nam Anh hùng tại huyện Củ Chi", each quarter."""

from __future__ import annotations

from prefect import flow

from dondoc.domain.plan import ActivityKind
from tasks.closing import send_and_show
from tasks.consulting import carry_through, open_now, open_what_is_due
from tasks.gathering import look_after_people
from tasks.parameters import AS_OF, QUARTER
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="quarterly-visit", flow_run_name=named("{this_quarter}"))
@fails_in_one_sentence
def quarterly_visit(quarter: str = QUARTER, as_of: str = AS_OF) -> None:
    """Thăm hỏi, phụng dưỡng Mẹ Việt Nam Anh hùng hằng quý (kế hoạch, II.3). Chạy lại bao nhiêu lần cũng an toàn."""
    with opened(as_of) as dondoc:
        if quarter:
            open_now(dondoc, ActivityKind.VISITS, quarter)
        else:
            open_what_is_due(dondoc, ActivityKind.VISITS)
        carry_through(dondoc, ActivityKind.VISITS)
        look_after_people(dondoc)
        send_and_show(dondoc)
