"""The page on which a unit names its people: three ways, every mistake said, nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from dondoc.store.people import latest_list
from dondoc.store.queries import find_request
from tests.integration.office import PLAN, an_office
from tests.integration.pages import Site, nonce_in, served
from tests.integration.people import SEMINAR, VISIT, agreed_seminar, agreed_visit, workbook_of

HEADER = ("STT", "Họ và tên", "Năm sinh", "Chức vụ", "Số điện thoại")


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Site]:
    with an_office(tmp_path) as desk:
        agreed_visit(desk)
        with served(desk) as site:
            yield site


@pytest.fixture
def seminar(tmp_path: Path) -> Iterator[Site]:
    with an_office(tmp_path) as desk:
        agreed_seminar(desk)
        with served(desk) as site:
            yield site


def path(site: Site, occurrence: str = VISIT) -> str:
    return site.path_in(f"participants_request/{occurrence}/so-y-te", "cu-nguoi")


def listed(site: Site, occurrence: str = VISIT) -> list[str]:
    """The names on the list that counts."""
    with site.desk.office.sessions.reading() as session:
        found = latest_list(session, find_request(session, PLAN, f"participants/{occurrence}/so-y-te"))
        return [person.name for person in found.people] if found else []


def upload(site: Site, where: str, name: str, content: bytes, **form: str) -> httpx.Response:
    return httpx.post(site.base + where, data={"way": "file"} | form, files={"file": (name, content)})


def test_opening_the_page_names_nobody(visit: Site) -> None:
    page = visit.get(path(visit))

    assert page.status_code == 200
    for said in ("Đoàn Sở Y tế Thành phố", "02 đồng chí", "17 giờ 00, thứ Sáu, ngày 07/06/2024", "Huyện Củ Chi"):
        assert said in page.text
    assert listed(visit) == []


def test_rows_are_recorded_and_shown_again(visit: Site) -> None:
    where = path(visit)

    sent = visit.post(
        where, way="rows", name_1="Nguyễn Thị Hoa", born_1="1990", role_1="Phó Bí thư", phone_1="0901 234 567",
        name_2="Trần Văn Bình", nonce="1",
    )  # fmt: skip

    assert (sent.status_code, sent.headers["location"]) == (303, f"{where}?da-ghi=1")
    shown = visit.get(sent.headers["location"]).text
    assert "Đã ghi nhận 2/2 đồng chí" in shown
    assert "Phó Bí thư, sinh năm 1990, 0901234567" in shown
    assert 'value="Trần Văn Bình"' in shown
    assert listed(visit) == ["Nguyễn Thị Hoa", "Trần Văn Bình"]


def test_a_wrong_row_is_named_and_everything_typed_is_kept(visit: Site) -> None:
    sent = visit.post(path(visit), way="rows", name_1="Nguyễn Thị Hoa", name_2="Bình", role_2="Ủy viên")

    assert sent.status_code == 422
    assert "Dòng 2 chưa giống họ và tên đầy đủ" in sent.text
    for kept in ('value="Nguyễn Thị Hoa"', 'value="Bình"', 'value="Ủy viên"'):
        assert kept in sent.text
    assert listed(visit) == []


def test_rows_that_are_mended_keep_what_they_do_not_show(visit: Site) -> None:
    where = path(visit)
    visit.post(where, way="text", text="1. Nguyễn Thị Hoa, hoa@example.org\n2. Trần Văn Bình", nonce="1")

    visit.post(where, way="rows", name_1="Nguyễn Thị Hoa", role_1="Phó Bí thư", name_2="Lê Văn Nam", nonce="2")

    with visit.desk.office.sessions.reading() as session:
        found = latest_list(session, find_request(session, PLAN, f"participants/{VISIT}/so-y-te"))
    assert found is not None
    assert [(person.name, person.email) for person in found.people] == [
        ("Nguyễn Thị Hoa", "hoa@example.org"),
        ("Lê Văn Nam", None),
    ]


def test_a_form_sent_twice_is_one_list(visit: Site) -> None:
    where = path(visit)
    nonce = nonce_in(visit.get(where).text)

    for _ in range(2):
        visit.post(where, way="text", text="1. Nguyễn Thị Hoa\n2. Trần Văn Bình", nonce=nonce)

    assert visit.desk.letters("names_noted") == [f"names_noted/{VISIT}/so-y-te/1"]


def test_a_pasted_list_keeps_its_good_lines_and_names_the_others(visit: Site) -> None:
    where = path(visit)

    visit.post(
        where, way="text", text="Danh sách cử cán bộ\n1. Nguyễn Thị Hoa, 1990\n2. Bình\n3. Lê Văn Nam", nonce="1"
    )

    assert listed(visit) == ["Nguyễn Thị Hoa", "Lê Văn Nam"]
    assert "Dòng 3, “2. Bình”: nội dung không giống họ và tên đầy đủ." in visit.get(where).text


def test_more_names_can_come_on_top(seminar: Site) -> None:
    where = path(seminar, SEMINAR)
    seminar.post(where, way="text", text="1. Nguyễn Thị Hoa\n2. Trần Văn Bình", nonce="1")

    seminar.post(where, way="text", text="1. Trần Văn Bình\n2. Lê Văn Nam", adds="on", nonce="2")

    assert listed(seminar, SEMINAR) == ["Nguyễn Thị Hoa", "Trần Văn Bình", "Lê Văn Nam"]


def test_a_workbook_is_read(seminar: Site, tmp_path: Path) -> None:
    rows = [HEADER, (1, "Nguyễn Thị Hoa", 1990, "Bí thư chi đoàn", "0901234567"), (2, "Trần Văn Bình", 1995, "", "")]

    sent = upload(seminar, path(seminar, SEMINAR), "danh sách.xlsx", workbook_of(tmp_path / "a.xlsx", [*rows]))

    assert sent.status_code == 303
    assert listed(seminar, SEMINAR) == ["Nguyễn Thị Hoa", "Trần Văn Bình"]
    assert "còn thiếu 28" in seminar.desk.letter(f"names_noted/{SEMINAR}/so-y-te/1").subject


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("danh-sach.xlsx", b"not a workbook", "Tệp không phải là tệp Excel (.xlsx)"),
        ("danh-sach.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "dạng cũ (.xls)"),
        ("danh-sach.xlsx", b"PK\x03\x04" + b"\0" * 200, "Tệp Excel bị hỏng"),
        ("danh-sach.csv", b"", "Tệp không có nội dung"),
        ("danh-sach.csv", b"\0\1\2" * 50, "Không đọc được tệp"),
        ("danh-sach.csv", "chào anh, em gửi sau".encode(), "Không tìm thấy họ và tên nào"),
        ("danh-sach.csv", b"\n".join(b"Nguyen Van An" for _ in range(2001)), "quá nhiều dòng"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    visit: Site, name: str, content: bytes, said: str
) -> None:
    visit.post(path(visit), way="text", text="1. Nguyễn Thị Hoa\n2. Trần Văn Bình", nonce="1")

    sent = upload(visit, path(visit), name, content)

    assert sent.status_code == 422
    assert said in sent.text
    assert listed(visit) == ["Nguyễn Thị Hoa", "Trần Văn Bình"]


def test_without_a_file_one_is_asked_to_choose(visit: Site) -> None:
    sent = visit.post(path(visit), way="file")

    assert sent.status_code == 422
    assert "Đề nghị chọn tệp danh sách." in sent.text


def test_a_file_that_is_too_large_is_not_even_read(visit: Site) -> None:
    assert upload(visit, path(visit), "a.xlsx", b"x" * 5_200_000).status_code == 413


def test_what_is_typed_cannot_become_markup(visit: Site) -> None:
    sent = visit.post(path(visit), way="rows", name_1="<script>alert(1)</script>")

    assert sent.status_code == 422
    assert "<script>" not in sent.text


def test_after_the_day_nothing_is_taken_any_more(visit: Site) -> None:
    where = path(visit)
    visit.desk.at("2024-06-17 08:15").run()

    assert "không còn nhận danh sách" in visit.get(where).text
    assert visit.post(where, way="text", text="1. Nguyễn Thị Hoa\n2. Trần Văn Bình").status_code == 422


def test_a_link_to_something_else_opens_nothing(visit: Site) -> None:
    token = path(visit).rpartition("/")[2]

    assert visit.get(f"/tra-loi/{token}").status_code == 404
    assert visit.get(f"/bao-van-de/{token}").status_code == 200
