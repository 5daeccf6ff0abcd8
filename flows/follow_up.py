"""Plan 2024, III.1: "Theo dõi, đôn đốc": everything that fell due, whatever it belongs to."""

from __future__ import annotations

from prefect import flow

from tasks.consulting import follow_up_everything, open_what_is_due
from tasks.delivering import drain_the_outbox
from tasks.parameters import AS_OF
from tasks.relaying import relay_events
from tasks.run import fails_in_one_sentence, named, opened
from tasks.showing import show


@flow(name="follow-up", flow_run_name=named())
@fails_in_one_sentence
def follow_up(as_of: str = AS_OF) -> None:
    """Theo dõi, đôn đốc: mở các đợt đến ngày, nhắc, kết thúc, báo Bí thư và Cụm trưởng (kế hoạch, III.1)."""
    with opened(as_of) as dondoc:
        open_what_is_due(dondoc)
        follow_up_everything(dondoc)
        posted = drain_the_outbox(dondoc)
        show(dondoc, posted, relay_events(dondoc))
