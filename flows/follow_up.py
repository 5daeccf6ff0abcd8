"""Plan 2024, III.1: "Theo dõi, đôn đốc": everything that fell due, whatever it belongs to."""

from __future__ import annotations

from prefect import flow

from dondoc.services.incidents import tell_operator
from tasks.closing import send_and_show
from tasks.consulting import follow_up_everything, open_what_is_due
from tasks.parameters import AS_OF
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="follow-up", flow_run_name=named())
@fails_in_one_sentence
def follow_up(as_of: str = AS_OF) -> None:
    """Theo dõi, đôn đốc: mở các đợt đến ngày, nhắc, kết thúc, báo Bí thư và Cụm trưởng (kế hoạch, III.1)."""
    with opened(as_of) as dondoc:
        open_what_is_due(dondoc)
        follow_up_everything(dondoc)
        tell_operator(dondoc.office, dondoc.settings.operator)
        send_and_show(dondoc)
