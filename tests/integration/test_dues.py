"""What the units owe follows what was agreed: raised once, for members, and gone with what is called off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.domain.plan import Contact, Plan, Relation, Role, Unit, UnitName
from dondoc.domain.proposal import Revision
from dondoc.domain.states import RequestState
from dondoc.services.decide import cancel, proceed
from dondoc.services.ledger_lines import ledger_lines
from dondoc.services.life import set_date
from dondoc.services.plans import load_plan
from dondoc.store.history import resolve_problem
from dondoc.store.queries import find_request
from dondoc.store.tables import HistoryRow, ProblemRow
from dondoc.store.tables_money import DueRow
from tests.integration.bank import GTVT, TNXP, YTE, an_agreed_visit, codes_of, dues, sum_of_everything, take_in
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024

HEADS = "due/visit-2024-q2/khoi-dcd"
CAMPAIGN = "ky-nghi-hong-2024"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_agreed_visit(tmp_path) as desk:
        yield desk


def told(desk: Desk, event: str) -> list[tuple[str | None, str | None, str | None, str]]:
    """What the history says of an event: of which unit, what was, what is, and more."""
    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(HistoryRow).where(HistoryRow.event == event).order_by(HistoryRow.id))
        return [(row.unit, row.old, row.new, row.detail) for row in rows]


def says(desk: Desk, problem: str) -> str:
    """A problem in its words; its kind is what its key begins with."""
    with desk.office.sessions.reading() as session:
        row = session.scalars(select(ProblemRow).where(ProblemRow.key == problem)).one()
        assert row.kind == problem.split("/")[0]
        return row.detail


def words(desk: Desk, letter: str) -> str:
    """A letter's text, unwrapped."""
    body = message_from_bytes(desk.letter(letter).content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def lines(desk: Desk) -> dict[str, dict[str, object]]:
    with desk.office.sessions.reading() as session:
        return {line["key"]: line for line in ledger_lines(session) if "key" in line}


def dearer(desk: Desk) -> None:
    """Two million each is proposed for the visit, and agreed to."""
    set_date(desk.office, PLAN, "visit-2024-q2", Revision(day=date(2024, 6, 17), each=2_000_000), "Giá tăng", HEAD)
    desk.at("2024-04-11 09:00").everyone_answers()
    desk.at("2024-04-11 17:05").run()


def test_the_history_says_what_each_owes_and_that_the_heads_share_is_booked_internally(desk: Desk) -> None:
    raised = told(desk, "due.raised")

    assert raised[:2] == [
        ("khoi-dcd", None, HEADS, "2.250.000 đồng (ghi sổ nội bộ)"),
        ("so-y-te", None, YTE, "1.750.000 đồng"),
    ]
    assert len(raised) == 7


def test_the_years_money_is_raised_once_and_serves_the_visits_that_remain(desk: Desk) -> None:
    before = dues(desk)
    for quarter in ("q4", "q2"):
        cancel(desk.office, PLAN, f"visit-2024-{quarter}", "Gia đình đề nghị", HEAD)
    desk.at("2024-04-02 08:15").run()
    assert dues(desk) == before

    desk.at("2024-07-01 08:15").run()
    for unit in plan_2024().units[1:]:
        desk.answer(unit.id, occurrence="visit-2024-q3")
    desk.at("2024-07-01 17:05").run()

    assert desk.occurrence("visit-2024-q3").state.value == "launched"
    assert dues(desk) == before


def test_what_is_called_off_before_it_was_agreed_owes_nothing(desk: Desk) -> None:
    desk.at("2024-05-02 08:15").run()
    cancel(desk.office, PLAN, CAMPAIGN, "Thành Đoàn không tổ chức", HEAD)
    desk.at("2024-05-03 08:15").run()

    assert [key for key in dues(desk) if CAMPAIGN in key] == []
    assert told(desk, "due.withdrawn") == []


def test_what_is_called_off_is_withdrawn_once_and_what_was_paid_stays_the_heads_matter(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_000_000, f"{{{YTE}}}"))
    for quarter in ("q3", "q4", "q2"):
        cancel(desk.office, PLAN, f"visit-2024-{quarter}", "Gia đình đề nghị", HEAD)
    desk.at("2024-04-11 08:15").run()
    desk.at("2024-04-12 08:15").run()

    withdrawn = told(desk, "due.withdrawn")
    assert [unit for unit, *_ in withdrawn] == ["khoi-dcd", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt"]
    assert withdrawn[1] == ("so-gtvt", GTVT, None, "")
    assert dues(desk)[HEADS] == ("withdrawn", 0)
    assert dues(desk)[YTE] == ("part", 1_000_000)
    title = plan_2024().occurrence("visit-2024-q2")[1].title
    assert says(desk, "paid_for_cancelled/visit-2024-q2/so-y-te") == f"{title}: đã nhận 1.000.000 đồng"
    assert sum_of_everything(desk) == 0


def test_another_amount_is_in_the_history_and_the_heads_own_share_follows_without_a_question(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
    dearer(desk)

    changed = told(desk, "due.changed")
    assert [unit for unit, *_ in changed] == ["khoi-dcd", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt"]
    assert changed[0] == ("khoi-dcd", "2.250.000 đồng", "2.000.000 đồng", "")
    assert changed[3] == ("tnxp", "1.500.000 đồng", "2.000.000 đồng", "")
    assert "từ 1.500.000 đồng thành 2.000.000 đồng" in words(desk, "contribution_request/visit-2024-q2/tnxp/2")
    assert dues(desk)[HEADS] == ("paid", 2_000_000)
    assert [key for key in desk.problems() if key.startswith("due_changed")] == ["due_changed/visit-2024-q2/so-y-te"]
    assert (
        says(desk, "due_changed/visit-2024-q2/so-y-te")
        == "đã thu theo mức 1.750.000 đồng, nay thống nhất 2.000.000 đồng"
    )
    assert sum_of_everything(desk) == 0


def test_what_the_head_settled_about_another_amount_is_not_brought_up_again(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))
    dearer(desk)
    problem = "due_changed/visit-2024-q2/so-y-te"
    with desk.office.sessions.writing() as session:
        assert resolve_problem(session, PLAN, desk.clock.at, problem, by=HEAD)

    desk.at("2024-04-12 08:15").run()

    assert desk.problems()[problem] == "resolved"


def test_who_joins_later_owes_what_was_agreed_and_nobody_else_is_asked_again(desk: Desk) -> None:
    dearer(desk)
    before, letters = lines(desk), desk.letters("contribution_request")
    joined = Unit(
        id="khoi-nnmt",
        names=(UnitName(full="Đoàn Khối Nông nghiệp và Môi trường", short="Đoàn Khối NN&MT"),),
        contacts=(Contact(role=Role.CONTACT, email="khoi-nnmt@example.org"),),
    )
    plan = plan_2024()
    load_plan(desk.office, plan.model_copy(update={"units": (*plan.units, joined)}), HEAD)
    desk.at("2024-04-12 08:15").run()

    [key] = lines(desk).keys() - before.keys()
    assert key == "due/visit-2024-q2/khoi-nnmt"
    assert (lines(desk)[key]["amount"], lines(desk)[key]["due_on"]) == (2_000_000, "2024-04-26")
    assert {key: line for key, line in lines(desk).items() if key in before} == before
    assert desk.letters("contribution_request") == [*letters, "contribution_request/visit-2024-q2/khoi-nnmt"]


def test_what_another_plan_calls_off_is_raised_all_the_same(tmp_path: Path) -> None:
    with an_office(tmp_path) as desk:
        other = plan_2024().model_copy(update={"id": f"{PLAN}-b"})
        load_plan(desk.office, other, HEAD)
        for quarter in ("q2", "q3", "q4"):
            cancel(desk.office, other.id, f"visit-2024-{quarter}", "Gia đình đề nghị", HEAD)
        desk.at("2024-04-01 08:00").run()
        desk.at("2024-04-01 09:00").everyone_answers()
        desk.at("2024-04-01 17:05").run()

        assert len(dues(desk)) == 7
        assert not any(key.startswith("no_account") for key in desk.problems())


def test_the_money_of_a_plan_is_raised_and_numbered_by_itself(desk: Desk) -> None:
    other = plan_2024().model_copy(update={"id": f"{PLAN}-b"})
    load_plan(desk.office, other, HEAD)
    cancel(desk.office, other.id, "visit-2024-q2", "Gia đình đề nghị", HEAD)
    desk.at("2024-07-01 08:15").run()
    proceed(desk.office, other.id, "visit-2024-q3", "Đã thống nhất qua điện thoại", HEAD)
    desk.at("2024-07-01 17:05").run()

    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(DueRow).where(DueRow.plan_id == other.id).order_by(DueRow.id)).all()
    assert [(row.number, row.key) for row in rows][:2] == [
        (1, "due/visit-2024-q3/khoi-dcd"),
        (2, "due/visit-2024-q3/so-y-te"),
    ]
    assert len({row.code for row in rows} | set(codes_of(desk).values())) == 14


def test_until_the_plan_has_an_account_the_problem_says_so_and_then_all_is_asked_for(tmp_path: Path) -> None:
    with an_agreed_visit(tmp_path, plan_2024().model_copy(update={"account": None})) as desk:
        assert says(desk, f"no_account/{PLAN}") == "kế hoạch chưa có tài khoản nhận kinh phí đóng góp"

        load_plan(desk.office, plan_2024(), HEAD)
        desk.at("2024-04-02 08:15").run()

        assert desk.problems()[f"no_account/{PLAN}"] == "resolved"
        assert len(desk.letters("contribution_request")) == 6


def test_where_the_money_goes_from_now_on_is_in_the_history(desk: Desk) -> None:
    plan = plan_2024()
    assert plan.account is not None
    moved = plan.account.model_copy(update={"number": "0011009876543"})
    load_plan(desk.office, plan.model_copy(update={"account": moved}), HEAD)

    assert told(desk, "account.changed") == [(None, plan.account.number, "0011009876543", "")]


def test_a_unit_that_led_and_leaves_has_paid_its_share(desk: Desk) -> None:
    plan = plan_2024()
    [old] = plan.heads
    day = date(2024, 4, 11)
    new = {"unit": "so-y-te", "name": "Trần Thị Mai", "email": "bi-thu.so-y-te@example.org", "since": day}
    heads = (old.model_copy(update={"until": date(2024, 4, 10)}), old.model_copy(update=new))
    gone = Relation(kind="left", on=day)
    units = tuple(u.model_copy(update={"relations": (gone,)}) if u.id == "khoi-dcd" else u for u in plan.units)
    load_plan(desk.office, plan.model_copy(update={"units": units, "heads": heads}), HEAD)
    desk.at("2024-04-11 08:15").run()

    assert dues(desk)[HEADS] == ("paid", 2_250_000)
    assert told(desk, "due.frozen") == []


def test_a_unit_that_leaves_owes_what_the_head_decides_and_the_record_says_how_much(desk: Desk) -> None:
    take_in(desk.at("2024-04-10 10:00"), ("09/04/2024", "A1", 500_000, f"{{{GTVT}}}"))
    plan = plan_2024()
    gone = Relation(kind="left", on=date(2024, 4, 11))
    leaving = ("so-gtvt", "tnxp")
    units = tuple(u.model_copy(update={"relations": (gone,)}) if u.id in leaving else u for u in plan.units)
    load_plan(desk.office, plan.model_copy(update={"units": units}), HEAD)
    desk.at("2024-04-11 08:15").run()
    desk.at("2024-04-12 08:15").run()

    assert [(unit, new) for unit, _, new, _ in told(desk, "due.frozen")] == [("so-gtvt", GTVT), ("tnxp", TNXP)]
    assert says(desk, "frozen_due/visit-2024-q2/so-gtvt") == "1.250.000 đồng chưa nộp khi đơn vị rời Cụm"
    with desk.office.sessions.reading() as session:
        request = find_request(session, PLAN, "contribution/visit-2024-q2/so-gtvt")
        assert (request.state, request.held_at) == (RequestState.WITHDRAWN, None)
    assert [key for key in desk.problems() if key.startswith("no_address")] == []
    assert (lines(desk)[GTVT]["paid"], lines(desk)[GTVT]["outstanding"]) == (500_000, 1_250_000)


def with_yte(**changes: object) -> Plan:
    plan = plan_2024()
    units = tuple(unit.model_copy(update=changes) if unit.id == "so-y-te" else unit for unit in plan.units)
    return plan.model_copy(update={"units": units})


ASKED, SECRETARY = "contribution_request/visit-2024-q2/so-y-te", "contribution_escalation/visit-2024-q2/so-y-te"


def test_who_is_asked_reads_what_the_plan_says_of_the_contribution(desk: Desk) -> None:
    asked = words(desk, ASKED)

    assert "Căn cứ: “Đóng góp kinh phí thăm hỏi và phụng dưỡng Mẹ Việt Nam Anh hùng.”" in asked
    assert "Khoản này đóng góp một lần cho tất cả các lần tổ chức trong năm." in asked


def test_what_is_paid_for_one_campaign_is_not_said_to_be_for_the_year(desk: Desk) -> None:
    desk.at("2024-05-02 08:15").run()
    proceed(desk.office, PLAN, "ky-nghi-hong-2024", "Đã thống nhất qua điện thoại", HEAD)
    desk.at("2024-05-02 17:05").run()

    asked = words(desk, "contribution_request/ky-nghi-hong-2024/so-y-te")
    assert "7.000.000" in asked
    assert "trong năm" not in asked


def test_what_follows_the_asking_answers_it_and_the_secretary_reads_who_was_asked(desk: Desk) -> None:
    for day in (10, 12, 16):
        desk.at(f"2024-04-{day} 08:15").run()

    answers = {
        key: message_from_bytes(desk.letter(key).content)["In-Reply-To"]
        for key in (ASKED, "contribution_reminder/visit-2024-q2/so-y-te/1", SECRETARY)
    }
    asked = desk.letter(ASKED).message_id
    assert [*answers.values()] == [None, asked, asked]
    assert "đầu mối của đơn vị (so-y-te@example.org)" in words(desk, SECRETARY)


def test_the_secretary_is_told_even_of_a_unit_that_has_no_contact_any_more(desk: Desk) -> None:
    for day in (10, 12):
        desk.at(f"2024-04-{day} 08:15").run()
    secretary = tuple(one for one in plan_2024().unit("so-y-te").contacts if one.role is Role.SECRETARY)
    load_plan(desk.office, with_yte(contacts=secretary), HEAD)

    desk.at("2024-04-16 08:15").run()

    assert "Đơn vị chưa đăng ký địa chỉ của đầu mối liên hệ" in words(desk, f"{SECRETARY}/2")


def test_nobody_is_reminded_while_the_plan_names_no_account(desk: Desk) -> None:
    load_plan(desk.office, plan_2024().model_copy(update={"account": None}), HEAD)

    desk.at("2024-04-10 08:15").run()
    assert desk.letters("contribution_reminder") == []

    load_plan(desk.office, plan_2024(), HEAD)
    desk.at("2024-04-12 08:15").run()
    assert len(desk.letters("contribution_reminder")) == 6
