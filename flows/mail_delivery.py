"""Letters out: whatever waits in the outbox leaves, also what the pages and killed runs left there."""

from __future__ import annotations

from prefect import flow

from dondoc.errors import Unreachable
from dondoc.services.ladder import climb
from tasks.closing import send_and_show
from tasks.parameters import AS_OF
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="mail-delivery", flow_run_name=named())
@fails_in_one_sentence
def mail_delivery(as_of: str = AS_OF) -> None:
    """Gửi các thư đang chờ. Mỗi thư chỉ gửi một lần; thư không rõ đã đến hay chưa được giữ lại chờ Cụm trưởng.

    Vấn đề khẩn chưa ai tiếp nhận được báo lại trước khi gửi.
    """
    with opened(as_of) as dondoc:
        climb(dondoc.office)
        posted = send_and_show(dondoc)
    if posted.delivered.stopped:
        raise Unreachable(f"{posted.delivered.waiting} letters wait in the outbox: {posted.delivered.stopped}")
