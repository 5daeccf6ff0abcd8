"""What the head enters: that the seminar is prepared, who came, what was given (R17, R18, II.3)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.domain.gathering import Preparation
from dondoc.domain.participants import Presence
from dondoc.errors import Refused, Unreadable
from dondoc.services.attending import Marked, mark, prepare, report
from dondoc.services.decide import cancel
from dondoc.services.people_overview import gathering
from dondoc.services.roll_calls import read_marks, roll_call_sheet
from tests.integration.office import HEAD, LEADER, PLAN, Desk, an_office
from tests.integration.pages import Site, served
from tests.integration.people import SEMINAR, VISIT, agreed_seminar, agreed_visit, gives, people

pytestmark = pytest.mark.usefixtures("each_database")

NOT_CONFIRMED = f"not_confirmed/{SEMINAR}"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """On the day of the seminar, with thirty names of the Sở Y tế and twenty of the TNXP."""
    with an_office(tmp_path) as desk:
        agreed_seminar(desk)
        gives(desk, "so-y-te", *people("so-y-te", 32))
        gives(desk, "tnxp", *people("tnxp", 20))
        yield desk.at("2024-08-15 11:00")


@pytest.fixture
def site(desk: Desk) -> Iterator[Site]:
    with served(desk) as site:
        yield site


def page(site: Site) -> str:
    with site.desk.office.sessions.writing() as session:
        links, now = site.desk.office.links, site.desk.clock.now()
        url = links.people(session, PLAN, SEMINAR, LEADER, now=now)
    return url[url.index("/to-chuc/") :]


def all_present(unit: str, count: int) -> list[Marked]:
    return [Marked(person, Presence.PRESENT) for person in people(unit, count)]


def test_what_is_prepared_is_confirmed_one_by_one(desk: Desk) -> None:
    desk.at("2024-07-25 08:15").run()
    assert desk.problems()[NOT_CONFIRMED] == "open"

    assert prepare(desk.office, PLAN, SEMINAR, {Preparation.HALL: "Đã giữ chỗ"}, HEAD) == ["programme", "speaker"]
    assert desk.problems()[NOT_CONFIRMED] == "open"
    rest = {Preparation.PROGRAMME: "Chương trình số 12", Preparation.SPEAKER: "Báo cáo viên Thành ủy"}
    assert prepare(desk.office, PLAN, SEMINAR, rest, HEAD) == []

    assert desk.problems()[NOT_CONFIRMED] == "resolved"
    assert desk.events().count("preparation.confirmed") == 3


def test_confirming_the_same_again_records_nothing(desk: Desk) -> None:
    for _ in range(2):
        prepare(desk.office, PLAN, SEMINAR, {Preparation.HALL: "Đã giữ chỗ"}, HEAD)

    assert desk.events().count("preparation.confirmed") == 1


def test_a_visit_has_nothing_to_confirm(desk: Desk) -> None:
    with pytest.raises(Refused, match="asks for no confirmation"):
        prepare(desk.office, PLAN, VISIT, {Preparation.HALL: "x"}, HEAD)


def test_attendance_counts_substitutes_and_the_latest_mark(desk: Desk) -> None:
    first, second, *_ = people("so-y-te", 30)
    mark(desk.office, PLAN, SEMINAR, "so-y-te", all_present("so-y-te", 30), HEAD)

    found = mark(
        desk.office,
        PLAN,
        SEMINAR,
        "so-y-te",
        [Marked(first, Presence.ABSENT), Marked(second, Presence.SUBSTITUTE, "Lê Thị Mới")],
        HEAD,
    )

    assert (found.present, found.substitutes, found.absent, found.percent) == (28, 1, 1, 96)
    assert f"low_attendance/{SEMINAR}/so-y-te" not in desk.problems()


def test_under_eighty_percent_of_the_quota_is_kept_for_the_evaluation(desk: Desk) -> None:
    found = mark(desk.office, PLAN, SEMINAR, "tnxp", all_present("tnxp", 20), HEAD)

    assert (found.came, found.percent) == (20, 66)
    assert desk.problems()[f"low_attendance/{SEMINAR}/tnxp"] == "open"
    assert "attendance.low" in desk.events()
    desk.send()
    assert not [key for key in desk.letters("problems_notice") if desk.letter(key).created_at == desk.clock.at]


def test_nothing_is_entered_before_the_day(desk: Desk) -> None:
    desk.at("2024-08-14 17:00")

    with pytest.raises(Refused, match="has not taken place"):
        mark(desk.office, PLAN, SEMINAR, "tnxp", all_present("tnxp", 20), HEAD)
    with pytest.raises(Refused, match="has not taken place"):
        report(desk.office, PLAN, SEMINAR, "", "Đông đủ", HEAD)


def test_nobody_came_to_what_was_called_off(desk: Desk) -> None:
    cancel(desk.office, PLAN, SEMINAR, "Hội trường sửa chữa", HEAD)

    with pytest.raises(Refused, match="is cancelled"):
        mark(desk.office, PLAN, SEMINAR, "tnxp", all_present("tnxp", 20), HEAD)


def test_a_substitute_has_a_name(desk: Desk) -> None:
    with pytest.raises(Refused, match="who came instead"):
        mark(desk.office, PLAN, SEMINAR, "tnxp", [Marked(people("tnxp", 1)[0], Presence.SUBSTITUTE)], HEAD)


def test_the_sheet_that_was_filled_in_is_read_back(desk: Desk) -> None:
    found = gathering(desk.office, PLAN, SEMINAR)
    book = openpyxl.load_workbook(io.BytesIO(roll_call_sheet(desk.office, found, TEMPLATES)))
    sheet = book.worksheets[0]
    rows = [row for row in sheet.iter_rows() if isinstance(row[0].value, int)]
    assert len(rows) == 52
    for row, word in zip(rows, ("Có mặt", "x", "Vắng", "Đi thay"), strict=False):
        row[7].value = word
    rows[3][8].value = "Lê Thị Mới"
    filled = io.BytesIO()
    book.save(filled)

    marks = read_marks(found, filled.getvalue())

    (unit, said), *others = marks.items()
    assert (unit, others) == ("so-y-te", [])
    assert [one.presence.value for one in said] == ["present", "present", "absent", "substitute"]
    assert said[3].substitute == "Lê Thị Mới"

    rows[5][7].value = "chắc có"
    filled = io.BytesIO()
    book.save(filled)
    with pytest.raises(Unreadable, match=r"line \d+: “chắc có” is no mark"):
        read_marks(found, filled.getvalue())


def test_the_page_shows_the_lists_and_hands_out_the_roll_call(site: Site) -> None:
    path = page(site)
    shown = site.get(path).text

    assert "50/210 đồng chí" in shown
    docx, xlsx = (site.get(f"{path}?tai={kind}") for kind in ("docx", "xlsx"))
    assert docx.content.startswith(b"PK")
    assert docx.headers["content-disposition"] == f'attachment; filename="diem-danh-{SEMINAR}.docx"'
    assert openpyxl.load_workbook(io.BytesIO(xlsx.content)).worksheets[0].max_row > 50


def test_the_head_enters_who_came_on_the_page(site: Site) -> None:
    path = page(site)

    sent = site.post(
        path, do="attendance", unit="tnxp", all="present", presence_1="absent", presence_2="substitute",
        substitute_2="Lê Thị Mới",
    )  # fmt: skip

    assert sent.status_code == 303
    assert "19/30" in site.get(path).text
    (unit,) = [each for each in gathering(site.desk.office, PLAN, SEMINAR).units if each.unit == "tnxp"]
    assert (unit.attendance.present, unit.attendance.substitutes, unit.attendance.absent) == (18, 1, 1)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "attendance", "unit": "tnxp"}, "Chưa có ai được điểm danh"),
        ({"do": "attendance", "unit": "nobody", "presence_1": "present"}, "Chưa có ai được điểm danh"),
        ({"do": "attendance", "unit": "tnxp", "presence_1": "substitute"}, "Đề nghị ghi họ tên người đi thay"),
        ({"do": "report"}, "nội dung còn trống"),
        ({}, "Đề nghị chọn việc cần làm."),
    ],
)
def test_a_mistake_on_the_page_is_said_and_nothing_recorded(site: Site, form: dict[str, str], said: str) -> None:
    sent = site.post(page(site), **form)

    assert sent.status_code == 422
    assert said in sent.text
    assert not gathering(site.desk.office, PLAN, SEMINAR).is_marked


def test_the_short_report_is_kept_and_shown(site: Site) -> None:
    path = page(site)

    site.post(path, do="report", given="01 phần quà trị giá 500.000 đồng", report="Đông đủ, đúng giờ.")

    assert "01 phần quà trị giá 500.000 đồng" in site.get(path).text
    assert site.desk.events().count("report.written") == 1


def test_the_board_leads_to_the_page(site: Site) -> None:
    with site.desk.office.sessions.writing() as session:
        url = site.desk.office.links.board(session, PLAN, LEADER, now=site.desk.clock.now())
    board = url[url.index("/bang/") :]

    sent = site.get(f"{board}?to-chuc={SEMINAR}")

    assert sent.status_code == 303
    assert site.get(sent.headers["location"]).status_code == 200


def test_the_commands_tell_write_and_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with an_office(tmp_path) as desk:
        agreed_visit(desk)
        monkeypatch.setenv("DONDOC_DATA", str(tmp_path))
        (tmp_path / "ds.csv").write_text("Họ và tên;Năm sinh\nNguyễn Thị Hoa;1990\nBình;\nTrần Văn Nam;\n", "utf-8")

        def dondoc(*words: str) -> str:
            done = CliRunner().invoke(group, ["participants", *words])
            assert done.exit_code == 0, done.output
            return done.output

        taken = dondoc("import", VISIT, "so-y-te", str(tmp_path / "ds.csv"), "--as-of", "2024-05-02 09:00")
        assert "“Bình” was not taken" in taken
        assert "taken 2, in reserve 0, beyond 0, missing 0" in taken
        assert re.search(r"so-y-te +Đoàn Sở Y tế +2/2 .*answered", dondoc("show", VISIT))
        assert "2 people of 7 units" in dondoc("roll-call", VISIT, "--out", str(tmp_path / "a.docx"))
        dondoc("roll-call", VISIT, "--out", str(tmp_path / "a.xlsx"))
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        next(row for row in book.worksheets[0].iter_rows() if row[0].value == 1)[7].value = "Có mặt"
        book.save(tmp_path / "b.xlsx")
        came = dondoc("attendance", VISIT, str(tmp_path / "b.xlsx"), "--as-of", "2024-06-14 12:00")
        assert "so-y-te: 1 of 2 came (50%), 0 absent" in came

        refused = CliRunner().invoke(group, ["participants", "attendance", VISIT, str(tmp_path / "ds.csv")])
        assert refused.exit_code == 2
        assert "not an Excel workbook" in refused.output
