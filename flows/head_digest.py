"""Plan 2024, III.1: "Theo dõi, đôn đốc": the head's week and month on one page."""

from __future__ import annotations

from prefect import flow

from dondoc.services.ladder import climb
from tasks.closing import send_and_show
from tasks.parameters import AS_OF
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="head-digest", flow_run_name=named())
@fails_in_one_sentence
def head_digest(as_of: str = AS_OF) -> None:
    """Báo cáo Cụm trưởng đầu tuần, đầu tháng: việc chờ quyết định và tình hình chung (kế hoạch, III.1)."""
    with opened(as_of) as dondoc:
        climb(dondoc.office)
        send_and_show(dondoc)
