"""Plan 2024, III.1: "Là đầu mối tiếp nhận kinh phí đóng góp": dues, requests, statements, receipts."""

from __future__ import annotations

from prefect import flow

from tasks.collecting import collect_everything, show_money, take_in_statement
from tasks.delivering import drain_the_outbox
from tasks.parameters import AS_OF, IS_PREVIEW, PLAN, STATEMENT
from tasks.relaying import relay_events
from tasks.run import fails_in_one_sentence, named, opened
from tasks.showing import show


@flow(name="contribution-collection", flow_run_name=named("{statement}"))
@fails_in_one_sentence
def contribution_collection(
    statement: str = STATEMENT, preview: bool = IS_PREVIEW, plan: str = PLAN, as_of: str = AS_OF
) -> None:
    """Thu kinh phí đóng góp: đề nghị, nhắc, nhập sao kê, lập phiếu thu (kế hoạch, III.1)."""
    with opened(as_of) as dondoc:
        imported = take_in_statement(dondoc, plan, statement, preview) if statement.strip() else None
        collect_everything(dondoc)
        posted = drain_the_outbox(dondoc)
        show_money(dondoc, imported, posted)
        show(dondoc, posted, relay_events(dondoc))
