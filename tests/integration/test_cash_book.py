"""The cash book and the lines of the ledger: some days of money, told line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dondoc.domain.dues import DueKey
from dondoc.services import money
from dondoc.services.cash_book import cash_book
from dondoc.services.decide import proceed
from dondoc.services.ledger_lines import ledger_lines
from dondoc.services.plans import load_plan
from tests.integration.bank import GTVT, LDTBXH, TNXP, TREASURER, YTE, an_agreed_visit, codes_of, take_in
from tests.integration.office import HEAD, PLAN, Desk, plan_2024

DCD, SYT = "Đoàn Khối Dân – Chính – Đảng", "Đoàn Sở Y tế"
TITLE = plan_2024().occurrence("visit-2024-q2")[1].title
WITHIN = "trong mức được bỏ qua"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Paid, paid twice and returned, one transfer for two parts, taken back by the bank, brought in cash, spent."""
    with an_agreed_visit(tmp_path_factory.mktemp("money")) as desk:
        take_in(
            desk.at("2024-04-10 10:00"),
            ("08/04/2024", "A1", 1_750_000, f"{{{YTE}}} nop"),
            ("08/04/2024", "A2", 1_750_000, f"{{{YTE}}} nop lan 2"),
            ("09/04/2024", "A3", 123_456, "chuyen tien"),
            ("09/04/2024", "A4", 1_749_000, f"{{{GTVT}}}"),
            ("09/04/2024", "A5", -500_000, "thanh toan hoa don"),
        )
        money.give_back(desk.office, PLAN, 2, TREASURER, 1_000_000)
        expense = money.Expense("visit", 500_000, date(2024, 4, 9), "Quà thăm Mẹ", "HĐ 0001234", "form-1")
        money.spend(desk.office, PLAN, expense, TREASURER, debit=5)
        cash = money.Cash(2_000_000, date(2024, 4, 9), "", "form-2")
        money.book_cash(desk.office, PLAN, cash, {DueKey(TNXP): 1_500_000}, TREASURER)
        money.give_back(desk.office, PLAN, 6, TREASURER)
        take_in(
            desk.at("2024-04-11 10:00"),
            ("11/04/2024", "B1", -1_749_000, f"Hoan tra {{{GTVT}}} A4"),
            ("11/04/2024", "B2", 1_749_000, f"{{{LDTBXH}}}"),
            name="b.csv",
        )
        money.waive(desk.office, PLAN, LDTBXH, "", TREASURER)
        yield desk


def test_the_cash_book_says_of_all_that_moved_what_it_was_and_what_was_left(desk: Desk) -> None:
    code = codes_of(desk)

    with desk.office.sessions.reading() as session:
        rows = cash_book(session, plan_2024())

    assert [
        (f"{row.on:%d/%m}", row.document, row.receipt, row.unit, row.about, row.came, row.went, row.left)
        for row in rows
    ] == [
        ("01/04", None, None, DCD, f"Ghi sổ nội bộ. {TITLE}: 2.250.000 đồng", 2_250_000, None, 2_250_000),
        ("08/04", "A1", "PT-2024-001", SYT, f"{TITLE}: 1.750.000 đồng. {code[YTE]} nop", 1_750_000, None, 4_000_000),
        ("08/04", "A2", None, SYT, f"{code[YTE]} nop lan 2", 1_750_000, None, 5_750_000),
        ("09/04", "A3", None, None, "chuyen tien", 123_456, None, 5_873_456),
        (
            *("09/04", "A4", "PT-2024-002 (đã hủy)", "Đoàn Sở Giao thông Vận tải"),
            *(f"{TITLE}: 1.749.000 đồng. {code[GTVT]}", 1_749_000, None, 7_622_456),
        ),
        ("10/04", "A2", None, SYT, f"Trả lại. {code[YTE]} nop lan 2", None, 1_000_000, 6_622_456),
        ("09/04", None, None, None, "Quà thăm Mẹ (HĐ 0001234)", None, 500_000, 6_122_456),
        (
            *("09/04", None, "PT-2024-003", "Đoàn Lực lượng TNXP"),
            *(f"{TITLE}: 1.500.000 đồng. Nộp tiền mặt", 2_000_000, None, 8_122_456),
        ),
        ("10/04", None, None, "Đoàn Lực lượng TNXP", "Trả lại. Nộp tiền mặt", None, 500_000, 7_622_456),
        (
            *("11/04", "A4", None, None),
            *(f"Ngân hàng hoàn lại. {code[GTVT]}. Hoan tra {code[GTVT]} A4", None, 1_749_000, 5_873_456),
        ),
        (
            *("11/04", "B2", "PT-2024-004", plan_2024().unit("so-ldtbxh").name_on(date(2024, 4, 11)).short),
            *(f"{TITLE}: 1.749.000 đồng. {code[LDTBXH]}", 1_749_000, None, 7_622_456),
        ),
    ]
    assert [row.number for row in rows] == list(range(1, 12))


def test_the_ledger_has_a_line_for_each_due_as_it_stands(desk: Desk) -> None:
    with desk.office.sessions.reading() as session:
        lines = {line["key"]: line for line in ledger_lines(session) if "key" in line}

    assert lines[LDTBXH] == {
        "key": LDTBXH,
        "state": "waived",
        "occurrence": "visit-2024-q2",
        "activity": "visit",
        "unit": "so-ldtbxh",
        "amount": 1_750_000,
        "paid": 1_749_000,
        "waived": 1_000,
        "outstanding": 0,
        "due_on": "2024-04-15",
        "code": codes_of(desk)[LDTBXH],
        "internal": False,
    }
    assert {key: lines[GTVT][key] for key in ("state", "paid", "waived", "outstanding", "due_on")} == {
        "state": "open",
        "paid": 0,
        "waived": 0,
        "outstanding": 1_750_000,
        "due_on": "2024-04-26",
    }
    assert [lines["due/visit-2024-q2/khoi-dcd"][key] for key in ("internal", "due_on", "paid")] == [
        True,
        None,
        2_250_000,
    ]


def test_the_ledger_has_a_line_for_all_that_was_booked_in_order(desk: Desk) -> None:
    taken_back = f"Hoan tra {codes_of(desk)[GTVT]} A4"

    with desk.office.sessions.reading() as session:
        lines = [line for line in ledger_lines(session) if "entry" in line]

    assert lines[0]["entry"] == 8
    assert lines[0]["kind"] == "internal"
    assert [tuple(line.values()) for line in lines[1:]] == [
        (9, "receipt", "2024-04-08", 1_750_000, None, None, 1, "A1", None, None, False, ""),
        (10, "allocation", "2024-04-08", 1_750_000, "so-y-te", YTE, 1, "A1", "PT-2024-001", None, False, ""),
        (11, "receipt", "2024-04-08", 1_750_000, None, None, 2, "A2", None, None, False, ""),
        (12, "credit", "2024-04-08", 1_750_000, "so-y-te", None, 2, "A2", None, None, False, ""),
        (13, "receipt", "2024-04-09", 123_456, None, None, 3, "A3", None, None, False, ""),
        (14, "receipt", "2024-04-09", 1_749_000, None, None, 4, "A4", None, None, True, ""),
        (15, "allocation", "2024-04-09", 1_749_000, "so-gtvt", GTVT, 4, "A4", "PT-2024-002", None, True, ""),
        (16, "return", "2024-04-10", 1_000_000, "so-y-te", None, 2, "A2", None, None, False, ""),
        (17, "expense", "2024-04-09", 500_000, None, None, None, None, None, None, False, "HĐ 0001234"),
        (18, "receipt", "2024-04-09", 2_000_000, None, None, 6, None, None, None, False, ""),
        (19, "allocation", "2024-04-09", 1_500_000, "tnxp", TNXP, 6, None, "PT-2024-003", None, False, ""),
        (20, "credit", "2024-04-09", 500_000, "tnxp", None, 6, None, None, None, False, ""),
        (21, "return", "2024-04-10", 500_000, "tnxp", None, 6, None, None, None, False, ""),
        (22, "undo", "2024-04-11", 1_749_000, "so-gtvt", GTVT, 4, "A4", None, 15, False, taken_back),
        (23, "reversal", "2024-04-11", 1_749_000, None, None, 4, "A4", None, 14, False, taken_back),
        (24, "receipt", "2024-04-11", 1_749_000, None, None, 8, "B2", None, None, False, ""),
        (25, "allocation", "2024-04-11", 1_749_000, "so-ldtbxh", LDTBXH, 8, "B2", "PT-2024-004", None, False, ""),
        (26, "waiver", "2024-04-11", 1_000, "so-ldtbxh", LDTBXH, None, None, None, None, False, WITHIN),
    ]
    assert tuple(lines[0]) == (
        *("entry", "kind", "on", "amount", "unit", "due", "transfer", "document"),
        *("receipt", "corrects", "corrected", "note"),
    )


def test_a_mistake_that_was_taken_back_is_in_the_cash_book_no_more(tmp_path: Path) -> None:
    with an_agreed_visit(tmp_path) as desk:
        take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, "chuyen tien"))
        money.confirm(desk.office, PLAN, 1, TREASURER, {DueKey(YTE): 1_750_000})
        money.undo(desk.office, PLAN, 10, "nhầm đơn vị", TREASURER)
        assert transfers(desk) == [("PT-2024-001 (đã hủy)", SYT, f"{TITLE}: 1.750.000 đồng. chuyen tien")]

        money.confirm(desk.office, PLAN, 1, TREASURER, {DueKey(LDTBXH): 1_750_000})

        unit = plan_2024().unit("so-ldtbxh").name_on(date(2024, 4, 9)).short
        assert transfers(desk) == [("PT-2024-002", unit, f"{TITLE}: 1.750.000 đồng. chuyen tien")]


def test_each_plan_tells_its_own_money(tmp_path: Path) -> None:
    with an_agreed_visit(tmp_path) as desk:
        other = plan_2024().model_copy(update={"id": f"{PLAN}-b"})
        load_plan(desk.office, other, HEAD)
        desk.at("2024-04-02 08:15").run()
        proceed(desk.office, other.id, "visit-2024-q2", "Đã thống nhất qua điện thoại", HEAD)
        desk.at("2024-04-02 17:05").run()
        spent = money.Expense("visit", 100_000, date(2024, 4, 2), "Hoa", "HĐ 1", "form-1")
        money.spend(desk.office, PLAN, spent, TREASURER)
        money.spend(desk.office, PLAN, replace(spent, what="Quà", evidence="HĐ 2", source="form-2"), TREASURER)

        cash = money.Cash(1_500_000, date(2024, 4, 2), "", "form-3")
        money.book_cash(desk.office, other.id, cash, {DueKey(TNXP): 1_500_000}, TREASURER)

        assert transfers(desk) == [(None, None, "Hoa (HĐ 1)"), (None, None, "Quà (HĐ 2)")]
        assert transfers(desk, other.id) == [
            ("PT-2024-001", "Đoàn Lực lượng TNXP", f"{TITLE}: 1.500.000 đồng. Nộp tiền mặt")
        ]
        with desk.office.sessions.reading() as session:
            lines = list(ledger_lines(session))
        assert [line["receipt"] for line in lines if line.get("kind") == "expense"] == [None, None]
        assert [line["paid"] for line in lines if line.get("key") == TNXP] == [0, 1_500_000]


def transfers(desk: Desk, plan: str = PLAN) -> list[tuple[str | None, str | None, str]]:
    """The rows of a plan's cash book without the head's own share: receipt, unit, what it was."""
    with desk.office.sessions.reading() as session:
        _, *rows = cash_book(session, plan_2024().model_copy(update={"id": plan}))
        return [(row.receipt, row.unit, row.about) for row in rows]
