"""From the agreed activity to the receipt: what the units owe, what came, and what the head decides (III.1)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import zxingcpp
from docx import Document
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from dondoc.bank.lines import NotAStatement, Why
from dondoc.domain.dues import DueKey
from dondoc.domain.plan import Relation
from dondoc.domain.states import Channel, RequestKind, RequestState
from dondoc.errors import Refused, Unreadable
from dondoc.services import money
from dondoc.services.bookkeeping import find_due
from dondoc.services.claims import Claim, claim
from dondoc.services.collect import collect
from dondoc.services.follow_up import follow_up
from dondoc.services.intake import keep, read_kept
from dondoc.services.ledger_lines import ledger_lines
from dondoc.services.money_overview import money_overview
from dondoc.services.plans import load_plan
from dondoc.services.rehearse_mail import as_replied
from dondoc.services.script import Reply
from dondoc.services.statements import import_statement, preview_statement
from dondoc.store.history import Actor
from dondoc.store.tables import RequestRow
from dondoc.store.tables_money import ClaimRow, EntryRow, PostingRow, ReceiptRow, StatementRow, TransferRow
from tests.integration.bank import (
    GTVT,
    LDTBXH,
    TNXP,
    TREASURER,
    YTE,
    an_agreed_visit,
    booked,
    codes_of,
    dues,
    statement,
    sum_of_everything,
    take_in,
)
from tests.integration.office import PLAN, Desk, an_office, plan_2024
from tests.pictures import pixels

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_agreed_visit(tmp_path) as desk:
        yield desk


def message(desk: Desk, key: str) -> EmailMessage:
    found = message_from_bytes(desk.letter(key).content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def words(desk: Desk, key: str) -> str:
    """A letter's text, unwrapped."""
    body = message(desk, key).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def request(desk: Desk, due: str) -> RequestRow:
    with desk.office.sessions.reading() as session:
        key = due.replace("due/", "contribution/", 1)
        return session.scalars(select(RequestRow).where(RequestRow.key == key)).one()


# Dues


def test_the_years_shares_are_raised_once_the_first_visit_is_agreed(desk: Desk) -> None:
    assert dues(desk) == {
        "due/visit-2024-q2/khoi-dcd": ("paid", 2_250_000),
        YTE: ("open", 0),
        GTVT: ("open", 0),
        LDTBXH: ("open", 0),
        TNXP: ("open", 0),
        "due/visit-2024-q2/khoi-tnmt": ("open", 0),
        "due/visit-2024-q2/khoi-nnptnt": ("open", 0),
    }
    assert desk.letters("contribution_request") == [
        f"contribution_request/visit-2024-q2/{unit}"
        for unit in ("so-y-te", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt")
    ]
    assert f"{request(desk, YTE).due_at:%d/%m}" == "15/04"


def test_raising_again_raises_nothing(desk: Desk) -> None:
    before = dues(desk), len(desk.letters()), desk.events()

    desk.at("2024-04-01 17:30").run()
    collect(desk.office)

    assert (dues(desk), len(desk.letters()), desk.events()) == before


def test_the_letter_bears_what_a_banking_app_scans(desk: Desk) -> None:
    letter = message(desk, "contribution_request/visit-2024-q2/so-y-te")
    (picture,) = (part for part in letter.walk() if part.get_content_type() == "image/png")
    payload = picture.get_payload(decode=True)
    assert isinstance(payload, bytes)

    (found,) = zxingcpp.read_barcodes(pixels(payload))

    code = codes_of(desk)[YTE]
    assert found.text.startswith("00020101021238")
    assert "970436" in found.text
    assert "0071000123456" in found.text
    assert "54071750000" in found.text
    assert code in found.text
    text_part = words(desk, "contribution_request/visit-2024-q2/so-y-te")
    for said in ("1.750.000 đồng", "Một triệu bảy trăm năm mươi nghìn đồng", "0071000123456", "Vietcombank", code):
        assert said in text_part, said


def test_without_an_account_nothing_is_asked_for_and_the_head_is_told(tmp_path: Path) -> None:
    plan = plan_2024().model_copy(update={"account": None})

    with an_agreed_visit(tmp_path, plan) as desk:
        assert dues(desk) == {}
        assert desk.letters("contribution") == []
        assert desk.problems()[f"no_account/{PLAN}"] == "open"


def test_what_is_called_off_is_owed_no_more(tmp_path: Path) -> None:
    from dondoc.services.decide import cancel

    with an_agreed_visit(tmp_path) as desk:
        for other in ("visit-2024-q3", "visit-2024-q4"):
            cancel(desk.office, PLAN, other, "Gia đình đề nghị", TREASURER)
        cancel(desk.office, PLAN, "visit-2024-q2", "Gia đình đề nghị", TREASURER)
        desk.at("2024-04-02 08:15").run()

        assert {state for state, _ in dues(desk).values()} == {"withdrawn"}
        assert request(desk, YTE).state is RequestState.WITHDRAWN
        assert sum_of_everything(desk) == 0


# Money in


def test_paid_in_full(desk: Desk) -> None:
    found = take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}} Doan So Y te nop"))

    assert found.matched == ((DueKey(YTE), 1_750_000),)
    assert dues(desk)[YTE] == ("paid", 1_750_000)
    assert request(desk, YTE).state is RequestState.ANSWERED
    assert desk.letters("contribution_receipt/visit-2024-q2/so-y-te")
    assert desk.letters("money_notice") == [], "nothing needs a decision"
    assert sum_of_everything(desk) == 0


def test_who_paid_is_not_reminded(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
    for moment in ("2024-04-10 17:05", "2024-04-12 08:15", "2024-04-16 08:15", "2024-04-19 08:15"):
        desk.at(moment).run()

    reminded = {key.split("/")[2] for key in desk.letters("contribution_reminder")}
    assert reminded == {"so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt"}


def test_the_receipt_goes_with_the_letter(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))

    (key,) = desk.letters("contribution_receipt")
    (file,) = (part for part in message(desk, key).iter_attachments() if part.get_filename())
    assert file.get_filename() == "PT-2024-001.docx"
    content = file.get_payload(decode=True)
    assert isinstance(content, bytes)
    paper = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs)
    assert "PHIẾU THU" in paper
    assert "Một triệu bảy trăm năm mươi nghìn đồng" in paper


def test_in_parts(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_000_000, f"{{{YTE}}}"))
    assert dues(desk)[YTE] == ("part", 1_000_000)
    assert request(desk, YTE).state is RequestState.OPEN
    (key,) = desk.letters("contribution_receipt")
    assert "750.000 đồng" in words(desk, key)

    take_in(desk.at("2024-04-11 10:00"), ("11/04/2024", "A2", 750_000, f"{{{YTE}}}"), name="b.csv")

    assert dues(desk)[YTE] == ("paid", 1_750_000)
    assert request(desk, YTE).state is RequestState.ANSWERED


def test_several_parts_in_one_statement_are_one_letter_that_says_nothing_is_short(desk: Desk) -> None:
    rows = [("09/04/2024", f"A{n}", 875_000, f"{{{YTE}}} dot {n}") for n in (1, 2)]

    take_in(desk.at("2024-04-10 10:00"), *rows)

    (key,) = desk.letters("contribution_receipt")
    assert len([part for part in message(desk, key).iter_attachments() if part.get_filename()]) == 2
    assert "còn thiếu" not in words(desk, key).lower()
    assert dues(desk)[YTE] == ("paid", 1_750_000)


def test_paid_twice_is_held_as_credit_and_returned(desk: Desk) -> None:
    rows = [("09/04/2024", f"A{n}", 1_750_000, f"{{{YTE}}}") for n in (1, 2)]
    take_in(desk.at("2024-04-10 10:00"), *rows)
    assert desk.problems()["credit_held/2"] == "open"
    (letter,) = desk.letters("money_notice")

    money.give_back(desk.office, PLAN, 2, TREASURER)
    take_in(desk.at("2024-04-12 10:00"), ("12/04/2024", "B1", -1_750_000, "tra lai Doan So Y te"), name="b.csv")

    assert "nộp thừa" in words(desk, letter).lower()
    assert booked(desk)[-2:] == [("credit", 1_750_000), ("return", 1_750_000)]
    assert desk.problems()["credit_held/2"] == "resolved"
    assert not any(key.startswith("unexplained") for key in desk.problems()), "the debit is the return"
    assert sum_of_everything(desk) == 0


def test_who_pays_again_another_day_hears_that_it_was_too_much(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
    take_in(desk.at("2024-04-12 10:00"), ("11/04/2024", "B1", 1_750_000, f"{{{YTE}}}"), name="b.csv")

    (paid, paid_again) = desk.letters("contribution_receipt")
    assert "nộp thừa" not in words(desk, paid).lower()
    assert "nộp thừa" in words(desk, paid_again).lower()


def test_a_small_shortfall_waits_for_the_head_and_is_not_chased(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_749_000, f"{{{GTVT}}}"))
    desk.at("2024-04-12 08:15").run()
    desk.at("2024-04-16 08:15").run()
    assert desk.problems()["short/visit-2024-q2/so-gtvt"] == "open"
    assert not [key for key in desk.letters("contribution_reminder") if "so-gtvt" in key]

    money.waive(desk.office, PLAN, GTVT, "", TREASURER)

    assert dues(desk)[GTVT] == ("waived", 1_749_000)
    assert desk.problems()["short/visit-2024-q2/so-gtvt"] == "resolved"
    assert request(desk, GTVT).state is RequestState.ANSWERED
    assert sum_of_everything(desk) == 0


def test_what_is_more_than_the_tolerance_cannot_be_waived(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_700_000, f"{{{GTVT}}}"))

    with pytest.raises(Refused, match=r"lacks 50\.000 đồng: only up to 5\.000 đồng, or a bank's fee, may be waived$"):
        money.waive(desk.office, PLAN, GTVT, "", TREASURER)


def test_money_without_a_code_waits_for_the_heads_word(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_500_000, "NGUYEN VAN A chuyen tien TNXP"))
    (line,) = money_overview(desk.office, PLAN).waiting
    assert line.proposals[0].parts == ((TNXP, 1_500_000),)
    assert "Lực lượng TNXP" in line.proposals[0].text

    money.confirm(desk.office, PLAN, line.transfer, TREASURER)

    assert dues(desk)[TNXP] == ("paid", 1_500_000)
    assert money_overview(desk.office, PLAN).waiting == ()


def test_unmatched_money_is_a_problem_after_two_working_days(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 123_456, "chuyen tien"))
    desk.at("2024-04-11 08:15").run()
    assert "unmatched_money/1" not in desk.problems()

    desk.at("2024-04-12 08:15").run()

    assert desk.problems()["unmatched_money/1"] == "open"


def test_confirming_dues_of_two_units_at_once_is_refused(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 3_000_000, "chuyen tien"))
    parts = {DueKey(TNXP): 1_500_000, DueKey("due/visit-2024-q2/khoi-tnmt"): 1_500_000}

    with pytest.raises(Refused, match="one unit at a time"):
        money.confirm(desk.office, PLAN, 1, TREASURER, parts)

    assert booked(desk) == [("receipt", 3_000_000)]


def test_the_same_statement_again_and_overlapping_days_add_nothing(desk: Desk) -> None:
    first = [("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"), ("09/04/2024", "A2", 1_750_000, f"{{{GTVT}}}")]
    take_in(desk.at("2024-04-10 10:00"), *first)
    before = booked(desk), len(desk.letters())

    again = take_in(desk.at("2024-04-10 11:00"), *first)
    overlapping = take_in(desk.at("2024-04-11 10:00"), *first[1:], name="b.csv")

    assert (again.added, overlapping.added) == (0, 0)
    assert (booked(desk), len(desk.letters())) == before


def test_two_equal_transfers_of_one_day_are_two(desk: Desk) -> None:
    found = take_in(
        desk.at("2024-04-10 10:00"),
        ("09/04/2024", "A1", 875_000, f"{{{YTE}}}"),
        ("09/04/2024", "A2", 875_000, f"{{{YTE}}}"),
    )

    assert found.added == 2
    assert dues(desk)[YTE] == ("paid", 1_750_000)


def test_the_bank_takes_a_transfer_back(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
    take_in(desk.at("2024-04-11 10:00"), ("11/04/2024", "A9", -1_750_000, f"Hoan tra {{{YTE}}} A1"), name="b.csv")

    assert dues(desk)[YTE] == ("open", 0)
    assert request(desk, YTE).state is RequestState.OPEN
    with desk.office.sessions.reading() as session:
        receipt = session.scalars(select(ReceiptRow)).one()
    assert receipt.voided_at is not None
    assert desk.problems()["reversed/1"] == "open"
    desk.at("2024-04-11 17:05").run()
    again = message(desk, "contribution_request/visit-2024-q2/so-y-te/2")
    assert [part.get_filename() for part in again.iter_attachments() if part.get_filename()] == ["PT-2024-001-huy.docx"]
    assert sum_of_everything(desk) == 0


def test_what_the_bank_took_back_is_settled_for_the_unit_that_pays_again(desk: Desk) -> None:
    paid = [("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"), ("09/04/2024", "A2", 1_750_000, f"{{{GTVT}}}")]
    taken_back = [
        ("11/04/2024", "A9", -1_750_000, f"Hoan tra {{{YTE}}} A1"),
        ("11/04/2024", "A10", -1_750_000, f"Hoan tra {{{GTVT}}} A2"),
    ]
    take_in(desk.at("2024-04-10 10:00"), *paid)
    take_in(desk.at("2024-04-11 10:00"), *taken_back, name="b.csv")

    take_in(desk.at("2024-04-12 10:00"), ("12/04/2024", "B1", 1_750_000, f"{{{YTE}}}"), name="c.csv")

    assert (dues(desk)[YTE], dues(desk)[GTVT]) == (("paid", 1_750_000), ("open", 0))
    assert (desk.problems()["reversed/1"], desk.problems()["reversed/2"]) == ("resolved", "open")


def test_what_the_letter_about_money_told_the_head_is_not_told_again_that_day_or_the_next(desk: Desk) -> None:
    rows = [("09/04/2024", f"A{n}", 1_750_000, f"{{{YTE}}}") for n in (1, 2)]
    take_in(desk.at("2024-04-10 10:00"), *rows)

    for day in (10, 11):
        desk.at(f"2024-04-{day} 17:05").run()

    assert len(desk.letters("money_notice")) == 1
    assert desk.letters("problems_notice") == []


def test_a_transfer_that_is_not_there_is_named_with_the_last_one(desk: Desk) -> None:
    with pytest.raises(Unreadable, match=rf"plan {PLAN} has no transfer 9 \(the last one is not there yet\)"):
        money.confirm(desk.office, PLAN, 9, TREASURER)
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_234, "la"), ("09/04/2024", "A2", 4_321, "la"))

    with pytest.raises(Unreadable, match=r"no transfer 9 \(the last one is 2\)"):
        money.confirm(desk.office, PLAN, 9, TREASURER)


def test_a_debit_that_nobody_explains_is_a_problem_until_it_is_an_expense(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", -500_000, "thanh toan hoa don"))
    assert desk.problems()["unexplained_debit/1"] == "open"

    expense = money.Expense("visit", 500_000, desk.clock.at.date(), "Quà thăm Mẹ", "HĐ 0001234", "form-1")
    money.spend(desk.office, PLAN, expense, TREASURER, debit=1)
    money.spend(desk.office, PLAN, expense, TREASURER, debit=1)  # the form came twice

    assert desk.problems()["unexplained_debit/1"] == "resolved"
    assert booked(desk) == [("expense", 500_000)]


def test_spending_more_than_came_is_a_problem(desk: Desk) -> None:
    expense = money.Expense("visit", 3_000_000, desk.clock.at.date(), "Quà", "HĐ 1", "form-1")
    money.spend(desk.office, PLAN, expense, TREASURER)

    desk.at("2024-04-02 08:15").run()

    assert desk.problems()["overspent/visit"] == "open"
    (activity,) = money_overview(desk.office, PLAN).activities
    assert (activity.received, activity.spent, activity.left) == (2_250_000, 3_000_000, -750_000)


def test_each_plan_has_books_of_its_own(desk: Desk) -> None:
    other, today = f"{PLAN}-b", desk.clock.at.date()
    load_plan(desk.office, plan_2024().model_copy(update={"id": other}), TREASURER)

    for plan, amount in ((other, 100_000), (PLAN, 300_000)):
        money.spend(desk.office, plan, money.Expense("visit", amount, today, "Quà", "HĐ 1", f"form/{plan}"), TREASURER)

    spent = {plan: money_overview(desk.office, plan).activities[0].spent for plan in (PLAN, other)}
    assert spent == {PLAN: 300_000, other: 100_000}
    with desk.office.sessions.reading() as session:
        assert find_due(session, PLAN, YTE).key == YTE
        with pytest.raises(Unreadable, match=rf"plan {other} has no due {YTE} \(it has: none yet"):
            find_due(session, other, YTE)
        with pytest.raises(Unreadable, match=r"has no due due/x \(it has: due/visit-2024-q2/"):
            find_due(session, PLAN, "due/x")


def test_an_expense_needs_its_evidence(desk: Desk) -> None:
    with pytest.raises(Refused, match="evidence"):
        money.spend(desk.office, PLAN, money.Expense("visit", 1, desk.clock.at.date(), "Quà", " ", "form-1"), TREASURER)
    with pytest.raises(Unreadable, match="no activity party"):
        money.spend(
            desk.office, PLAN, money.Expense("party", 1, desk.clock.at.date(), "Quà", "HĐ", "form-1"), TREASURER
        )


def test_cash_is_booked_once_with_its_receipt(desk: Desk) -> None:
    cash = money.Cash(1_500_000, desk.clock.at.date(), "đ/c thủ quỹ", "form-1")
    for _ in range(2):
        money.book_cash(desk.office, PLAN, cash, {DueKey(TNXP): 1_500_000}, TREASURER)

    assert booked(desk) == [("receipt", 1_500_000), ("allocation", 1_500_000)]
    assert money_overview(desk.office, PLAN).in_cash == 1_500_000
    assert len(desk.letters("contribution_receipt")) == 1


def test_a_booking_that_was_a_mistake_is_taken_back(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, "So LDTBXH"))
    money.confirm(desk.office, PLAN, 1, TREASURER, {DueKey(YTE): 1_750_000})
    with desk.office.sessions.reading() as session:
        entry = session.scalars(select(EntryRow.number).where(EntryRow.kind == "allocate")).one()

    money.undo(desk.office, PLAN, entry, "nhầm đơn vị", TREASURER)
    money.confirm(desk.office, PLAN, 1, TREASURER, {DueKey(LDTBXH): 1_750_000})

    assert dues(desk)[YTE] == ("open", 0)
    assert dues(desk)[LDTBXH] == ("paid", 1_750_000)
    assert sum_of_everything(desk) == 0


# Claims


def said(day: int) -> Claim:
    from datetime import date

    return Claim(date(2024, 4, day), "", "so-y-te@example.org", f"form-{day}")


def test_a_unit_that_says_it_paid_is_not_reminded_until_the_statement_does_not_show_it(desk: Desk) -> None:
    by = Actor("so-y-te@example.org", Channel.WEB)
    claim(desk.at("2024-04-09 10:00").office, PLAN, "contribution/visit-2024-q2/so-y-te", said(9), by)
    desk.at("2024-04-10 08:15").run()
    assert not [key for key in desk.letters("contribution_reminder") if "so-y-te" in key]
    assert desk.letters("claim_noted") == ["claim_noted/visit-2024-q2/so-y-te/1"]

    take_in(desk.at("2024-04-11 10:00"), ("11/04/2024", "A1", 1_750_000, f"{{{GTVT}}}"))
    desk.at("2024-04-12 08:15").run()

    (reminder,) = (key for key in desk.letters("contribution_reminder") if "so-y-te" in key)
    assert "09/04/2024" in words(desk, reminder)
    assert desk.problems()["claim_not_found/visit-2024-q2/so-y-te"] == "open"


def test_a_claim_that_no_statement_confirms_reaches_the_head_all_the_same(desk: Desk) -> None:
    overdue = "overdue/visit-2024-q2/so-y-te"
    by = Actor("so-y-te@example.org", Channel.WEB)
    claim(desk.at("2024-04-19 10:00").office, PLAN, "contribution/visit-2024-q2/so-y-te", said(19), by)

    desk.at("2024-04-25 08:15").run()
    assert (overdue in desk.problems(), overdue.replace("so-y-te", "so-gtvt") in desk.problems()) == (False, True)

    desk.at("2024-05-03 08:15").run()

    assert desk.problems()[overdue] == "open"
    assert [key for key in desk.letters("contribution_reminder") if "so-y-te" in key] == []


def test_a_claim_is_found_when_its_money_comes_and_anothers_stays_open(desk: Desk) -> None:
    by = Actor("so-y-te@example.org", Channel.WEB)
    for unit in ("so-y-te", "so-gtvt"):
        one = replace(said(9), source=f"form/{unit}")
        claim(desk.at("2024-04-09 10:00").office, PLAN, f"contribution/visit-2024-q2/{unit}", one, by)

    take_in(desk.at("2024-04-09 15:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))

    with desk.office.sessions.reading() as session:
        found = {row.source: row.found for row in session.scalars(select(ClaimRow))}
    assert found == {"form/so-y-te": True, "form/so-gtvt": None}


def test_a_claim_for_a_day_to_come_is_refused(desk: Desk) -> None:
    by = Actor("so-y-te@example.org", Channel.WEB)

    with pytest.raises(Refused, match="no day on which it can have been paid"):
        claim(desk.office, PLAN, "contribution/visit-2024-q2/so-y-te", said(20), by)


# Chasing


def test_reminders_rise_and_the_head_hears_of_what_is_overdue(desk: Desk) -> None:
    for day in range(2, 31):
        for hour in ("08:15", "17:05"):
            desk.at(f"2024-04-{day:02} {hour}").run()

    assert [key for key in desk.letters("contribution_") if "so-y-te" in key] == [
        "contribution_request/visit-2024-q2/so-y-te",
        "contribution_reminder/visit-2024-q2/so-y-te/1",
        "contribution_reminder/visit-2024-q2/so-y-te/2",
        "contribution_escalation/visit-2024-q2/so-y-te",
        "contribution_reminder/visit-2024-q2/so-y-te/3",
        "contribution_reminder/visit-2024-q2/so-y-te/4",
    ]
    assert desk.problems()["overdue/visit-2024-q2/so-y-te"] == "open"

    take_in(desk.at("2024-05-02 10:00"), ("02/05/2024", "A1", 1_750_000, f"{{{YTE}}}"))

    assert desk.problems()["overdue/visit-2024-q2/so-y-te"] == "resolved"


def test_where_the_plan_names_no_secretary_the_head_is_told_instead(tmp_path: Path) -> None:
    plan = plan_2024()
    units = tuple(
        unit.model_copy(update={"contacts": unit.contacts[:1]}) if unit.id == "so-y-te" else unit for unit in plan.units
    )
    with an_agreed_visit(tmp_path, plan.model_copy(update={"units": units})) as desk:
        for day in (10, 12, 16, 17):
            desk.at(f"2024-04-{day} 08:15").run()

        told = [key.split("/")[2] for key in desk.letters("contribution_escalation")]
        assert told == ["so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt"]
        assert desk.problems()["no_secretary/so-y-te"] == "open"
        assert [key for key in desk.letters("contribution_reminder") if "so-y-te" in key] != []


def test_where_the_plan_names_nobody_of_a_unit_it_is_asked_as_soon_as_it_does(tmp_path: Path) -> None:
    plan = plan_2024()
    with an_office(tmp_path) as desk:
        desk.at("2024-04-01 08:00").run()
        desk.at("2024-04-01 09:00").everyone_answers()
        units = tuple(unit.model_copy(update={"contacts": ()}) if unit.id == "tnxp" else unit for unit in plan.units)
        load_plan(desk.office, plan.model_copy(update={"units": units}), TREASURER)
        desk.at("2024-04-01 17:05").run()
        assert not [key for key in desk.letters("contribution_request") if "tnxp" in key]
        assert desk.problems()["no_contact/tnxp"] == "open"

        load_plan(desk.office, plan, TREASURER)
        desk.at("2024-04-02 08:15").run()

        assert desk.letters("contribution_request")[-1] == "contribution_request/visit-2024-q2/tnxp/2"
        assert desk.problems()["no_contact/tnxp"] == "resolved"


# What is refused changes nothing


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", Why.EMPTY, id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), Why.NOT_A_STATEMENT, id="picture"),
        pytest.param(b"PK\x03\x04" + bytes(60), Why.BROKEN, id="truncated XLSX"),
        pytest.param("Tên,Tuổi\nA,1\n".encode(), Why.NO_HEADER, id="another table"),
        pytest.param(b"1" * 30_000_000, Why.TOO_LARGE, id="too large"),
        pytest.param(
            statement(("09/04/2024", "A1", 1, "x"), account="0011001234567"), Why.OTHER_ACCOUNT, id="another account"
        ),
    ],
)
def test_a_file_that_is_no_statement_of_the_account_is_refused(desk: Desk, content: bytes, why: Why) -> None:
    before = dues(desk), booked(desk), desk.events()

    with pytest.raises(NotAStatement) as refusal:
        import_statement(desk.office, PLAN, "x.csv", content, TREASURER)

    assert refusal.value.why is why
    assert (dues(desk), booked(desk), desk.events()) == before


def test_rows_that_cannot_be_are_told_and_the_others_taken(desk: Desk) -> None:
    code = codes_of(desk)[YTE]
    text_ = statement(("09/04/2024", "A1", 1_750_000, code)).decode() + (
        '\n31/02/2024,A2,"","1.000","","ngay khong co"'
        '\n10/04/2024,A3,"","-5.000","","so am"'
        '\n10/04/2024,A4,"","1.000,50","","le"'
        '\n10/04/2024,A5,"","=1+1","","khong la so"'
    )

    found = import_statement(desk.at("2024-04-11 10:00").office, PLAN, "x.csv", text_.encode(), TREASURER)

    assert found.added == 1
    assert [(row.line_number, row.reason.value) for row in found.rejected] == [
        (6, "no_such_day"),
        (7, "sign"),
        (8, "decimals"),
        (9, "not_an_amount"),
    ]
    assert dues(desk)[YTE] == ("paid", 1_750_000)
    (notice,) = desk.letters("money_notice")
    assert "4" in words(desk, notice)


def test_a_preview_keeps_nothing(desk: Desk) -> None:
    before = dues(desk), booked(desk), desk.events(), desk.letters()
    content = statement(("09/04/2024", "A1", 1_750_000, codes_of(desk)[YTE]))

    found = preview_statement(desk.at("2024-04-10 10:00").office, PLAN, "x.csv", content, TREASURER)

    assert found.matched == ((DueKey(YTE), 1_750_000),)
    assert (dues(desk), booked(desk), desk.events(), desk.letters()) == before
    with desk.office.sessions.reading() as session:
        assert session.scalars(select(StatementRow)).all() == []
        assert session.scalars(select(TransferRow)).all() == []


def test_the_database_refuses_an_entry_that_does_not_add_up(desk: Desk) -> None:
    row = {"plan": PLAN, "number": 1000}
    posting = text(
        "INSERT INTO postings (plan_id, number, place, account, of, item, amount)"
        " VALUES (:plan, :number, 0, 'bank', '', '', 5)"
    )
    entry = text(
        "INSERT INTO entries (plan_id, number, kind, dated, note, booked_at, booked_by, channel)"
        " VALUES (:plan, :number, 'receive', '2024-04-01', '', '2024-04-01 00:00:00', 'x', 'command')"
    )

    with desk.office.sessions.writing() as session:
        session.execute(posting, row)
        with pytest.raises(DBAPIError, match="add up"):
            session.execute(entry, row)
        session.rollback()


def test_the_database_lets_nobody_rewrite_the_books(desk: Desk) -> None:
    with pytest.raises(DBAPIError), desk.office.sessions.writing() as session:
        session.execute(update(PostingRow).values(amount=PostingRow.amount * 2))


def test_following_up_twice_says_nothing_twice(desk: Desk) -> None:
    desk.at("2024-04-10 08:15").run()
    before = desk.letters()

    follow_up(desk.office)
    follow_up(desk.office)

    assert desk.letters() == before
    assert request(desk, YTE).kind is RequestKind.CONTRIBUTION


def test_another_account_is_told_to_everybody_who_still_owes(desk: Desk) -> None:
    take_in(desk.at("2024-04-04 10:00"), ("03/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
    plan = plan_2024()
    assert plan.account is not None
    moved = plan.model_copy(update={"account": plan.account.model_copy(update={"number": "0011009876543"})})

    load_plan(desk.office, moved, TREASURER)

    asked = [key for key in desk.letters("contribution_request") if key.endswith("/2")]
    assert [key.split("/")[2] for key in asked] == ["so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt"]
    assert "0011009876543" in words(desk, asked[0])
    with pytest.raises(NotAStatement, match="not of the plan's account"):
        take_in(desk, ("04/04/2024", "A2", 1_750_000, f"{{{GTVT}}}"))


def test_shares_of_each_visit_are_raised_visit_by_visit(tmp_path: Path) -> None:
    plan = plan_2024()
    visits = next(activity for activity in plan.activities if activity.id == "visit")
    assert visits.contribution is not None
    each_time = visits.model_copy(
        update={"contribution": visits.contribution.model_copy(update={"basis": "instalments"})}
    )
    others = tuple(each_time if activity.id == "visit" else activity for activity in plan.activities)

    with an_agreed_visit(tmp_path, plan.model_copy(update={"activities": others})) as desk:
        assert {key: line["amount"] for key, line in amounts(desk).items() if key == YTE} == {YTE: 583_334}


def amounts(desk: Desk) -> dict[str, dict[str, int]]:
    with desk.office.sessions.reading() as session:
        return {line["key"]: line for line in ledger_lines(session) if "key" in line}


# By reply


@pytest.mark.parametrize(
    ("said_", "claimed"),
    [
        ("Đã chuyển khoản ngày 02/04/2024 ạ", True),
        ("Dạ đơn vị đã nộp rồi", True),
        ("Đơn vị sẽ chuyển vào tuần sau", False),
        ("Đã chuyển công văn cho kế toán xử lý", False),
    ],
)
def test_a_reply_that_plainly_says_it_is_paid_is_a_claim_and_all_else_is_held(
    desk: Desk, said_: str, claimed: bool
) -> None:
    given = Reply(unit="so-y-te", request="contribution/visit-2024-q2/so-y-te", text=said_)
    desk.at("2024-04-02 10:00").send()
    with desk.office.sessions.reading() as session:
        content = as_replied(desk.office, session, PLAN, given.request, given)
    with desk.office.sessions.writing() as session:
        keep(session, desk.office, "test/1", content)
    read_kept(desk.office)

    assert ("due.claimed" in desk.events()) is claimed
    assert any(key.startswith("unclear_reply/") for key in desk.problems()) is not claimed
    assert bool(desk.letters("claim_noted")) is claimed


# A unit that became part of another


@pytest.fixture
def merged(desk: Desk) -> Desk:
    """The youth volunteers become part of the labour department's unit before they paid."""
    plan = plan_2024()
    relation = Relation(kind="merged_into", on=desk.clock.at.date(), unit="so-ldtbxh")
    units = tuple(
        unit.model_copy(update={"relations": (relation,)}) if unit.id == "tnxp" else unit for unit in plan.units
    )
    load_plan(desk.office, plan.model_copy(update={"units": units}), TREASURER)
    desk.at("2024-04-02 08:15").run()
    return desk


def test_what_it_owes_waits_for_the_head(merged: Desk) -> None:
    merged.at("2024-04-12 08:15").run()

    assert dues(merged)[TNXP] == ("frozen", 0)
    assert merged.problems()["frozen_due/visit-2024-q2/tnxp"] == "open"
    assert not [key for key in merged.letters("contribution_reminder") if "tnxp" in key]
    assert [due.key for due in money_overview(merged.office, PLAN).frozen] == [TNXP]


def test_two_shares_its_successor_is_asked_and_pays(merged: Desk) -> None:
    money.thaw(merged.office, PLAN, TNXP, "Đơn vị kế thừa nộp hai phần", TREASURER)
    merged.at("2024-04-03 08:15").run()
    merged.at("2024-04-04 08:15").run()

    assert merged.letter("contribution_request/visit-2024-q2/tnxp/2").address == "so-ldtbxh@example.org"
    assert merged.problems()["frozen_due/visit-2024-q2/tnxp"] == "resolved"
    take_in(merged.at("2024-04-05 10:00"), ("04/04/2024", "A1", 1_500_000, f"{{{TNXP}}}"))
    assert dues(merged)[TNXP] == ("paid", 1_500_000)


def test_what_is_asked_for_again_can_no_more_be_let_go_as_frozen(merged: Desk) -> None:
    money.thaw(merged.office, PLAN, TNXP, "Đơn vị kế thừa nộp hai phần", TREASURER)
    before = booked(merged)

    for act in (money.thaw, money.let_go):
        with pytest.raises(Refused, match=f"{TNXP} is not frozen"):
            act(merged.office, PLAN, TNXP, "Đã hợp nhất", TREASURER)
    assert booked(merged) == before


def test_one_share_is_let_go_with_its_reason(merged: Desk) -> None:
    with pytest.raises(Refused, match="give the reason"):
        money.let_go(merged.office, PLAN, TNXP, " ", TREASURER)

    money.let_go(merged.office, PLAN, TNXP, "Đã hợp nhất", TREASURER)
    merged.at("2024-04-12 08:15").run()

    assert dues(merged)[TNXP] == ("waived", 0)
    assert merged.problems()["frozen_due/visit-2024-q2/tnxp"] == "resolved"
    assert not [key for key in merged.letters("contribution_re") if "tnxp/" in key]
    assert sum_of_everything(merged) == 0
