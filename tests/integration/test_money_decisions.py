"""What the head and the treasurer decide about money: what follows from it, and what is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.domain.dues import DueKey
from dondoc.domain.proposal import Revision
from dondoc.errors import DondocError
from dondoc.services import money
from dondoc.services.decide import cancel
from dondoc.services.ledger_lines import ledger_lines
from dondoc.services.life import set_date
from dondoc.services.money_overview import money_overview
from dondoc.store.tables import HistoryRow, ProblemRow
from dondoc.store.tables_money import EntryRow, ExpenseRow, TransferRow
from tests.integration.bank import GTVT, LDTBXH, TNXP, TREASURER, YTE, an_agreed_visit, booked, dues, take_in
from tests.integration.office import PLAN, Desk

TODAY, TOMORROW = date(2024, 4, 10), date(2024, 4, 11)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The second of two transfers is its unit's credit, the third has no owner, the fourth lacks a little."""
    with an_agreed_visit(tmp_path) as desk:
        take_in(
            desk.at("2024-04-10 10:00"),
            ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"),
            ("09/04/2024", "A2", 1_750_000, f"{{{YTE}}}"),
            ("09/04/2024", "A3", 123_456, "chuyen tien"),
            ("09/04/2024", "A4", 1_749_000, f"{{{GTVT}}}"),
            ("09/04/2024", "A5", -500_000, "thanh toan hoa don"),
            ("09/04/2024", "A6", -300_000, "phi quan ly"),
        )
        yield desk


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same, and the last debit is explained; for what is refused, and so changes nothing."""
    with an_agreed_visit(tmp_path_factory.mktemp("settled")) as desk:
        take_in(
            desk.at("2024-04-10 10:00"),
            ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"),
            ("09/04/2024", "A2", 1_750_000, f"{{{YTE}}}"),
            ("09/04/2024", "A3", 123_456, "chuyen tien"),
            ("09/04/2024", "A4", -500_000, "thanh toan hoa don"),
            ("09/04/2024", "A5", -300_000, "phi quan ly"),
        )
        money.leave_debit(desk.office, PLAN, 5, " tiền của Sở ", TREASURER)
        yield desk


Act = Callable[[Desk], object]


def confirmed(transfer: int, parts: Mapping[str, int] | None = None) -> Act:
    chosen = {DueKey(key): amount for key, amount in parts.items()} if parts else None
    return lambda desk: money.confirm(desk.office, PLAN, transfer, TREASURER, chosen)


def brought(on: date, *due: str) -> Act:
    cash = money.Cash(1_500_000, on, "", "form-1")
    return lambda desk: money.book_cash(desk.office, PLAN, cash, {DueKey(key): 1 for key in due}, TREASURER)


def spent(amount: int, on: date = TODAY, debit: int | None = None) -> Act:
    expense = money.Expense("visit", amount, on, "Quà", "HĐ 1", "form-1")
    return lambda desk: money.spend(desk.office, PLAN, expense, TREASURER, debit)


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (confirmed(1), "transfer 1 has no money left that is not booked"),
        (confirmed(3), "transfer 3: nothing is proposed; name the dues that it pays"),
        (
            confirmed(3, {TNXP: 100_000, LDTBXH: 1}),
            "transfer 3 pays dues of one unit at a time, not of so-ldtbxh, tnxp",
        ),
        (confirmed(3, {TNXP: 123_457}), "transfer 3 has unmatched only 123456 đồng, not 123457"),
        (confirmed(3, {"due/x/y": 1}), f"plan {PLAN} has no due due/x/y"),
        (lambda d: money.carry_over(d.office, PLAN, 1, TREASURER), "transfer 1 holds no credit of a unit"),
        (
            lambda d: money.carry_over(d.office, PLAN, 2, TREASURER),
            "so-y-te has no open due to which the credit of transfer 2 could be carried over",
        ),
        (
            lambda d: money.give_back(d.office, PLAN, 1, TREASURER),
            "transfer 1 has nothing left that could be returned: all of it pays a due",
        ),
        (lambda d: money.waive(d.office, PLAN, YTE, "", TREASURER), f"{YTE} lacks nothing that could be waived"),
        (brought(TODAY), "cash pays dues of one unit at a time, not of none"),
        (brought(TODAY, TNXP, LDTBXH), "cash pays dues of one unit at a time, not of so-ldtbxh, tnxp"),
        (brought(TOMORROW, TNXP), "11/04/2024 has not come yet: today is 10/04/2024"),
        (spent(1, TOMORROW), "11/04/2024 has not come yet: today is 10/04/2024"),
        (
            lambda d: money.spend(d.office, PLAN, money.Expense("party", 1, TODAY, "Quà", "HĐ 1", "form-1"), TREASURER),
            f"plan {PLAN} has no activity party (it has: ky-nghi-hong, seminar, visit)",
        ),
        (
            lambda d: money.spend(d.office, PLAN, money.Expense("visit", 1, TODAY, " ", "HĐ 1", "form-1"), TREASURER),
            "an expense needs what it was for and its evidence: the invoice's number, or where it is kept",
        ),
        (spent(400_000, debit=4), "transfer 4 is 500.000 đồng, not 400.000 đồng"),
        (spent(1, debit=1), "transfer 1 came in; only money that went out can be explained so"),
        (spent(300_000, debit=5), "transfer 5 is explained already: other: tiền của Sở"),
        (
            lambda d: money.reverse(d.office, PLAN, 4, 3, TREASURER),
            "transfer 3 brought 123.456 đồng, the debit takes 500.000 đồng",
        ),
        (lambda d: money.leave_debit(d.office, PLAN, 4, " ", TREASURER), "transfer 4: say what it was"),
        (lambda d: money.undo(d.office, PLAN, 1, " ", TREASURER), "entry 1: to take it back, give the reason"),
        (
            lambda d: money.undo(d.office, PLAN, 1, "nhầm", TREASURER),
            "entry 1 (raise) follows from something else and cannot be taken back alone",
        ),
        (lambda d: money.thaw(d.office, PLAN, TNXP, "", TREASURER), f"{TNXP} is not frozen"),
        (lambda d: money.let_go(d.office, PLAN, TNXP, " ", TREASURER), f"{TNXP}: to let it go, give the reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(settled: Desk, act: Act, says: str) -> None:
    before = dues(settled), booked(settled), settled.events(), settled.letters()

    with pytest.raises(DondocError) as refusal:
        act(settled)

    assert str(refusal.value) == says
    assert (dues(settled), booked(settled), settled.events(), settled.letters()) == before


def numbers(desk: Desk, kind: str) -> list[int]:
    with desk.office.sessions.reading() as session:
        return list(session.scalars(select(EntryRow.number).where(EntryRow.kind == kind).order_by(EntryRow.number)))


def explained(desk: Desk, transfer: int) -> str | None:
    with desk.office.sessions.reading() as session:
        return session.get_one(TransferRow, transfer).settled_as


def notes(desk: Desk) -> list[str]:
    with desk.office.sessions.reading() as session:
        return [line["note"] for line in ledger_lines(session) if line.get("note")]


def test_each_act_stands_in_the_history_with_what_follows_from_it(desk: Desk) -> None:
    came = money_events(desk)

    money.waive(desk.office, PLAN, GTVT, "", TREASURER)
    money.give_back(desk.office, PLAN, 2, TREASURER)
    money.undo(desk.office, PLAN, numbers(desk, "waive")[0], "nhầm", TREASURER)
    take_in(desk, ("10/04/2024", "B1", -1_749_000, "dieu chinh"), name="b.csv")
    money.reverse(desk.office, PLAN, 7, 4, TREASURER)
    spent(1)(desk)

    assert came == [
        *["due.raised"] * 7,
        "money.received",
        "money.allocated",
        "money.received",
        "money.credited",
        "money.received",
        "money.received",
        "money.allocated",
        "due.paid",
        "due.short",
        "receipt.issued",
        "receipt.issued",
    ]
    assert money_events(desk)[len(came) :] == [
        "due.waived",
        "due.paid",
        "money.returned",
        "entry.undone",
        "due.reopened",
        "due.short",
        "receipt.voided",
        "money.reversed",
        "due.reopened",
        "money.spent",
    ]


def money_events(desk: Desk) -> list[str]:
    return [event for event in desk.events() if event.startswith(("money.", "due.", "receipt.", "entry."))]


def test_a_credit_pays_what_its_unit_owes_and_the_rest_still_waits(desk: Desk) -> None:
    (first, _) = numbers(desk, "allocate")
    money.undo(desk.office, PLAN, first, "nhầm", TREASURER)

    money.carry_over(desk.office, PLAN, 2, TREASURER, {DueKey(YTE): 1_000_000})
    assert (dues(desk)[YTE], desk.problems()["credit_held/2"]) == (("part", 1_000_000), "open")
    money.carry_over(desk.office, PLAN, 2, TREASURER)

    assert (dues(desk)[YTE], desk.problems()["credit_held/2"]) == (("paid", 1_750_000), "resolved")
    assert booked(desk)[-2:] == [("carry_over", 1_000_000), ("carry_over", 750_000)]


def test_what_is_not_returned_of_a_credit_still_waits(desk: Desk) -> None:
    money.give_back(desk.office, PLAN, 2, TREASURER, 750_000)
    assert desk.problems()["credit_held/2"] == "open"

    money.give_back(desk.office, PLAN, 2, TREASURER)

    assert desk.problems()["credit_held/2"] == "resolved"
    assert booked(desk)[-2:] == [("return", 750_000), ("return", 1_000_000)]


def test_one_return_explains_one_debit(desk: Desk) -> None:
    money.give_back(desk.office, PLAN, 2, TREASURER)
    for day, document in (("11/04/2024", "B1"), ("12/04/2024", "B2")):
        rows = (day, document, -1_750_000, "tra lai Doan So Y te")
        take_in(desk.at("2024-04-12 10:00"), rows, name=f"{document}.csv")

    assert (explained(desk, 7) or "").startswith("return/")
    assert explained(desk, 8) is None
    assert "unexplained_debit/7" not in desk.problems()
    assert desk.problems()["unexplained_debit/8"] == "open"


def test_what_was_taken_back_explains_no_debit(desk: Desk) -> None:
    expense = money.Expense("visit", 400_000, TODAY, "Quà", "HĐ 1", "form-1")
    money.spend(desk.office, PLAN, expense, TREASURER)
    (booked_wrongly,) = numbers(desk, "expense")
    money.undo(desk.office, PLAN, booked_wrongly, "ghi nhầm", TREASURER)

    take_in(desk, ("10/04/2024", "B1", -400_000, "thanh toan hoa don"), name="b.csv")

    assert explained(desk, 7) is None


def test_a_debit_that_bears_a_code_and_no_word_for_it_is_for_a_person(desk: Desk) -> None:
    take_in(desk, ("10/04/2024", "B1", -1_749_000, f"chuyen {{{GTVT}}}"), name="b.csv")

    assert (dues(desk)[GTVT], explained(desk, 7)) == (("part", 1_749_000), None)
    with desk.office.sessions.reading() as session:
        problem = session.scalars(select(ProblemRow).where(ProblemRow.key == "unexplained_debit/7")).one()
    assert (problem.kind, problem.detail[:37]) == ("unexplained_debit", "1.749.000 đồng chi ngày 10/04/2024: c")


def test_money_without_an_owner_goes_back_and_is_no_problem_any_more(desk: Desk) -> None:
    desk.at("2024-04-12 08:15").run()
    assert desk.problems()["unmatched_money/3"] == "open"

    money.give_back(desk.office, PLAN, 3, TREASURER, 100_000)
    assert desk.problems()["unmatched_money/3"] == "open"
    money.give_back(desk.office, PLAN, 3, TREASURER)

    assert desk.problems()["unmatched_money/3"] == "resolved"
    assert money_overview(desk.office, PLAN).waiting == ()


def test_a_credit_that_was_a_mistake_is_money_without_an_owner_again(desk: Desk) -> None:
    (credit,) = numbers(desk, "credit")

    money.undo(desk.office, PLAN, credit, "của đơn vị khác", TREASURER)

    assert desk.problems()["credit_held/2"] == "resolved"
    assert [line.transfer for line in money_overview(desk.office, PLAN).waiting] == [2, 3]


def test_a_waiver_that_was_a_mistake_is_owed_again(desk: Desk) -> None:
    money.waive(desk.office, PLAN, GTVT, " ", TREASURER)
    assert (dues(desk)[GTVT], notes(desk)[-1]) == (("waived", 1_749_000), "trong mức được bỏ qua")
    (waiver,) = numbers(desk, "waive")

    money.undo(desk.office, PLAN, waiver, "đơn vị sẽ nộp đủ", TREASURER)

    assert (dues(desk)[GTVT], desk.problems()["short/visit-2024-q2/so-gtvt"]) == (("part", 1_749_000), "open")


def test_the_head_says_which_transfer_a_debit_took_back(desk: Desk) -> None:
    take_in(desk, ("10/04/2024", "B1", -1_749_000, "dieu chinh"), name="b.csv")
    assert desk.problems()["unexplained_debit/7"] == "open"

    money.reverse(desk.office, PLAN, 7, 4, TREASURER)

    assert (dues(desk)[GTVT], explained(desk, 7)) == (("open", 0), "reversal/4")
    assert (desk.problems()["unexplained_debit/7"], desk.problems()["reversed/4"]) == ("resolved", "open")


def test_what_the_bank_took_back_once_it_cannot_take_back_again(desk: Desk) -> None:
    for document in ("B1", "B2"):
        row = ("10/04/2024", document, -1_749_000, f"Hoan tra {{{GTVT}}} A4")
        take_in(desk, row, name=f"{document}.csv")

    assert (explained(desk, 7), explained(desk, 8)) == ("reversal/4", None)
    assert desk.problems()["unexplained_debit/8"] == "open"


def test_money_for_what_was_called_off_belongs_to_nobody_and_cannot_be_booked_for_it(desk: Desk) -> None:
    for quarter in ("q3", "q4", "q2"):
        cancel(desk.office, PLAN, f"visit-2024-{quarter}", "Gia đình đề nghị", TREASURER)
    desk.at("2024-04-11 08:15").run()

    take_in(desk.at("2024-04-12 10:00"), ("12/04/2024", "B1", 1_500_000, f"{{{TNXP}}}"), name="b.csv")

    assert [line.transfer for line in money_overview(desk.office, PLAN).waiting] == [3, 7]
    with pytest.raises(DondocError, match=f"{TNXP}"):
        money.confirm(desk.office, PLAN, 7, TREASURER, {DueKey(TNXP): 1_500_000})
    assert dues(desk)[TNXP] == ("withdrawn", 0)


def test_a_debit_that_is_none_of_the_plans_money_is_left_with_its_reason(desk: Desk) -> None:
    money.leave_debit(desk.office, PLAN, 6, " tiền của Sở ", TREASURER)

    assert (explained(desk, 6), desk.problems()["unexplained_debit/6"]) == ("other: tiền của Sở", "resolved")
    assert "money.left" in desk.events()


def test_cash_that_is_more_than_is_owed_is_a_credit_and_an_expense_may_be_paid_of_it(desk: Desk) -> None:
    cash = money.Cash(2_000_000, TODAY, " ", "form-1")
    money.book_cash(desk.office, PLAN, cash, {DueKey(TNXP): 1_500_000}, TREASURER)
    expense = money.Expense("visit", 300_000, TODAY, " Quà ", " HĐ 1 ", "form-2", in_cash=True)
    money.spend(desk.office, PLAN, expense, TREASURER)

    assert booked(desk)[-4:] == [
        ("receipt", 2_000_000),
        ("allocation", 1_500_000),
        ("credit", 500_000),
        ("expense", 300_000),
    ]
    assert (money_overview(desk.office, PLAN).in_cash, notes(desk)[-1]) == (1_700_000, "HĐ 1")


def test_what_is_left_of_a_transfer_that_pays_less_is_its_units_credit(desk: Desk) -> None:
    money.confirm(desk.office, PLAN, 3, TREASURER, {DueKey(TNXP): 100_000})

    assert booked(desk)[-2:] == [("allocation", 100_000), ("credit", 23_456)]
    assert (dues(desk)[TNXP], desk.problems()["credit_held/3"]) == (("part", 100_000), "open")


def test_what_money_went_for_stands_in_the_history(desk: Desk) -> None:
    money.spend(
        desk.office, PLAN, money.Expense("visit", 500_000, TODAY, " Quà ", "HĐ 1", "form-1"), TREASURER, debit=5
    )
    money.leave_debit(desk.office, PLAN, 6, " tiền của Sở ", TREASURER)

    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(HistoryRow).where(HistoryRow.event.in_(["money.spent", "money.left"])))
        said = [(row.event, row.old, row.detail, row.who) for row in rows]
        expense = session.scalars(select(ExpenseRow)).one()
    assert said == [
        ("money.spent", None, "visit: 500.000 đồng, Quà", "thủ quỹ"),
        ("money.left", "6", "tiền của Sở", "thủ quỹ"),
    ]
    assert (expense.what, expense.evidence, expense.amount, expense.spent_on) == ("Quà", "HĐ 1", 500_000, TODAY)
    assert explained(desk, 5) == f"expense/{expense.entry}"


def test_what_was_paid_for_what_is_called_off_is_for_the_head(desk: Desk) -> None:
    for quarter in ("q3", "q4", "q2"):
        cancel(desk.office, PLAN, f"visit-2024-{quarter}", "Gia đình đề nghị", TREASURER)
    desk.at("2024-04-11 08:15").run()

    assert (dues(desk)[YTE], dues(desk)[TNXP]) == (("paid", 1_750_000), ("withdrawn", 0))
    raised = [key for key in desk.problems() if key.startswith("paid_for_cancelled")]
    assert raised == [f"paid_for_cancelled/visit-2024-q2/{unit}" for unit in ("so-y-te", "so-gtvt")]


def test_another_amount_is_asked_for_where_nothing_was_paid_and_is_for_the_head_where_it_was(desk: Desk) -> None:
    dearer = Revision(day=date(2024, 6, 17), each=2_000_000)
    set_date(desk.office, PLAN, "visit-2024-q2", dearer, "Chi phí tăng", TREASURER)
    desk.at("2024-04-11 09:00").everyone_answers()
    desk.at("2024-04-11 17:05").run()

    with desk.office.sessions.reading() as session:
        amounts = {line["key"]: line["amount"] for line in ledger_lines(session) if "key" in line}
    assert (amounts[TNXP], amounts[YTE]) == (2_000_000, 1_750_000)
    assert desk.problems()["due_changed/visit-2024-q2/so-y-te"] == "open"
    assert "due_changed/visit-2024-q2/tnxp" not in desk.problems()
    assert desk.letters("contribution_request/visit-2024-q2/tnxp") == [
        "contribution_request/visit-2024-q2/tnxp",
        "contribution_request/visit-2024-q2/tnxp/2",
    ]
