"""The summer campaign's work: given out, taken on or declined, reported, evaluated and told of (II.1, III.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from dondoc.cli import group
from dondoc.domain.ids import UnitId
from dondoc.domain.proposal import Revision
from dondoc.domain.states import Channel, OccurrenceState, RequestState
from dondoc.errors import Refused, Unreadable
from dondoc.services.assigning import assign
from dondoc.services.bulletins import publish
from dondoc.services.decide import apply
from dondoc.services.holding import hold
from dondoc.services.intake import keep, read_kept
from dondoc.services.rehearse_mail import as_replied
from dondoc.services.results import resource_rows, results
from dondoc.services.scoreboard import scoreboard
from dondoc.services.script import Reply
from dondoc.services.working import Progress, Said, answer, evaluate, hand_over, report, report_progress
from dondoc.store.history import Actor
from dondoc.store.tables import RequestRow
from dondoc.store.tables_work import AcceptanceRow, DistributionRow, ProgressRow
from tests.integration.office import HEAD, LEADER, PLAN, UNITS, Desk, an_office
from tests.integration.pages import Site, nonce_in, served

pytestmark = pytest.mark.usefixtures("each_database")

CAMPAIGN = "ky-nghi-hong-2024"
ORPHANS = ("qua-chinh-sach", "ban-giao", "dich-vu-cong")


def said(unit: str, source: str = "1") -> Said:
    return Said(Actor(f"{unit}@example.org", Channel.WEB), f"test/{unit}/{source}")


@pytest.fixture
def agreed(tmp_path: Path) -> Iterator[Desk]:
    """Everybody agreed to the campaign, whose day and place are known; three of its contents belong to nobody."""
    with an_office(tmp_path, "2024-05-02 07:00") as desk:
        apply(desk.office, PLAN, "visit-2024-q2", "cancel", "Gia đình đề nghị", Revision(), HEAD)
        desk.at("2024-05-02 08:00").run()
        where = Revision(day=date(2024, 6, 20), place="xã An Nhơn Tây, huyện Củ Chi")
        apply(desk.office, PLAN, CAMPAIGN, "revise", "Theo phân công của Thành Đoàn", where, HEAD)
        for unit in UNITS:
            desk.answer(unit, occurrence=CAMPAIGN)
        desk.at("2024-05-02 17:05").run()
        yield desk


@pytest.fixture
def launched(agreed: Desk) -> Desk:
    for content in unowned(agreed):
        hand_over(agreed.office, PLAN, CAMPAIGN, content, None, "Thành Đoàn thực hiện", HEAD)
    agreed.at("2024-05-03 08:15").run()
    return agreed


def unowned(desk: Desk) -> list[str]:
    return [one.id for one in results(desk.office, PLAN, CAMPAIGN).unowned]


def requests(desk: Desk, kind: str) -> dict[str, RequestState]:
    with desk.office.sessions.reading() as session:
        rows = session.scalars(select(RequestRow).where(RequestRow.kind == kind).order_by(RequestRow.id))
        return {row.unit: row.state for row in rows}


def held(desk: Desk) -> None:
    """The day has passed, and the head says that it was held."""
    hold(desk.at("2024-06-20 18:00").office, PLAN, CAMPAIGN, None, "", HEAD)


def test_contents_that_nobody_owns_keep_it_from_launching(agreed: Desk) -> None:
    assert agreed.occurrence(CAMPAIGN).state is OccurrenceState.AGREED
    assert len(unowned(agreed)) == 3
    assert agreed.problems()[f"orphan_content/{CAMPAIGN}"] == "open"
    assert requests(agreed, "assignment") == {}

    first, *others = unowned(agreed)
    hand_over(agreed.office, PLAN, CAMPAIGN, first, "tnxp", "", HEAD)
    for content in others:
        hand_over(agreed.office, PLAN, CAMPAIGN, content, None, "Không thực hiện năm nay", HEAD)
    agreed.at("2024-05-03 08:15").run()

    assert agreed.occurrence(CAMPAIGN).state is OccurrenceState.LAUNCHED
    assert agreed.problems()[f"orphan_content/{CAMPAIGN}"] == "resolved"


def test_a_waiver_needs_its_reason_and_a_content_a_member(agreed: Desk) -> None:
    content = unowned(agreed)[0]

    with pytest.raises(Refused, match="give the reason"):
        hand_over(agreed.office, PLAN, CAMPAIGN, content, None, " ", HEAD)
    with pytest.raises(Refused, match="no member"):
        hand_over(agreed.office, PLAN, CAMPAIGN, content, "nobody", "", HEAD)
    with pytest.raises(Unreadable, match="has no content or assignment nothing"):
        hand_over(agreed.office, PLAN, CAMPAIGN, "nothing", "tnxp", "", HEAD)


def test_the_same_decision_about_a_content_again_records_nothing(agreed: Desk) -> None:
    first, second, _ = unowned(agreed)

    def decide() -> list[str]:
        hand_over(agreed.office, PLAN, CAMPAIGN, first, "tnxp", "", HEAD)
        hand_over(agreed.office, PLAN, CAMPAIGN, second, None, "Không thực hiện năm nay", HEAD)
        return agreed.events()

    once = decide()
    agreed.at("2024-05-02 17:20")
    assert decide() == once

    hand_over(agreed.office, PLAN, CAMPAIGN, first, "tnxp", "Có xe", HEAD)
    hand_over(agreed.office, PLAN, CAMPAIGN, first, "khoi-nnptnt", "", HEAD)
    hand_over(agreed.office, PLAN, CAMPAIGN, first, "tnxp", "", HEAD)
    assert agreed.events()[len(once) :] == ["content.assigned"] * 3


def test_each_responsible_unit_gets_its_own_contents_once(launched: Desk) -> None:
    launched.at("2024-05-03 17:05").run()

    assert launched.letters("assignment_request") == [
        f"assignment_request/{CAMPAIGN}/{unit}"
        for unit in ("so-y-te", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt")
    ]
    letter = launched.letter(f"assignment_request/{CAMPAIGN}/so-ldtbxh").content.decode("utf-8", "replace")
    assert "phan-cong-so-ldtbxh.docx" in letter


def test_taken_on_it_is_confirmed_and_not_chased(launched: Desk) -> None:
    key = f"assignment/{CAMPAIGN}/so-y-te"
    answer(launched.office, PLAN, key, accepted=True, reason="", said=said("so-y-te"))
    answer(launched.office, PLAN, key, accepted=True, reason="", said=said("so-y-te"))  # the form came twice
    for moment in ("2024-05-07 08:15", "2024-05-08 08:15", "2024-05-09 08:15", "2024-05-10 08:15"):
        launched.at(moment).run()

    assert launched.letters("assignment_noted") == [f"assignment_noted/{CAMPAIGN}/so-y-te/1"]
    assert not [letter for letter in launched.letters("assignment_reminder") if "so-y-te" in letter]
    assert launched.problems()[f"assignment_unanswered/{CAMPAIGN}/so-gtvt"] == "open"
    with launched.office.sessions.reading() as session:
        assert len(session.scalars(select(AcceptanceRow)).all()) == 1


def test_declined_it_stands_before_the_head_until_somebody_else_has_it(launched: Desk) -> None:
    key = f"assignment/{CAMPAIGN}/khoi-tnmt"
    with pytest.raises(Refused, match="say why"):
        answer(launched.office, PLAN, key, accepted=False, reason=" ", said=said("khoi-tnmt"))

    answer(launched.office, PLAN, key, accepted=False, reason="Trùng lịch thi", said=said("khoi-tnmt"))
    assign(launched.office)
    assert launched.problems()[f"assignment_declined/{CAMPAIGN}/khoi-tnmt"] == "open"
    launched.at("2024-05-03 10:00")
    hand_over(launched.office, PLAN, CAMPAIGN, "moi-truong", "khoi-nnptnt", "", HEAD)
    launched.at("2024-05-06 08:15").run()

    assert launched.problems()[f"assignment_declined/{CAMPAIGN}/khoi-tnmt"] == "resolved"
    assert f"assignment_request/{CAMPAIGN}/khoi-nnptnt/2" in launched.letters("assignment_request")


def test_given_once_more_to_a_unit_that_declined_it_is_asked_again(launched: Desk) -> None:
    hand_over(launched.office, PLAN, CAMPAIGN, "moi-truong", "khoi-tnmt", "", HEAD)
    launched.at("2024-05-03 10:00").run()
    key = f"assignment/{CAMPAIGN}/khoi-tnmt"
    answer(launched.office, PLAN, key, accepted=False, reason="Trùng lịch thi", said=said("khoi-tnmt"))
    asked = launched.letters("assignment_request")

    launched.at("2024-05-03 11:00")
    for _ in range(2):
        hand_over(launched.office, PLAN, CAMPAIGN, "moi-truong", "khoi-tnmt", "", HEAD)
    launched.run()

    assert launched.events().count("content.assigned") == 2
    assert len(launched.letters("assignment_request")) == len(asked) + 1


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Nhất trí", "assignment.accepted"),
        ("Không nhất trí vì đơn vị thiếu bác sĩ", "assignment.declined"),
        ("Đơn vị sẽ trả lời sau", None),
    ],
)
def test_a_plain_reply_is_an_answer_and_all_else_is_held(launched: Desk, text: str, event: str | None) -> None:
    given = Reply(unit="so-y-te", request=f"assignment/{CAMPAIGN}/so-y-te", text=text)
    with launched.office.sessions.reading() as session:
        content = as_replied(launched.office, session, PLAN, given.request, given)
    with launched.office.sessions.writing() as session:
        keep(session, launched.office, "test/1", content)
    read_kept(launched.office)

    events = [one for one in launched.events() if one.startswith("assignment.")]
    assert events == ([event] if event else [])
    assert any(key.startswith("unclear_reply/") for key in launched.problems()) is (event is None)


def test_progress_adds_up_by_the_latest_word_of_each_task(launched: Desk) -> None:
    key = f"assignment/{CAMPAIGN}/so-y-te"
    figures = "số người được khám bệnh"
    answer(launched.office, PLAN, key, accepted=True, reason="", said=said("so-y-te"))
    report_progress(launched.office, PLAN, key, Progress("kham-benh", 40, {figures: 120}), said("so-y-te", "2"))
    report_progress(launched.office, PLAN, key, Progress("kham-benh", 90, {figures: 320}), said("so-y-te", "3"))

    assert results(launched.office, PLAN, CAMPAIGN).figures == ((figures, 320),)
    with launched.office.sessions.reading() as session:
        assert [json.loads(row.figures) for row in session.scalars(select(ProgressRow))] == [
            {figures: 120},
            {figures: 320},
        ]


@pytest.mark.parametrize(
    ("progress", "says"),
    [
        pytest.param(Progress("kham-benh", 101), "cannot be", id="more than all"),
        pytest.param(Progress("kham-benh", 10, {"bò": 3}), "does not count", id="another figure"),
        pytest.param(Progress("kham-benh", 10, {"số người được khám bệnh": -1}), "no figure", id="below zero"),
        pytest.param(Progress("moi-truong", 10), "no task of so-y-te", id="somebody else's task"),
        pytest.param(Progress("kham-benh", 10, on=date(2025, 1, 1)), "has not come yet", id="a day to come"),
    ],
)
def test_progress_that_cannot_be_is_refused(launched: Desk, progress: Progress, says: str) -> None:
    with pytest.raises((Refused, Unreadable), match=says):
        report_progress(launched.office, PLAN, f"assignment/{CAMPAIGN}/so-y-te", progress, said("so-y-te"))


def test_after_the_day_reports_are_asked_for_and_missing_ones_told(launched: Desk) -> None:
    held(launched)
    launched.at("2024-06-21 08:15").run()
    assert set(requests(launched, "report").values()) == {RequestState.OPEN}
    assert set(requests(launched, "assignment").values()) == {RequestState.WITHDRAWN}

    report(launched.office, PLAN, f"report/{CAMPAIGN}/so-y-te", "Khám 320 người.", "https://example.org/a", said("x"))
    for day in range(24, 29):
        launched.at(f"2024-06-{day} 08:15").run()
    for day in range(1, 9):
        launched.at(f"2024-07-{day:02} 08:15").run()

    assert launched.letters("report_noted") == [f"report_noted/{CAMPAIGN}/so-y-te/1"]
    assert not [key for key in launched.letters("report_reminder") if "so-y-te" in key]
    missing = [key for key in launched.problems() if key.startswith("report_missing/")]
    assert missing == [f"report_missing/{CAMPAIGN}/{unit}" for unit in UNITS if unit != "so-y-te"]


def test_the_head_evaluates_after_the_day_only(launched: Desk) -> None:
    with pytest.raises(Refused, match="after it was held"):
        evaluate(launched.office, PLAN, CAMPAIGN, None, "Tốt", HEAD)
    held(launched)

    evaluate(launched.office, PLAN, CAMPAIGN, "so-y-te", "Hoàn thành tốt.", HEAD)
    evaluate(launched.office, PLAN, CAMPAIGN, None, "Đạt kết quả tốt.", HEAD)

    found = results(launched.office, PLAN, CAMPAIGN)
    assert found.state is OccurrenceState.EVALUATED
    assert found.evaluation == "Đạt kết quả tốt."
    assert [unit.evaluation for unit in found.units if unit.evaluation] == ["Hoàn thành tốt."]


def test_a_bulletin_goes_to_whom_the_head_names_and_is_logged(launched: Desk) -> None:
    held(launched)
    to = ["thanh-doan-van-phong", "co-so-doan"]

    sent = publish(launched.office, PLAN, CAMPAIGN, "Tin", "Đã khám 320 người.", ["https://example.org/a"], to, HEAD)

    assert sent == 8
    assert "thanh-doan-thuong-truc" not in {key.rpartition("/")[2] for key in launched.letters("bulletin")}
    with launched.office.sessions.reading() as session:
        assert len(session.scalars(select(DistributionRow)).all()) == 8
    with pytest.raises(Unreadable, match="no recipient nobody"):
        publish(launched.office, PLAN, CAMPAIGN, "Tin", "Nội dung", [], ["nobody"], HEAD)


def test_the_resource_table_has_a_row_for_each_unit(launched: Desk) -> None:
    answer(launched.office, PLAN, f"assignment/{CAMPAIGN}/so-y-te", accepted=True, reason="", said=said("so-y-te"))

    rows = {row.unit: row for row in resource_rows(results(launched.office, PLAN, CAMPAIGN))}

    assert len(rows) == 7
    assert rows["Đoàn Sở Y tế"].accepted == "đã nhận"
    assert rows["Đoàn Sở Y tế"].due == 7_000_000
    assert rows["Đoàn Khối Dân – Chính – Đảng"].paid == 7_000_000


# Pages


@pytest.fixture
def site(launched: Desk) -> Iterator[Site]:
    with served(launched) as site:
        yield site


def page_of(site: Site) -> str:
    return site.path_in(f"assignment_request/{CAMPAIGN}/so-y-te", "phan-cong")


def send(site: Site, path: str, file: tuple[str, bytes] | None = None, **form: str) -> httpx.Response:
    return httpx.post(site.base + path, data=form, files={"file": file} if file else {"none": ("", b"")})


def test_a_unit_takes_on_its_contents_on_its_page(site: Site) -> None:
    path = page_of(site)
    page = site.get(path)
    assert "khám, phát thuốc" in page.text
    assert "acceptance" not in str(site.desk.events())

    declined = send(site, path, do="decline", nonce="1")
    assert declined.status_code == 422
    assert "nêu lý do" in declined.text
    assert send(site, path, do="accept", nonce=nonce_in(page.text)).status_code == 303

    assert site.desk.events().count("assignment.accepted") == 1
    assert "Cập nhật tiến độ" in site.get(path).text


def test_progress_with_a_picture_and_without_nonsense(site: Site) -> None:
    path = page_of(site)
    send(site, path, do="accept", nonce="1")
    form = {"do": "progress", "task": "kham-benh", "nonce": "2", "figure:số người được khám bệnh": "1.320"}

    bads: tuple[dict[str, str], ...] = ({"percent": "nhiều"}, {"percent": "120"}, {"percent": "5", "on": "31/02"})
    for bad in bads:
        assert send(site, path, None, **{**form, **bad}).status_code == 422
    program = send(site, path, ("a.png", b"MZ" + bytes(50)), **form, percent="40")
    assert program.status_code == 422
    assert "ảnh" in program.text
    assert send(site, path, ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(50)), **form, percent="40").status_code == 303

    page = site.get(path).text
    assert "40 %" in page
    assert "1320" in page
    assert "a.png" in page
    office = site.desk.office
    with office.sessions.writing() as session:
        url = office.links.results(session, PLAN, CAMPAIGN, LEADER, now=site.desk.clock.now())
        other = office.links.results(session, PLAN, "seminar-2024", LEADER, now=site.desk.clock.now())
    file = site.get(urlsplit(url).path + "?tep=1")
    assert (file.headers["content-type"], file.content[:4]) == ("image/png", b"\x89PNG")
    assert "attachment" in file.headers["content-disposition"]
    assert site.get(urlsplit(other).path + "?tep=1").status_code == 404


def test_the_head_gives_contents_and_evaluates_on_one_page(site: Site) -> None:
    office = site.desk.office
    with office.sessions.writing() as session:
        url = office.links.results(session, PLAN, CAMPAIGN, LEADER, now=site.desk.clock.now())
    path = urlsplit(url).path
    assert "Tổng hợp nguồn lực" in site.get(path).text

    assert site.post(path, do="evaluate", text="Tốt").status_code == 422
    held(site.desk)
    assert site.post(path, do="evaluate", text="Đạt kết quả tốt.").status_code == 303
    nobody = site.post(path, do="publish", title="Tin", text="Nội dung")
    assert nobody.status_code == 422
    assert 'value="Tin"' in nobody.text
    assert site.post(path, **{"do": "publish", "title": "Tin", "text": "Nội dung", "to:cap-uy": "1"}).status_code in (
        303,
        422,
    )
    assert "Đạt kết quả tốt." in site.get(path).text


def test_the_scoreboard_says_who_did_what_in_time(launched: Desk) -> None:
    answer(launched.office, PLAN, f"assignment/{CAMPAIGN}/so-y-te", accepted=True, reason="", said=said("so-y-te"))
    launched.at("2024-05-10 08:15").run()

    found = scoreboard(launched.office, PLAN, "2024-Q2")

    scores = {one.unit: one for one in found.scores}
    assert set(scores) == set(UNITS)
    assert (scores[UnitId("so-y-te")].asked, scores[UnitId("so-y-te")].in_time) == (1, 1)
    assert scores[UnitId("so-y-te")].assigned == 100
    assert scores[UnitId("so-gtvt")].assigned == 0
    assert f"assignment/{CAMPAIGN}/so-gtvt" in scores[UnitId("so-gtvt")].missing
    assert [one.evidence for one in scoreboard(launched.office, PLAN, "2024-Q4").scores] == [()] * 6
    with pytest.raises(Unreadable, match="is not a quarter"):
        scoreboard(launched.office, PLAN, "2024-7")


def test_the_commands_about_work(launched: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(launched.settings.data))

    def dondoc(*typed: object) -> Result:
        return CliRunner().invoke(group, [str(word) for word in typed])

    shown = dondoc("work", "show", CAMPAIGN)
    assert shown.exit_code == 0, shown.output
    assert "so-y-te" in shown.output
    assert json.loads(dondoc("work", "show", CAMPAIGN, "--json").output)["occurrence"] == CAMPAIGN
    assert dondoc("work", "assign", CAMPAIGN, "moi-truong", "tnxp").exit_code == 0
    assert dondoc("work", "waive", CAMPAIGN, "moi-truong", "--reason", "Không tổ chức").exit_code == 0
    assert dondoc("work", "assign", CAMPAIGN, "nothing", "tnxp").exit_code == 2
    assert dondoc("work", "evaluate", CAMPAIGN, "Tốt").exit_code == 1
    for words in (("resources", CAMPAIGN), ("scoreboard",)):
        for name in ("bang.xlsx", "bang.csv"):
            done = dondoc("export", *words, "--out", tmp_path / name)
            assert done.exit_code == 0, done.output
        assert "Đoàn Sở Y tế" in (tmp_path / "bang.csv").read_text("utf-8-sig")


def test_the_board_leads_to_the_work_and_to_the_scoreboard(site: Site) -> None:
    office = site.desk.office
    with office.sessions.writing() as session:
        board = urlsplit(office.links.board(session, PLAN, LEADER, now=site.desk.clock.now())).path

    led = site.get(f"{board}?ket-qua={CAMPAIGN}")

    assert led.status_code == 303
    assert site.get(led.headers["location"]).status_code == 200
    assert "Đoàn Sở Y tế" in site.get(f"{board}?danh-gia").text
