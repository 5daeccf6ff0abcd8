"""Problems as a whole: told at once, bundled, repeated until acknowledged, taken up again when stale (R6, R3)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from dondoc.cli import group
from dondoc.clock import local
from dondoc.config import PROJECT
from dondoc.domain.plan import Audience, Plan, Rung, Substitute
from dondoc.domain.states import Channel, LetterState, Severity
from dondoc.errors import Refused, Unreadable
from dondoc.services.held import raise_by_hand, settle
from dondoc.services.ladder import climb
from dondoc.services.links import Purpose
from dondoc.services.upward import approve_upward
from dondoc.store.history import Actor, raise_problem
from dondoc.store.tables import HistoryRow, LetterRow, LinkRow, SuppressionRow
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024

pytestmark = pytest.mark.usefixtures("each_database")

HEAD_ADDRESS = "bi-thu.khoi-dcd@example.org"
NOTICE = f"problems_notice/{PLAN}/head"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A Monday morning; nothing has been asked yet."""
    with an_office(tmp_path, "2024-04-01 07:00") as desk:
        desk.at("2024-04-01 08:00").send()
        yield desk


def report(
    desk: Desk,
    text: str = "Không có bác sĩ",
    *,
    urgent: bool = False,
    occurrence: str | None = None,
    unit: str = "so-y-te",
) -> str:
    return raise_by_hand(
        desk.office,
        PLAN,
        unit,
        text,
        occurrence=occurrence,
        severity=Severity.URGENT if urgent else Severity.NORMAL,
        by=Actor(unit, Channel.WEB),
        source=f"{text}/{desk.clock.at.isoformat()}",
    )


def climbing(desk: Desk, *moments: str) -> list[int]:
    """How many letters are written at each of the moments."""
    return [climb(desk.at(moment).office) for moment in moments]


def body(desk: Desk, key: str) -> str:
    from email import message_from_bytes, policy

    text = message_from_bytes(desk.letter(key).content, policy=policy.default).get_body(("plain",))
    assert text is not None
    return " ".join(text.get_content().split())


def lines(desk: Desk, event: str) -> list[HistoryRow]:
    with desk.office.sessions.reading() as session:
        return list(session.scalars(select(HistoryRow).where(HistoryRow.event == event).order_by(HistoryRow.id)))


def refuse(desk: Desk, *addresses: str) -> None:
    with desk.office.sessions.writing() as session:
        for address in addresses:
            session.add(SuppressionRow(address=address, since=desk.clock.now(), reason="5.1.1 no such user"))


def away(plan: Plan) -> Plan:
    """The head is away in the first week of April."""
    stands_in = Substitute(
        name="(họ và tên)",
        title="Phó Bí thư Đoàn Khối Dân – Chính – Đảng Thành phố",
        email="pho-bi-thu@example.org",
        since=date(2024, 4, 1),
        until=date(2024, 4, 5),
    )
    return plan.model_copy(update={"heads": (plan.heads[0].model_copy(update={"substitutes": (stands_in,)}),)})


def test_several_problems_make_one_letter_and_it_is_written_once(desk: Desk) -> None:
    report(desk, "Thiếu xe")
    report(desk, "Chưa có kinh phí", unit="tnxp")

    assert climbing(desk, "2024-04-01 09:00", "2024-04-01 09:05", "2024-04-01 17:05") == [1, 0, 0]
    text = body(desk, f"{NOTICE}/1")
    assert "Thiếu xe" in text
    assert "Chưa có kinh phí" in text


def test_every_problem_in_a_letter_has_a_link_of_its_own(desk: Desk) -> None:
    keys = {report(desk, "Thiếu xe"), report(desk, "Chưa có kinh phí")}

    climb(desk.office)

    with desk.office.sessions.reading() as session:
        links = list(session.scalars(select(LinkRow).where(LinkRow.purpose == Purpose.PROBLEM.value)))
        assert {link.subject for link in links} == keys
        for link in links:
            url = desk.office.links.url(link)
            assert url in body(desk, f"{NOTICE}/1").split()
            assert desk.office.links.read(session, url.rpartition("/")[2], Purpose.PROBLEM, desk.clock.now()) is link


def test_what_nobody_acknowledges_is_told_again_and_counted(desk: Desk) -> None:
    report(desk)

    written = climbing(desk, "2024-04-01 09:00", "2024-04-02 08:59", "2024-04-02 09:00", "2024-04-03 09:00")

    assert written == [1, 0, 1, 0]
    assert "báo cáo lần thứ 2" in body(desk, f"{NOTICE}/2")
    assert [line.detail for line in lines(desk, "problem.told")] == [f"{NOTICE}/1, time 1", f"{NOTICE}/2, time 2"]


def test_an_acknowledged_problem_is_left_alone_until_it_is_stale(desk: Desk) -> None:
    key = report(desk.at("2024-04-02 09:00"))
    climb(desk.office)
    settle(desk.at("2024-04-02 10:00").office, PLAN, key, "acknowledge", HEAD)

    assert climbing(desk, "2024-04-03 10:00", "2024-04-08 17:05", "2024-04-09 08:15") == [0, 1, 1]
    assert desk.problems() == {key: "open"}
    assert "Đã tiếp nhận, chưa xử lý xong".upper() in body(desk, f"head_digest/{PLAN}/2024-04-08")
    assert "đã tiếp nhận lúc 10 giờ 00, ngày 02/04/2024, chưa xử lý xong" in body(desk, f"{NOTICE}/2")
    assert [line.detail for line in lines(desk, "problem.stale")] == [f"acknowledged by {HEAD.who}"]
    settle(desk.office, PLAN, key, "resolve", HEAD)
    with pytest.raises(Refused, match="resolved already"):
        settle(desk.office, PLAN, key, "resolve", HEAD)
    assert climbing(desk, "2024-04-10 08:15") == [0]


def test_at_night_an_ordinary_problem_waits_and_the_history_says_so_once(desk: Desk) -> None:
    desk.at("2024-04-03 21:00")
    report(desk)

    assert climbing(desk, "2024-04-03 21:05", "2024-04-03 23:00", "2024-04-04 07:29") == [0] * 3
    assert [line.detail for line in lines(desk, "problem.held")] == [
        "not sent, because the office has closed; it waits until 04/04/2024 07:30"
    ]
    assert climbing(desk, "2024-04-04 07:30") == [1]


def test_what_would_be_told_again_later_today_goes_with_a_letter_that_leaves_anyway(desk: Desk) -> None:
    report(desk.at("2024-04-02 15:00"), "Thiếu xe")
    climb(desk.office)
    report(desk.at("2024-04-03 09:00"), "Chưa có kinh phí", unit="tnxp")

    assert climbing(desk, "2024-04-03 09:00", "2024-04-03 15:00", "2024-04-03 17:05") == [1, 0, 0]
    assert "Thiếu xe" in body(desk, f"{NOTICE}/2")
    assert "Chưa có kinh phí" in body(desk, f"{NOTICE}/2")


def test_an_urgent_problem_is_told_at_night_and_every_two_hours(desk: Desk) -> None:
    key = report(desk.at("2024-04-06 22:30"), urgent=True)

    assert climbing(desk, "2024-04-06 22:30", "2024-04-07 00:25", "2024-04-07 00:30", "2024-04-07 02:30") == [
        1,
        0,
        1,
        1,
    ]
    settle(desk.office, PLAN, key, "acknowledge", HEAD)
    assert climbing(desk, "2024-04-07 04:30", "2024-04-07 08:15") == [0, 0]
    assert desk.letter(f"{NOTICE}/1").subject.startswith("Đề nghị xử lý khẩn 1 vấn đề phát sinh")


def test_what_a_unit_reports_three_days_before_is_urgent_whatever_it_calls_it(desk: Desk) -> None:
    visit = plan_2024().occurrence("visit-2024-q2")[1].first_day
    desk.at(f"{visit.replace(day=visit.day - 2)} 22:30")
    report(desk, occurrence="visit-2024-q2")

    assert climb(desk.office) == 1
    assert [(line.old, line.new) for line in lines(desk, "problem.graded")] == [("normal", "urgent")]


def test_nobody_gets_more_letters_than_an_hour_allows_and_the_next_one_has_the_rest(desk: Desk) -> None:
    for minute in range(0, 60, 5):
        report(desk.at(f"2024-04-01 09:{minute:02}"), f"Vấn đề {minute}")
        climb(desk.office)
    assert len(desk.letters("problems_notice")) == 2
    assert len(lines(desk, "problem.held")) == 10

    report(desk, "Tai nạn trên đường", urgent=True)
    assert climb(desk.office) == 1
    assert climbing(desk, "2024-04-01 10:04", "2024-04-01 10:05", "2024-04-01 10:10") == [0, 1, 0]
    assert body(desk, f"{NOTICE}/4").count("Chi tiết: Vấn đề") == 10


def test_while_the_head_is_away_the_substitute_gets_the_letters_and_of_urgent_ones_both(tmp_path: Path) -> None:
    with an_office(tmp_path, plan=away(plan_2024())) as desk:
        report(desk.at("2024-04-02 09:00"))
        climb(desk.office)
        report(desk.at("2024-04-02 23:00"), "Tai nạn trên đường", urgent=True)
        climb(desk.office)
        report(desk.at("2024-04-09 09:00"), "Thiếu xe")
        climb(desk.office)

        sent = [desk.letter(key) for key in desk.letters("problems_notice")]
        assert [(letter.address, letter.addressee) for letter in sent] == [
            ("pho-bi-thu@example.org", "head"),
            ("pho-bi-thu@example.org", "head"),
            (HEAD_ADDRESS, "head"),
            (HEAD_ADDRESS, "head"),
        ]
        assert desk.letter(f"plan_started/{PLAN}/head").address == "pho-bi-thu@example.org"
        assert "vì thay mặt Cụm trưởng" in body(desk, f"{NOTICE}/1")
        assert "vì là Cụm trưởng" in body(desk, f"{NOTICE}/3")


def test_a_bounce_tells_the_secretary_and_the_head_and_is_not_silence(desk: Desk) -> None:
    desk.run()
    bounced = desk.letter("consultation_request/visit-2024-q2/so-y-te")
    refuse(desk, bounced.address)
    with desk.office.sessions.writing() as session:
        raise_problem(
            session, PLAN, desk.clock.now(), f"letter_failed/{bounced.key}", kind="letter_failed",
            detail="5.1.1 no such user", occurrence="visit-2024-q2", unit="so-y-te",
        )  # fmt: skip
    desk.at("2024-04-01 08:15").run()

    escalation = desk.letter("consultation_escalation/visit-2024-q2/so-y-te")
    assert escalation.address == "bi-thu.so-y-te@example.org"
    assert "không tới được người nhận" in body(desk, escalation.key)
    assert len(desk.letters("problems_notice")) == 1
    assert desk.letters("problem_to_unit") == []
    assert [line.detail for line in lines(desk, "problem.not_told")] == [
        "not sent, because the secretary is asked for the answer itself"
    ]

    desk.everyone_answers("so-y-te", "tnxp")
    for moment in ("2024-04-03 08:15", "2024-04-05 08:15", "2024-04-08 17:05"):
        desk.at(moment).run()
    assert desk.letters("consultation_reminder/visit-2024-q2/so-y-te") == []
    assert desk.problems() == {
        f"letter_failed/{bounced.key}": "open",
        "undelivered/visit-2024-q2/so-y-te": "open",
        "silence/visit-2024-q2/tnxp": "open",
    }
    assert "Không gửi được thư: Đoàn Sở Y tế" in body(desk, "decision_needed/visit-2024-q2/head")


def test_a_unit_that_was_not_reached_does_not_consent_by_silence(tmp_path: Path) -> None:
    plan = plan_2024()
    consenting = plan.model_copy(update={"policy": plan.policy.model_copy(update={"silence": "consent"})})
    with an_office(tmp_path, plan=consenting) as desk:
        desk.at("2024-04-01 08:00").run()
        refuse(desk, "so-y-te@example.org")
        desk.at("2024-04-08 17:05").run()

        assert "undelivered/visit-2024-q2/so-y-te" in desk.problems()
        assert desk.occurrence().agreed_at is None


def test_a_failed_letter_that_asks_nothing_is_told_to_the_secretary(desk: Desk) -> None:
    refuse(desk, "so-y-te@example.org")
    with desk.office.sessions.writing() as session:
        raise_problem(
            session, PLAN, desk.clock.now(), "letter_failed/consultation_outcome/visit-2024-q2/so-y-te",
            kind="letter_failed", detail="5.1.1 no such user", unit="so-y-te",
        )  # fmt: skip

    assert climb(desk.office) == 2
    letter = desk.letter(f"problem_to_unit/{PLAN}/so-y-te/1")
    assert (letter.addressee, letter.address) == ("so-y-te", "bi-thu.so-y-te@example.org")
    assert len(desk.letters("problems_notice")) == 1


def test_a_problem_climbs_from_the_contact_over_the_secretary_to_the_head(tmp_path: Path) -> None:
    plan = plan_2024()
    up = (Rung(to=Audience.CONTACT), Rung(to=Audience.SECRETARY, after=1), Rung(to=Audience.HEAD, after=1))
    policy = plan.policy.model_copy(update={"ladders": {"reported": up}})
    with an_office(tmp_path, plan=plan.model_copy(update={"policy": policy})) as desk:
        key = report(desk.at("2024-04-01 09:00"))
        climbing(desk, "2024-04-01 09:00", "2024-04-02 09:00", "2024-04-03 09:00", "2024-04-04 09:00")

        told = [(line.new, line.old) for line in lines(desk, "problem.told")]
        assert told == [(to, key) for to in ("contact", "secretary", "head", "head")]


def test_a_step_without_an_address_is_passed_over_and_the_history_says_why(desk: Desk) -> None:
    refuse(desk, "so-y-te@example.org", "bi-thu.so-y-te@example.org")
    with desk.office.sessions.writing() as session:
        raise_problem(
            session, PLAN, desk.clock.now(), "letter_failed/x", kind="letter_failed", detail="…", unit="so-y-te"
        )

    assert climbing(desk, "2024-04-01 09:00", "2024-04-01 09:05") == [1, 0]
    assert [line.detail for line in lines(desk, "problem.not_told")] == [
        "not sent, because the plan names no secretary of so-y-te to whom letters arrive"
    ]


def test_a_letter_about_problems_that_fails_is_not_the_matter_of_another_one(desk: Desk) -> None:
    report(desk)
    climb(desk.office)
    with desk.office.sessions.writing() as session:
        raise_problem(
            session,
            PLAN,
            desk.clock.now(),
            f"letter_failed/{NOTICE}/1",
            kind="letter_failed",
            detail="554",
            unit="head",
        )

    assert climbing(desk, "2024-04-01 09:30", "2024-04-01 17:05") == [0, 0]
    assert f"letter_failed/{NOTICE}/1" in desk.problems()


def test_nothing_goes_above_the_head_until_the_head_says_so(desk: Desk) -> None:
    key = report(desk, urgent=True)
    for moment in ("2024-04-01 09:00", "2024-04-02 08:15", "2024-04-05 17:05"):
        desk.at(moment).run()
    above = {recipient.email for recipient in plan_2024().recipients if recipient.needs_approval}
    with desk.office.sessions.reading() as session:
        assert not above & set(session.scalars(select(LetterRow.address)))

    written = approve_upward(
        desk.office, PLAN, key, ["thanh-doan-thuong-truc", "cap-uy"], HEAD, "Đề nghị hỗ trợ bác sĩ"
    )
    desk.send()

    assert written == 2
    reports = [desk.letter(letter) for letter in desk.letters("problem_report")]
    assert [(letter.address, letter.state) for letter in reports] == [
        ("thuong-truc.thanh-doan@example.org", LetterState.SENT),
        ("cap-uy.so-y-te@example.org", LetterState.SENT),
    ]
    approved = lines(desk, "problem.report_approved")
    assert [(line.who, line.new) for line in approved] == [(HEAD.who, "thanh-doan-thuong-truc, cap-uy")]
    with pytest.raises(Refused, match="not reported already"):
        approve_upward(desk.office, PLAN, key, ["thanh-doan-thuong-truc"], HEAD)
    with pytest.raises(Unreadable, match="has no recipient thanh-doan"):
        approve_upward(desk.office, PLAN, key, ["thanh-doan"], HEAD)
    with pytest.raises(Refused, match="co-so-doan: the plan names no address"):
        approve_upward(desk.office, PLAN, key, ["co-so-doan"], HEAD)


SCENARIO_31 = """
- at: 2024-03-13 22:30
  report: {unit: so-y-te, occurrence: visit-2024-q1, text: "Không có bác sĩ"}
- at: 2024-03-14 05:10
  head: {do: acknowledge, problem: KEY}
- at: 2024-03-14 09:00
  head: {do: report_up, problem: KEY, recipients: [thanh-doan-van-phong], reason: "Đề nghị hỗ trợ"}
"""


def played(folder: Path, script: str) -> Path:
    (folder / "script.yaml").write_text(script, "utf-8")
    plan = str(PROJECT / "config" / "plans" / "hcsn-2024.yaml")
    arguments = f"--script {folder}/script.yaml --from 2024-03-11 --to 2024-03-18 --out {folder}/out"
    done = CliRunner().invoke(group, ["rehearse", plan, *arguments.split()])
    assert done.exit_code == 0, done.output
    return folder / "out"


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_scenario_31_no_doctor_two_days_before_is_told_at_night_until_the_head_acknowledges(tmp_path: Path) -> None:
    assert plan_2024().occurrence("visit-2024-q1")[1].first_day == date(2024, 3, 15)
    unanswered = played(tmp_path, SCENARIO_31.partition("- at: 2024-03-14 05:10")[0])
    (key,) = [p["key"] for p in read(unanswered / "problems.jsonl") if p["kind"] == "reported"]
    nights = [letter["at"] for letter in read(unanswered / "letters.jsonl") if letter["kind"] == "problems_notice"]
    assert nights[:2] == ["2024-03-13T22:30:00+07:00", "2024-03-14T00:30:00+07:00"]
    assert len(nights) > 40

    out = played(tmp_path, SCENARIO_31.replace("KEY", key))

    notices = [letter["at"] for letter in read(out / "letters.jsonl") if letter["kind"] == "problems_notice"]
    problems = {problem["key"]: problem for problem in read(out / "problems.jsonl")}
    assert [at for at in notices if local(datetime.fromisoformat(at)) < local(datetime(2024, 3, 14, 8))] == [  # noqa: DTZ001
        f"2024-03-1{moment}:30:00+07:00" for moment in ("3T22", "4T00", "4T02", "4T04")
    ]
    assert (problems[key]["severity"], problems[key]["state"], problems[key]["told"]) == ("urgent", "acknowledged", 4)
    up = [letter for letter in read(out / "letters.jsonl") if letter["kind"] == "problem_report"]
    assert [(letter["unit"], letter["at"]) for letter in up] == [("thanh-doan-van-phong", "2024-03-14T09:00:00+07:00")]


def test_nothing_urgent_is_repeated_while_everything_is_off(tmp_path: Path) -> None:
    out = played(
        tmp_path,
        """
- at: 2024-03-13 22:30
  report: {unit: so-y-te, text: "Không có bác sĩ", urgent: true}
- at: 2024-03-13 23:00
  off: 10 hours
""",
    )

    notices = [letter["at"] for letter in read(out / "letters.jsonl") if letter["kind"] == "problems_notice"]
    assert notices[:3] == [f"2024-03-1{at}:00+07:00" for at in ("3T22:30", "4T09:00", "4T11:00")]


def test_problems_are_raised_listed_acknowledged_and_resolved_by_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(desk.settings.data))

    def dondoc(*arguments: str) -> str:
        done = CliRunner().invoke(group, ["problem", *arguments])
        assert done.exit_code == 0, done.output
        return done.output

    raised = dondoc("raise", "so-y-te", "Không có bác sĩ", "--urgent", "--as-of", "2024-04-01 22:30")
    (line,) = json.loads(dondoc("list", "--json"))
    assert raised == f"raised: {line['key']}; letters written: 1\n"
    assert (line["severity"], line["state"]) == ("urgent", "open")
    dondoc("acknowledge", line["key"])
    assert "acknowledged" in dondoc("list")
    dondoc("report-up", line["key"], "thanh-doan-van-phong")
    dondoc("resolve", line["key"])
    assert dondoc("list") == "no problems\n"
    assert CliRunner().invoke(group, ["problem", "resolve", line["key"]]).exit_code == 1
    assert CliRunner().invoke(group, ["problem", "raise", "so-vhtt", "…"]).exit_code == 2
