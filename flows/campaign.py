"""Plan 2024, II.1: "Chiến dịch tình nguyện Kỳ Nghỉ Hồng", June to August: consulted, rolled out, followed."""

from __future__ import annotations

from prefect import flow

from dondoc.domain.plan import ActivityKind
from tasks.closing import send_and_show
from tasks.consulting import carry_through, open_now, open_what_is_due
from tasks.gathering import look_after_people
from tasks.parameters import AS_OF, YEAR
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="summer-campaign", flow_run_name=named("{this_year}"))
@fails_in_one_sentence
def summer_campaign(year: str = YEAR, as_of: str = AS_OF) -> None:
    """Chiến dịch tình nguyện Kỳ Nghỉ Hồng (kế hoạch, II.1): lấy ý kiến, phân công, cử lực lượng, kinh phí, báo cáo."""
    with opened(as_of) as dondoc:
        if year:
            open_now(dondoc, ActivityKind.CAMPAIGN, year)
        else:
            open_what_is_due(dondoc, ActivityKind.CAMPAIGN)
        carry_through(dondoc, ActivityKind.CAMPAIGN)
        look_after_people(dondoc)
        send_and_show(dondoc)
