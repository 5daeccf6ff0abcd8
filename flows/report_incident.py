"""Something went wrong with a run: the operator is told, once. Automations start it (`prefect.yaml`)."""

from __future__ import annotations

from prefect import flow

from dondoc.services.incidents import report_run, tell_operator
from tasks.closing import send_and_show
from tasks.parameters import AS_OF, INCIDENT_FLOW, INCIDENT_MESSAGE, INCIDENT_RUN, INCIDENT_STATE, require
from tasks.run import fails_in_one_sentence, named, opened


@flow(name="report-incident", flow_run_name=named("{flow}"))
@fails_in_one_sentence
def report_incident(
    flow: str = INCIDENT_FLOW,
    run: str = INCIDENT_RUN,
    state: str = INCIDENT_STATE,
    message: str = INCIDENT_MESSAGE,
    as_of: str = AS_OF,
) -> None:
    """Báo người vận hành một lần chạy không thành công; mỗi sự cố chỉ báo một lần, khi đã qua thì báo lại."""
    require(flow=flow, run=run)
    with opened(as_of) as dondoc:
        report_run(dondoc.office, flow, run, state, message)
        tell_operator(dondoc.office, dondoc.settings.operator)
        send_and_show(dondoc)
