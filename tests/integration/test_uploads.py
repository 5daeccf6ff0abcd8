"""What pages do with files that are not what they seem."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select

from dondoc.store.tables_people import NameListRow
from tests.integration.bank import statement
from tests.integration.office import LEADER, PLAN, an_office
from tests.integration.pages import Site, nonce_in, served
from tests.integration.people import VISIT, agreed_visit
from tests.unit.test_received import WORKBOOK, package

BOMB = package(WORKBOOK | {"xl/worksheets/sheet1.xml": bytes(70_000_000)})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with an_office(tmp_path_factory.mktemp("office")) as desk:
        agreed_visit(desk)
        with served(desk.at("2024-04-03 09:00")) as site:
            yield site


def names_path(site: Site) -> str:
    return site.path_in(f"participants_request/{VISIT}/so-y-te", "cu-nguoi")


def money_path(site: Site) -> str:
    office = site.desk.office
    with office.sessions.writing() as session:
        return urlsplit(office.links.money(session, PLAN, LEADER, now=office.clock.now())).path


def send(site: Site, path: str, *files: tuple[str, bytes], field: str, **form: str) -> httpx.Response:
    return httpx.post(site.base + path, data=form, files=[(field, file) for file in files])


def send_list(site: Site, *files: tuple[str, bytes]) -> httpx.Response:
    nonce = nonce_in(site.get(names_path(site)).text)
    return send(site, names_path(site), *files, field="file", way="file", nonce=nonce)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        pytest.param(("danh-sach.xlsx", BOMB), "MB", id="a zip bomb"),
        pytest.param(("danh-sach.csv", BOMB), "MB", id="a zip bomb that calls itself text"),
        pytest.param(("danh-sach.xlsx", b"%PDF-1.7 danh sach"), ".xlsx", id="a PDF that calls itself a workbook"),
        pytest.param(("danh-sach.csv", b"MZ\0\0" + bytes(200)), "", id="a program that calls itself text"),
    ],
)
def test_a_list_that_is_not_what_it_seems_is_refused_in_one_sentence(
    site: Site, file: tuple[str, bytes], says: str
) -> None:
    answer = send_list(site, file)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert says in answer.text
    assert lists(site) == []


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(("sao-ke.xlsx", BOMB), id="a zip bomb"),
        pytest.param(("sao-ke.xlsx", b"<html><script>alert(1)</script></html>"), id="a page"),
        pytest.param(("sao-ke.csv", b"MZ\0\0" + bytes(200)), id="a program"),
    ],
)
def test_a_statement_that_is_not_what_it_seems_is_refused_and_nothing_booked(
    site: Site, file: tuple[str, bytes]
) -> None:
    answer = send(site, money_path(site), file, field="statement", do="import")

    assert answer.status_code == 422
    assert "Chưa có gì thay đổi" in answer.text
    assert "<script>" not in answer.text
    assert "statement.imported" not in site.desk.events()


def test_several_files_at_once_are_refused_readably(site: Site) -> None:
    answer = send_list(site, ("a.csv", b"Nguy\xe1\xbb\x85n An"), ("b.csv", b"Tr\xe1\xba\xa7n B\xc3\xacnh"))

    assert answer.status_code == 400
    assert "Mỗi lần chỉ gửi một tệp" in answer.text
    assert lists(site) == []


def test_a_page_without_files_takes_none(site: Site) -> None:
    path = site.path_in(f"consultation_request/{VISIT}/so-y-te")

    assert send(site, path, ("a.csv", b"a"), field="comment", verdict="agree").status_code == 400


def test_a_name_with_a_path_is_kept_as_a_word(site: Site) -> None:
    row = ("02/04/2024", "FT1", 1_000, "khong ro")
    sent = send(site, money_path(site), ("../../tmp/sao\u202eke.csv", statement(row)), field="statement", do="preview")

    assert sent.status_code == 200
    assert "saoke.csv" in sent.text
    assert "../" not in sent.text
    assert "\u202e" not in sent.text


def lists(site: Site) -> list[str | None]:
    with site.desk.office.sessions.reading() as session:
        return list(session.scalars(select(NameListRow.file)))
