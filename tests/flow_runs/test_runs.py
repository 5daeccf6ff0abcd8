"""What runs leave behind: rows, letters, artifacts and events. Real Prefect, SQLite and SMTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from dondoc.clock import ZONE
from dondoc.store.tables import HistoryRow, OccurrenceRow, ResponseRow
from tests.flow_runs.conftest import Installation, artifacts_of, events_of, name_of, steps_of

Q2 = "visit-2024-q2"
VISITS = "visits.py:quarterly_visit"
CONSULTATION = "consultation.py:consultation"
DELIVERY = "mail_delivery.py:mail_delivery"
INTAKE = "response_intake.py:response_intake"
RESPONSE = "record_response.py:record_response"
PHONED = {
    "occurrence": Q2,
    "unit": "Sở Y tế",
    "verdict": "agree",
    "by": "đ/c trực ban",
    "channel": "phone",
    "evidence": "gọi lúc 9 giờ",
}


def events_in(logged: str) -> list[dict[str, Any]]:
    """Our own lines; Prefect's, which `dondoc up` silences, are no JSON here."""
    return [json.loads(line) for line in logged.splitlines() if line.startswith("{")]


def states(dondoc: Installation) -> dict[str, str]:
    return {row.key: row.state.value for row in dondoc.rows(OccurrenceRow)}


def test_the_visit_opens_on_the_first_working_day_and_is_shown(dondoc: Installation) -> None:
    run = dondoc.run(VISITS)

    assert run.is_completed()
    assert name_of(run) == "quarterly-visit 2024-Q2 · 01/04 08:00"
    assert states(dondoc)[Q2] == "consulting"
    assert set(dondoc.letters().values()) == {"sent"}
    assert dondoc.mail.letters() == len(dondoc.letters()) == 7
    page = artifacts_of(run)[Q2]
    assert "**Đang lấy ý kiến**" in page
    assert "| Đoàn Sở Y tế | Chưa có ý kiến |" in page
    assert "/tra-loi/" not in page, "a link that answers stands in a page that operators read"
    year = artifacts_of(run)["overview-hcsn-2024"]
    assert "- **Đang lấy ý kiến** · 0/6 đơn vị · hạn 17 giờ 00" in year
    assert year.count("lấy ý kiến từ") == 4
    told = events_of(run, at_least=2)
    assert {event.event for event in told} == {"plan.loaded", "consultation.opened"}
    assert f"dondoc.occurrence.{Q2}" in {event.resource.id for event in told}


def test_a_run_bears_the_moment_it_was_scheduled_for(dondoc: Installation) -> None:
    """A worker begins it a second or two before or after."""
    at = datetime(2024, 4, 1, 8, tzinfo=ZONE)

    run = dondoc.run_scheduled(DELIVERY, at)

    assert name_of(run) == "mail-delivery · 01/04 08:00"


def test_running_again_changes_nothing(dondoc: Installation) -> None:
    dondoc.run(VISITS)
    before = (states(dondoc), dondoc.letters(), len(dondoc.rows(HistoryRow)))

    again = [dondoc.run(VISITS), dondoc.run(VISITS, quarter="2024-Q2"), dondoc.run("follow_up.py:follow_up")]

    assert all(run.is_completed() for run in again)
    assert (states(dondoc), dondoc.letters(), len(dondoc.rows(HistoryRow))) == before
    assert [artifacts_of(run) for run in again] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("entrypoint", "period", "occurrence"),
    [
        pytest.param(VISITS, {"quarter": "2024-Q4"}, "visit-2024-q4", id="visit"),
        pytest.param("campaign.py:summer_campaign", {"year": "2024"}, "ky-nghi-hong-2024", id="campaign"),
        pytest.param("seminar.py:seminar", {"year": "2024"}, "seminar-2024", id="seminar"),
    ],
)
def test_an_operator_need_not_wait_for_the_day(
    dondoc: Installation, entrypoint: str, period: dict[str, str], occurrence: str
) -> None:
    dondoc.run(entrypoint)
    assert states(dondoc)[occurrence] == "planned"

    run = dondoc.run(entrypoint, **period)

    assert run.is_completed()
    assert states(dondoc)[occurrence] == "consulting"
    assert occurrence in artifacts_of(run)


def test_an_answer_by_phone_is_recorded_with_its_evidence(dondoc: Installation) -> None:
    dondoc.run(VISITS)

    run = dondoc.run(RESPONSE, as_of="2024-04-02 09:05", **PHONED)

    (answer,) = dondoc.rows(ResponseRow)
    assert (answer.verdict, answer.channel, answer.evidence) == ("agree", "phone", "gọi lúc 9 giờ")
    assert "| Đoàn Sở Y tế | Nhất trí | 09 giờ 05, ngày 02/04/2024 | điện thoại |" in artifacts_of(run)[Q2]
    (told,) = events_of(run)
    assert told.event == "response.recorded"
    assert "dondoc.unit.so-y-te" in {resource.id for resource in told.related}


def test_the_head_decides_by_hand(dondoc: Installation) -> None:
    dondoc.run(VISITS)
    decision = {"occurrence": Q2, "action": "proceed", "reason": "Các đơn vị đã thống nhất qua điện thoại"}

    run = dondoc.run(CONSULTATION, as_of="2024-04-03 10:00", **decision)

    assert run.is_completed()
    assert states(dondoc)[Q2] == "launched"
    assert "Cụm trưởng quyết định: triển khai" in artifacts_of(run)[Q2]


@pytest.mark.parametrize(
    ("entrypoint", "given", "sentence"),
    [
        pytest.param(CONSULTATION, {}, "Còn thiếu: occurrence, action", id="nothing given"),
        pytest.param(RESPONSE, PHONED | {"evidence": " "}, "Còn thiếu: evidence", id="no evidence"),
        pytest.param(RESPONSE, PHONED | {"unit": "Sở Nội vụ"}, "Không có đơn vị “Sở Nội vụ”", id="unknown unit"),
        pytest.param(CONSULTATION, {"occurrence": Q2, "action": "cancel"}, f"{Q2}: to cancel, give", id="no reason"),
        pytest.param(CONSULTATION, {"occurrence": "visit", "action": "open"}, "no occurrence visit", id="no such"),
        pytest.param(VISITS, {"as_of": "hôm qua"}, "“hôm qua” không phải là thời điểm", id="no moment"),
        pytest.param(VISITS, {"quarter": "2031-Q1"}, "trong “2031-Q1”", id="no such quarter"),
    ],
)
def test_a_refusal_fails_the_run_in_one_sentence_and_changes_nothing(
    dondoc: Installation, entrypoint: str, given: dict[str, str], sentence: str
) -> None:
    before = (states(dondoc), dondoc.letters(), len(dondoc.rows(HistoryRow)))

    run = dondoc.run(entrypoint, **given)

    assert run.is_failed()
    assert sentence in (run.message or "")
    assert "\n" not in (run.message or "")
    assert (states(dondoc), dondoc.letters(), len(dondoc.rows(HistoryRow))) == before


def test_a_mail_server_that_is_away_fails_the_run_and_loses_nothing(
    dondoc: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(dondoc.mail.port)
    monkeypatch.setenv("DONDOC_SMTP_PORT", "9")
    away = dondoc.run("mail_delivery.py:mail_delivery")
    assert away.is_failed()
    assert "1 letters wait" in (away.message or "")

    monkeypatch.setenv("DONDOC_SMTP_PORT", port)
    back = dondoc.run("mail_delivery.py:mail_delivery", as_of="2024-04-01 08:20")

    assert back.is_completed()
    assert dondoc.mail.letters() == 1
    assert "Đã gửi 1 " in artifacts_of(back)["letters"]


@pytest.mark.parametrize(
    ("entrypoint", "steps"), [(DELIVERY, []), (INTAKE, ["read-the-mailbox"])], ids=["delivery", "intake"]
)
def test_a_quiet_run_says_one_line(
    dondoc: Installation, entrypoint: str, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    dondoc.run(VISITS)
    dondoc.run(DELIVERY, as_of="2024-04-01 08:05")
    capsys.readouterr()

    run = dondoc.run(entrypoint, as_of="2024-04-01 08:10")

    assert run.is_completed()
    assert [name.rpartition("-")[0] for name in steps_of(run)] == steps
    assert [line["event"] for line in events_in(capsys.readouterr().err)] == ["run.quiet"]


def test_a_run_that_does_something_tells_what_and_not_that_it_was_quiet(
    dondoc: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    dondoc.run(VISITS)

    told = {line["event"]: line for line in events_in(capsys.readouterr().err)}

    assert told["delivery.done"]["sent"] == 7
    assert "run.quiet" not in told
