"""A run that ended badly, as Prefect's automations report it: one letter to the operator, and one when it is over."""

from __future__ import annotations

import pytest

from dondoc.store.tables_incidents import IncidentRow
from tests.flow_runs.conftest import Installation

REPORT = "report_incident.py:report_incident"
NOTICE = "incidents_notice/hcsn-2024/operator"


def test_a_run_that_died_is_told_once_and_once_more_when_the_next_goes_through(
    dondoc: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_OPERATOR", "van-hanh@example.org")
    died = {"flow": "follow-up", "run": "follow-up · 01/04 08:15", "state": "Crashed", "message": "no sign of life"}

    runs = [dondoc.run(REPORT, as_of="2024-04-01 08:20", **died) for _ in range(2)]

    assert all(run.is_completed() for run in runs)
    assert {key: state for key, state in dondoc.letters().items() if "incidents" in key} == {f"{NOTICE}/1": "sent"}
    (incident,) = dondoc.rows(IncidentRow)
    assert "follow-up · 01/04 08:15 bị dừng giữa chừng (no sign of life)" in incident.sentence
    dondoc.run("follow_up.py:follow_up", as_of="2024-04-01 17:05")
    dondoc.run("follow_up.py:follow_up", as_of="2024-04-02 08:15")
    assert [key for key in dondoc.letters() if "incidents" in key] == [f"{NOTICE}/1", f"{NOTICE}/2"]


def test_without_an_operator_a_run_that_died_stands_on_the_board_only(dondoc: Installation) -> None:
    run = dondoc.run(REPORT, flow="follow-up", run="follow-up · 01/04 08:15", state="Failed")

    assert run.is_completed()
    assert len(dondoc.rows(IncidentRow)) == 1
    assert not any("incidents" in key for key in dondoc.letters())
