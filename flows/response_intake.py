"""Answers in: the mailbox is read every few minutes (III.2 "tham gia ý kiến")."""

from __future__ import annotations

from prefect import flow

from dondoc.services.ladder import climb
from tasks.closing import send_and_show
from tasks.listening import read_the_mailbox
from tasks.parameters import AS_OF
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="response-intake", flow_run_name=named())
@fails_in_one_sentence
def response_intake(as_of: str = AS_OF) -> None:
    """Đọc hộp thư trả lời: ghi nhận ý kiến rõ ràng, giữ lại thư chưa rõ để Cụm trưởng xem, bỏ qua thư tự động.

    Chạy lại bao nhiêu lần cũng an toàn: mỗi thư chỉ được tính một lần.
    """
    with opened(as_of) as dondoc:
        read_the_mailbox(dondoc)
        climb(dondoc.office)
        send_and_show(dondoc)
