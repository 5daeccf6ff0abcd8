"""What importing a statement says: what came and went, what was booked, what needs a decision and of whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.domain.states import Channel, Severity
from dondoc.errors import Refused
from dondoc.mail.letters_money import MoneyMatter
from dondoc.services.claims import Claim, claim
from dondoc.services.decide import proceed
from dondoc.services.statements import Imported, import_statement
from dondoc.store.history import Actor
from dondoc.store.tables import HistoryRow, ProblemRow
from dondoc.store.tables_money import ClaimRow, StatementRow, TransferRow
from tests.integration.bank import (
    ACCOUNT,
    GTVT,
    LDTBXH,
    TREASURER,
    YTE,
    an_agreed_visit,
    codes_of,
    dues,
    statement,
    take_in,
)
from tests.integration.office import HEAD, PLAN, Desk, plan_2024

CAMPAIGN, IMPORTED = "ky-nghi-hong-2024", "statement.imported"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_agreed_visit(tmp_path) as desk:
        yield desk


SHORT = {unit.id: unit.name_on(date(2024, 4, 10)).short for unit in plan_2024().units}
TITLE = plan_2024().occurrence("visit-2024-q2")[1].title
BY = Actor("so-y-te@example.org", Channel.WEB)


def with_everything(desk: Desk) -> Imported:
    """A statement with one line of each kind."""
    return take_in(
        desk.at("2024-04-10 10:00"),
        ("08/04/2024", "A1", 1_750_000, f"{{{YTE}}} nop"),
        ("09/04/2024", "A2", 1_750_000, f"{{{YTE}}} nop lan 2"),
        ("09/04/2024", "A3", 123_456, "chuyen tien"),
        ("09/04/2024", "A4", 1_749_000, f"{{{GTVT}}}"),
        ("09/04/2024", "A5", 1_500_000, "NGUYEN VAN A chuyen tien TNXP"),
        ("09/04/2024", "A6", -500_000, "thanh toan hoa don"),
        ("09/04/2024", "A7", 1_739_000, f"{{{LDTBXH}}}"),
    )


def test_what_a_statement_brought_is_told_with_all_that_needs_a_decision(desk: Desk) -> None:
    found = with_everything(desk)

    assert (found.name, found.lines, found.added, found.came, found.went) == ("sao-ke.csv", 7, 7, 8_611_456, 500_000)
    assert (found.first, found.last, found.rejected, found.breaks) == (date(2024, 4, 8), date(2024, 4, 9), (), ())
    assert dict(found.matched) == {YTE: 1_750_000, GTVT: 1_749_000, LDTBXH: 1_739_000}
    code = codes_of(desk)
    assert [(item.matter, item.amount, item.on.day, item.unit_short, item.about) for item in found.items] == [
        (MoneyMatter.UNMATCHED, 123_456, 9, None, "chuyen tien"),
        (MoneyMatter.UNMATCHED, 1_500_000, 9, SHORT["tnxp"], "NGUYEN VAN A chuyen tien TNXP"),
        (MoneyMatter.DEBIT, 500_000, 9, None, "thanh toan hoa don"),
        (MoneyMatter.CREDIT, 1_750_000, 9, SHORT["so-y-te"], f"{code[YTE]} nop lan 2"),
        (MoneyMatter.SHORT, 1_000, 10, SHORT["so-gtvt"], TITLE),
        (MoneyMatter.FEE, 11_000, 10, SHORT["so-ldtbxh"], TITLE),
    ]
    assert [item.proposal for item in found.items] == [
        None,
        f"{SHORT['tnxp']} – {TITLE} 1.500.000 đồng (đúng số tiền và nội dung nêu tên đơn vị)",
        *[None] * 4,
    ]


def test_a_credit_is_told_with_what_else_its_unit_owes_and_a_reversal_with_its_unit(desk: Desk) -> None:
    desk.at("2024-05-02 08:15").run()
    proceed(desk.office, PLAN, CAMPAIGN, "Đã thống nhất qua điện thoại", HEAD)
    desk.at("2024-05-02 17:05").run()

    twice = take_in(
        desk.at("2024-05-03 10:00"),
        ("03/05/2024", "A1", 1_750_000, f"{{{YTE}}}"),
        ("03/05/2024", "A2", 1_750_000, f"{{{YTE}}} lan 2"),
        ("03/05/2024", "A3", 1_750_000, f"{{{GTVT}}}"),
    )
    back = take_in(
        desk.at("2024-05-06 10:00"), ("06/05/2024", "B1", -1_750_000, f"Hoan tra {{{GTVT}}} A3"), name="b.csv"
    )

    [credit] = twice.items
    campaign = plan_2024().occurrence(CAMPAIGN)[1].title
    assert (credit.matter, credit.proposal) == (MoneyMatter.CREDIT, f"{campaign}: 1.750.000 đồng")
    [taken_back] = back.items
    assert (taken_back.matter, taken_back.amount) == (MoneyMatter.REVERSED, 1_750_000)
    assert (taken_back.unit_short, taken_back.about) == (SHORT["so-gtvt"], codes_of(desk)[GTVT])


def test_money_without_a_code_is_proposed_for_the_unit_for_which_its_payer_paid_before(desk: Desk) -> None:
    head = f"Số tài khoản: {ACCOUNT}\n\nNgày GD,Số CT,Ghi nợ,Ghi có,Tên đối ứng,Nội dung"
    first = f'08/04/2024,A1,,"750.000",TRAN THI HOA,"{codes_of(desk)[YTE]}"'
    second = '09/04/2024,A2,,"1.000.000",TRAN THI HOA,chuyen tien'
    found = [
        import_statement(desk.at(at).office, PLAN, name, f"{head}\n{row}".encode(), TREASURER)
        for at, name, row in (("2024-04-08 17:00", "a.csv", first), ("2024-04-09 17:00", "b.csv", second))
    ]

    [item] = [item for one in found for item in one.items]
    reasons = "đúng số tiền, người chuyển đã từng nộp cho đơn vị và chỉ đơn vị này có khoản đúng số tiền"
    assert item.proposal == f"{SHORT['so-y-te']} – {TITLE} 1.000.000 đồng ({reasons})"


def test_each_file_that_says_something_new_is_kept_with_its_days(desk: Desk) -> None:
    first = [("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"), ("10/04/2024", "A2", 1_750_000, f"{{{GTVT}}}")]
    take_in(desk.at("2024-04-10 10:00"), *first, name="a.csv")
    take_in(desk, *first, name="a again.csv")
    take_in(desk, *first[1:], name="b.csv")
    take_in(desk, *first[:1], name="c.csv")

    with desk.office.sessions.reading() as session:
        kept = [
            (row.number, row.name, row.first, row.last, row.lines, row.added, row.imported_by)
            for row in session.scalars(select(StatementRow).order_by(StatementRow.id))
        ]
        notes = session.execute(select(HistoryRow.new, HistoryRow.detail).where(HistoryRow.event == IMPORTED))
        said = [tuple(row) for row in notes]
    assert kept == [
        (1, "a.csv", date(2024, 4, 9), date(2024, 4, 10), 2, 2, "thủ quỹ"),
        (2, "b.csv", date(2024, 4, 10), date(2024, 4, 10), 1, 0, "thủ quỹ"),
        (3, "c.csv", date(2024, 4, 9), date(2024, 4, 9), 1, 0, "thủ quỹ"),
    ]
    assert said == [("a.csv", "2 new of 2 lines"), ("b.csv", "0 new of 1 lines"), ("c.csv", "0 new of 1 lines")]
    with desk.office.sessions.reading() as session:
        origin = session.execute(select(TransferRow.document, TransferRow.statement_id, TransferRow.line_number))
        assert [(document, number is not None, line) for document, number, line in origin] == [
            ("A1", True, 5),
            ("A2", True, 6),
        ]


def test_of_a_statement_that_begins_with_its_last_day_the_first_is_booked_first(desk: Desk) -> None:
    found = take_in(
        desk.at("2024-04-11 10:00"),
        ("11/04/2024", "A9", -1_750_000, f"Hoan tra {{{YTE}}} A1"),
        ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"),
    )

    assert [item.matter for item in found.items] == [MoneyMatter.REVERSED]
    assert dues(desk)[YTE] == ("open", 0)


def test_a_statement_that_brings_nothing_is_kept_and_bothers_nobody(desk: Desk) -> None:
    empty = take_in(desk)
    unreadable = take_in(desk, ("hôm qua", "A1", 1, "la"), name="b.csv")

    assert [(found.lines, found.added, found.first, found.last) for found in (empty, unreadable)] == [
        (0, 0, None, None)
    ] * 2
    assert (empty.rejected, len(unreadable.rejected)) == ((), 1)
    with desk.office.sessions.reading() as session:
        kept = session.scalars(select(StatementRow).order_by(StatementRow.id)).all()
    assert [(row.name, row.first, row.last) for row in kept] == [("sao-ke.csv", None, None), ("b.csv", None, None)]
    assert [json.loads(row.rejected) for row in kept] == [[], [[5, "bad_date", "hôm qua | A1 |  | 1 | 1 | la"]]]
    assert desk.letters("money_notice") == []


def test_what_a_claim_says_is_found_in_the_statement_that_shows_it_and_missed_where_that_covers_the_day(
    desk: Desk,
) -> None:
    for unit in ("so-y-te", "so-gtvt"):
        said = Claim(date(2024, 4, 8), "", f"{unit}@example.org", f"form/{unit}")
        claim(desk.at("2024-04-08 10:00").office, PLAN, f"contribution/visit-2024-q2/{unit}", said, BY)

    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1, "la"), name="early.csv")
    assert claims(desk) == {"form/so-y-te": None, "form/so-gtvt": None}
    take_in(desk, ("10/04/2024", "A2", 1_750_000, f"{{{YTE}}}"), name="b.csv")

    assert claims(desk) == {"form/so-y-te": True, "form/so-gtvt": False}
    with desk.office.sessions.reading() as session:
        problem = session.scalars(select(ProblemRow).where(ProblemRow.kind == "claim_not_found")).one()
        note = session.scalars(select(HistoryRow).where(HistoryRow.event == "claim.not_found")).one()
    assert (problem.key, problem.severity) == ("claim_not_found/visit-2024-q2/so-gtvt", Severity.NOTE)
    assert (problem.unit, problem.occurrence) == ("so-gtvt", "visit-2024-q2")
    assert problem.detail == f"{TITLE}: đơn vị báo đã chuyển ngày 08/04/2024, sao kê đến 10/04/2024 chưa có"
    assert (note.unit, note.detail) == ("so-gtvt", "08/04/2024, sao kê đến 10/04/2024")


def claims(desk: Desk) -> dict[str, bool | None]:
    with desk.office.sessions.reading() as session:
        return {row.source: row.found for row in session.scalars(select(ClaimRow))}


def test_a_plan_without_an_account_has_no_statements(tmp_path: Path) -> None:
    with an_agreed_visit(tmp_path, plan_2024().model_copy(update={"account": None})) as desk:
        with pytest.raises(Refused, match="names no account: add 'account' to the plan"):
            import_statement(desk.office, PLAN, "a.csv", statement(("09/04/2024", "A1", 1, "la")), TREASURER)
        assert dues(desk) == {}
