"""Plan 2024, II.2: "Tổ chức Sinh hoạt chuyên đề", in August: consulted, thirty names a unit, who came."""

from __future__ import annotations

from prefect import flow

from dondoc.domain.plan import ActivityKind
from tasks.closing import send_and_show
from tasks.consulting import carry_through, open_now, open_what_is_due
from tasks.gathering import look_after_people
from tasks.parameters import AS_OF, YEAR
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="seminar", flow_run_name=named("{this_year}"))
@fails_in_one_sentence
def seminar(year: str = YEAR, as_of: str = AS_OF) -> None:
    """Sinh hoạt chuyên đề: lấy ý kiến, mời người tham dự, nhắc lịch (kế hoạch, II.2). Chạy lại cũng an toàn."""
    with opened(as_of) as dondoc:
        if year:
            open_now(dondoc, ActivityKind.SEMINAR, year)
        else:
            open_what_is_due(dondoc, ActivityKind.SEMINAR)
        carry_through(dondoc, ActivityKind.SEMINAR)
        look_after_people(dondoc)
        send_and_show(dondoc)
