"""Letters out: whatever waits in the outbox leaves, also what the pages and killed runs left there."""

from __future__ import annotations

from prefect import flow

from dondoc.errors import Unreachable
from dondoc.services.ladder import climb
from tasks.delivering import drain_the_outbox
from tasks.parameters import AS_OF
from tasks.relaying import relay_events
from tasks.run import fails_in_one_sentence, named, opened
from tasks.showing import show


@flow(name="mail-delivery", flow_run_name=named())
@fails_in_one_sentence
def mail_delivery(as_of: str = AS_OF) -> None:
    """Gửi các thư đang chờ. Mỗi thư chỉ gửi một lần; thư không rõ đã đến hay chưa được giữ lại chờ Cụm trưởng.

    Vấn đề khẩn chưa ai tiếp nhận được báo lại trước khi gửi.
    """
    with opened(as_of) as dondoc:
        climb(dondoc.office)
        posted = drain_the_outbox(dondoc)
        show(dondoc, posted, relay_events(dondoc))
    if posted.delivered.stopped:
        raise Unreachable(f"{posted.delivered.waiting} letters wait in the outbox: {posted.delivered.stopped}")
