"""The flow about contributions: a statement as its parameter, and where the money stands as pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from dondoc.domain.states import Channel, Verdict
from dondoc.runtime import running
from dondoc.services.answers import Answer, record
from dondoc.store.tables_money import DueRow, EntryRow
from tests.flow_runs.conftest import Installation, artifacts_of
from tests.integration.bank import YTE, statement
from tests.integration.office import PLAN, UNITS

COLLECTION = "contributions.py:contribution_collection"


@pytest.fixture
def agreed(dondoc: Installation) -> Installation:
    """Everybody agreed to the second quarter's visit on the first day."""
    dondoc.run("visits.py:quarterly_visit")
    with running(datetime.fromisoformat("2024-04-01 09:00")) as begun:
        for unit in UNITS:
            said = (f"opinion/visit-2024-q2/{unit}", Verdict.AGREE, "", unit, Channel.WEB, f"test/{unit}")
            record(begun.office, PLAN, Answer(*said))
    return dondoc


def test_what_was_agreed_is_asked_for_and_shown(agreed: Installation) -> None:
    run = agreed.run(COLLECTION, as_of="2024-04-02 09:00")

    assert run.is_completed()
    asked = {key: state for key, state in agreed.letters().items() if key.startswith("contribution_request/")}
    assert len(asked) == 6
    assert set(asked.values()) == {"sent"}
    page = artifacts_of(run)["money-hcsn-2024-visit"]
    assert "| 12.000.000 đồng | 2.250.000 đồng |" in page
    assert "| Đoàn Sở Y tế |" in page
    assert "/dong-gop/" not in page, "a link that a unit owns stands in a page that operators read"


def test_a_statement_is_taken_in_once_and_what_needs_a_decision_is_shown(agreed: Installation, tmp_path: Path) -> None:
    agreed.run(COLLECTION, as_of="2024-04-02 09:00")
    code = next(row.code for row in agreed.rows(DueRow) if row.key == YTE)
    file = tmp_path / "sao-ke.csv"
    file.write_bytes(statement(("03/04/2024", "A1", 1_750_000, code), ("03/04/2024", "A2", 99_000, "chuyen tien")))
    given = {"statement": str(file), "as_of": "2024-04-04 09:00"}

    looked = agreed.run(COLLECTION, **given, preview=True)
    assert "chưa có gì được ghi sổ" in artifacts_of(looked)["statement"]
    before = len(agreed.rows(EntryRow))
    run = agreed.run(COLLECTION, **given)
    entries = len(agreed.rows(EntryRow))
    again = agreed.run(COLLECTION, **given)

    assert run.is_completed()
    assert entries == before + 3
    assert len(agreed.rows(EntryRow)) == entries
    pages = artifacts_of(run)
    assert f"| {YTE} | 1.750.000 đồng |" in pages["statement"]
    assert "| 99.000 đồng |" in pages["money-hcsn-2024"]
    assert "đã nộp đủ" in pages["money-hcsn-2024-visit"]
    assert "0 dòng mới" in artifacts_of(again)["statement"]
    assert "contribution_receipt/visit-2024-q2/so-y-te/11" in agreed.letters()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "expected a file that can be read", id="no file"),
        pytest.param(b"\x89PNG" + bytes(99), "neither a workbook", id="picture"),
    ],
)
def test_what_is_no_statement_fails_the_run_in_one_sentence(
    agreed: Installation, tmp_path: Path, content: bytes | None, says: str
) -> None:
    file = tmp_path / "sao-ke.csv"
    if content is not None:
        file.write_bytes(content)

    run = agreed.run(COLLECTION, statement=str(file), as_of="2024-04-02 09:00")

    assert run.is_failed()
    assert says in str(run.message)
    assert agreed.rows(EntryRow) == []
