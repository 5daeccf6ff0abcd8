"""The pages about money, over HTTP: how a unit pays and says so, how the head books and decides (III.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.bank import (
    GTVT,
    TNXP,
    YTE,
    an_agreed_visit,
    booked,
    codes_of,
    dues,
    statement,
    take_in,
)
from tests.integration.office import LEADER, PLAN
from tests.integration.pages import Site, nonce_in, served
from tests.integration.signing_in import TREASURER as KEEPS
from tests.integration.signing_in import with_others

ASKED = "contribution_request/visit-2024-q2/so-y-te"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with an_agreed_visit(tmp_path) as desk, served(desk.at("2024-04-10 10:00")) as site:
        yield site


def pay_path(site: Site) -> str:
    return site.path_in(ASKED, "dong-gop")


def money_path(site: Site) -> str:
    office = site.desk.office
    with office.sessions.writing() as session:
        return urlsplit(office.links.money(session, PLAN, LEADER, now=site.desk.clock.now())).path


def decide(site: Site, path: str, **form: str) -> httpx.Response:
    return site.post(path, **form)


# The unit's page


def test_the_page_says_how_to_pay(site: Site) -> None:
    page = site.get(pay_path(site))

    assert page.status_code == 200
    for said in ("1.750.000 đồng", "Một triệu bảy trăm năm mươi nghìn đồng", "0071000123456", codes_of(site.desk)[YTE]):
        assert said in page.text
    assert "data:image/svg+xml;base64," in page.text


def test_opening_the_page_says_nothing(site: Site) -> None:
    before = site.desk.events()

    site.get(pay_path(site))

    assert site.desk.events() == before


def test_a_unit_says_that_it_has_paid_once(site: Site) -> None:
    path = pay_path(site)
    form = {"paid_on": "2024-04-09", "nonce": nonce_in(site.get(path).text), "by": "đ/c văn thư"}

    answers = [site.post(path, **form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert site.desk.events().count("due.claimed") == 1
    assert "09/04/2024" in site.get(path + "?da-ghi=1").text
    site.desk.at("2024-04-12 08:15").run()
    assert not [key for key in site.desk.letters("contribution_reminder") if "so-y-te" in key]


@pytest.mark.parametrize("day", ["", "31/02/2024", "mai", "2024-05-01"])
def test_a_day_that_cannot_be_is_asked_for_again(site: Site, day: str) -> None:
    path = pay_path(site)

    answer = site.post(path, paid_on=day, nonce=nonce_in(site.get(path).text))

    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert "due.claimed" not in site.desk.events()


def test_the_page_says_what_came_and_its_receipt(site: Site) -> None:
    take_in(site.desk, ("09/04/2024", "A1", 1_000_000, f"{{{YTE}}}"))

    page = site.get(pay_path(site)).text

    assert "PT-2024-001: 1.000.000 đồng" in page
    assert "750.000 đồng" in page


def test_a_token_opens_only_its_own_kind_of_page(site: Site) -> None:
    token = pay_path(site).rpartition("/")[2]

    assert site.get(f"/tra-loi/{token}").status_code == 404
    assert site.get(f"/thu-chi/{token}").status_code == 404
    assert site.get(f"/bao-van-de/{token}").status_code == 200


# The head's page


def test_the_head_sees_thu_chi_ton(site: Site) -> None:
    take_in(site.desk, ("09/04/2024", "A1", 1_750_000, f"{{{YTE}}}"))

    page = site.get(money_path(site)).text

    assert "12.000.000 đồng" in page
    assert "4.000.000 đồng" in page
    assert "đã nộp đủ" in page


def upload(site: Site, path: str, content: bytes, do: str) -> httpx.Response:
    return httpx.post(site.base + path, data={"do": do}, files={"statement": ("sao-ke.csv", content)})


def test_a_statement_is_looked_at_first_and_then_booked(site: Site) -> None:
    path, content = money_path(site), statement(("09/04/2024", "A1", 1_750_000, codes_of(site.desk)[YTE]))

    preview = upload(site, path, content, "preview")
    assert preview.status_code == 200
    assert "Chưa ghi sổ" in preview.text
    assert booked(site.desk) == []

    done = upload(site, path, content, "import")

    assert done.status_code == 200
    assert dues(site.desk)[YTE] == ("paid", 1_750_000)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), "không phải là sao kê", id="picture"),
        pytest.param(b"PK\x03\x04" + bytes(60), "bị hỏng", id="truncated"),
        pytest.param("Tên,Tuổi\nA,1\n".encode(), "hàng tiêu đề", id="another table"),
    ],
)
def test_another_file_is_refused_in_one_sentence(site: Site, content: bytes, said: str) -> None:
    answer = upload(site, money_path(site), content, "import")

    assert answer.status_code == 422
    assert said in answer.text
    assert booked(site.desk) == []


def test_a_file_that_is_too_large_is_not_read(site: Site) -> None:
    assert upload(site, money_path(site), b"1" * 6_000_000, "import").status_code == 413


def test_the_head_books_what_is_proposed(site: Site) -> None:
    take_in(site.desk, ("09/04/2024", "A1", 1_500_000, "NGUYEN VAN A chuyen tien TNXP"))
    path = money_path(site)
    (parts,) = re.findall(rf'name="parts" value="({TNXP}=\d+)"', site.get(path).text)

    answer = decide(site, path, do="confirm", transfer="1", parts=parts)

    assert answer.headers["location"].endswith("?da-ghi=confirm")
    assert dues(site.desk)[TNXP] == ("paid", 1_500_000)
    again = decide(site, path, do="confirm", transfer="1", parts=parts)
    assert again.status_code == 422
    assert "không thực hiện được nữa" in again.text


def test_one_click_waives_a_small_shortfall(site: Site) -> None:
    take_in(site.desk, ("09/04/2024", "A1", 1_749_000, f"{{{GTVT}}}"))
    path = money_path(site)
    assert f'name="due" value="{GTVT}"' in site.get(path).text

    assert decide(site, path, do="waive", due=GTVT).status_code == 303

    assert dues(site.desk)[GTVT] == ("waived", 1_749_000)


def test_what_was_paid_too_much_is_returned(site: Site) -> None:
    take_in(site.desk, *(("09/04/2024", f"A{n}", 1_750_000, f"{{{YTE}}}") for n in (1, 2)))
    path = money_path(site)
    assert "nộp thừa 1.750.000 đồng" in site.get(path).text

    assert decide(site, path, do="return", transfer="2").status_code == 303

    assert booked(site.desk)[-1] == ("return", 1_750_000)


def test_an_expense_is_entered_with_its_evidence(site: Site) -> None:
    path = money_path(site)
    form = {"do": "spend", "activity": "visit", "on": "2024-04-09", "what": "Quà", "nonce": "n1"}

    missing = decide(site, path, **form, amount="500.000")
    assert missing.status_code == 422
    assert 'value="500.000"' in missing.text
    for _ in range(2):
        assert decide(site, path, **form, amount="500.000", evidence="HĐ 0001234").status_code == 303

    assert booked(site.desk) == [("expense", 500_000)]


def test_a_debit_is_explained(site: Site) -> None:
    take_in(site.desk, ("09/04/2024", "A1", -11_000, "phi quan ly tai khoan"))
    path = money_path(site)

    assert decide(site, path, do="leave", transfer="1", reason="").status_code == 422
    assert decide(site, path, do="leave", transfer="1", reason="Phí tài khoản").status_code == 303

    assert site.desk.problems()["unexplained_debit/1"] == "resolved"


@pytest.mark.parametrize("form", [{"do": ""}, {"do": "confirm", "transfer": "99"}, {"do": "waive", "due": "x"}])
def test_nonsense_changes_nothing(site: Site, form: dict[str, str]) -> None:
    assert decide(site, money_path(site), **form).status_code == 422
    assert booked(site.desk) == []


def test_the_board_leads_to_the_money(site: Site) -> None:
    office = site.desk.office
    with office.sessions.writing() as session:
        board = urlsplit(office.links.board(session, PLAN, LEADER, now=site.desk.clock.now())).path

    answer = site.get(board + "?thu-chi")

    assert answer.status_code == 303
    assert site.get(answer.headers["location"]).status_code == 200


def test_the_treasurer_is_told_as_well_and_books_by_that_letter(tmp_path: Path) -> None:
    with an_agreed_visit(tmp_path, with_others()) as desk, served(desk.at("2024-04-10 10:00")) as site:
        take_in(desk, ("09/04/2024", "A1", 1_750_000, "khong ro noi dung"))
        told = {key: desk.letter(key).address for key in desk.letters("money_notice")}
        path = site.path_in(f"money_notice/{PLAN}/treasurer/1", "thu-chi")

        assert told == {f"money_notice/{PLAN}/head/1": LEADER, f"money_notice/{PLAN}/treasurer/1": KEEPS}
        assert 'value="import"' in site.get(path).text
        assert site.post(path, do="waive", due=YTE).status_code == 403
