"""Plan 2024, III.1: "Là đầu mối tiếp nhận kinh phí đóng góp": dues, requests, statements, receipts."""

from __future__ import annotations

from prefect import flow

from tasks.closing import send_and_show
from tasks.collecting import collect_everything, show_money, take_in_statement
from tasks.parameters import AS_OF, IS_PREVIEW, PLAN, STATEMENT
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="contribution-collection", flow_run_name=named("{statement}"))
@fails_in_one_sentence
def contribution_collection(
    statement: str = STATEMENT, preview: bool = IS_PREVIEW, plan: str = PLAN, as_of: str = AS_OF
) -> None:
    """Thu kinh phí đóng góp: đề nghị, nhắc, nhập sao kê, lập phiếu thu (kế hoạch, III.1)."""
    with opened(as_of) as dondoc:
        imported = take_in_statement(dondoc, plan, statement, preview) if statement.strip() else None
        collect_everything(dondoc)
        show_money(dondoc, imported, send_and_show(dondoc))
