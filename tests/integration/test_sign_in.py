"""Signing in by a letter: who is let in, for how long, and what strangers learn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from dondoc.cli import group
from dondoc.domain.plan import Head
from dondoc.domain.states import LetterState
from dondoc.services.plans import load_plan
from dondoc.services.prune import Terms, prune
from dondoc.services.restored import mark_restored
from dondoc.services.stays import IDLE, LONGEST, invite, sign_out
from dondoc.store.tables import HistoryRow, LetterRow
from dondoc.store.tables_access import SignInRow, StayRow
from tests.integration.office import HEAD, LEADER, PLAN, an_office, plan_2024
from tests.integration.pages import Q2, Site, served
from tests.integration.signing_in import OBSERVER, TREASURER, browser, letter_path, signed_in, with_others

in_each_database = pytest.mark.usefixtures("each_database")
BOARD, MONEY = f"/ke-hoach/{PLAN}/bang", f"/ke-hoach/{PLAN}/thu-chi"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The second quarter's consultation is open; the plan names a treasurer and an observer."""
    with an_office(tmp_path, "2024-04-01 08:00", with_others()) as desk:
        desk.run()
        with served(desk) as site:
            yield site


def rows(site: Site, kind: type[SignInRow | StayRow]) -> int:
    with site.desk.office.sessions.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def seal_in(page: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


@in_each_database
def test_the_head_signs_in_by_a_letter_and_keeps_one_address(site: Site) -> None:
    head = browser(site)
    assert head.get("/bang").headers["location"] == "/dang-nhap"

    path = letter_path(site, LEADER, head)
    offered = head.get(path)
    assert LEADER in offered.text
    entered = head.post(path)

    assert (entered.status_code, entered.headers["location"]) == (303, "/bang")
    assert head.get("/bang").headers["location"] == BOARD
    board = head.get(BOARD)
    assert board.status_code == 200
    assert "Bảng theo dõi" in board.text
    assert "access.signed_in" in site.desk.events()


def test_whoever_opens_the_link_is_not_signed_in_before_the_button(site: Site) -> None:
    head = browser(site)
    path = letter_path(site, LEADER, head)

    for _ in range(3):  # as mail scanners do
        assert head.get(path).status_code == 200

    assert not head.cookies
    assert head.post(path).status_code == 303


def test_a_link_lets_in_once(site: Site) -> None:
    head, other = browser(site), browser(site)
    path = letter_path(site, LEADER, head)
    head.post(path)

    for again in (other.post(path), other.get(path)):
        assert again.status_code == 410
        assert "đã được dùng" in again.text
    assert not other.cookies


def test_a_link_ends_after_a_quarter_of_an_hour(site: Site) -> None:
    head = browser(site)
    path = letter_path(site, LEADER, head)
    site.desk.clock.at += timedelta(minutes=15)

    for late in (head.get(path), head.post(path)):
        assert late.status_code == 410
        assert "đã hết hạn" in late.text
    assert not head.cookies


def test_an_invented_link_lets_nobody_in(site: Site) -> None:
    assert browser(site).post("/dang-nhap/abc").status_code == 404


def test_strangers_learn_nothing_of_who_is_known(site: Site) -> None:
    known, unknown = (
        browser(site).post("/dang-nhap", data={"address": address}) for address in (LEADER, "ai-do@example.org")
    )

    said = [(each.status_code, each.content, {k: v for k, v in each.headers.items() if k != "date"})
            for each in (known, unknown)]  # fmt: skip
    assert said[0] == said[1]


def test_only_an_address_that_the_plan_names_gets_a_letter(site: Site) -> None:
    for address in ("ai-do@example.org", "so-y-te@example.org"):
        assert not invite(site.desk.office, address)
    assert rows(site, SignInRow) == 0
    assert site.desk.letters("sign_in/") == []

    for address in (LEADER, TREASURER, OBSERVER.upper()):
        assert invite(site.desk.office, address)
    assert rows(site, SignInRow) == 3


def test_what_is_no_address_is_said_beside_the_field(site: Site) -> None:
    answer = site.post("/dang-nhap", address="cụm trưởng")

    assert answer.status_code == 422
    assert "Địa chỉ này chưa đúng" in answer.text
    assert 'value="cụm trưởng"' in answer.text


def test_a_letter_that_cannot_leave_in_time_does_not_leave_late(site: Site) -> None:
    assert invite(site.desk.office, LEADER)
    site.desk.clock.at += timedelta(minutes=16)

    site.desk.send()

    [key] = site.desk.letters("sign_in/")
    assert site.desk.letter(key).state is LetterState.WITHDRAWN


def test_a_stay_ends_when_nobody_looks_for_a_day(site: Site) -> None:
    head = signed_in(site, LEADER)

    site.desk.clock.at += IDLE - timedelta(minutes=1)
    assert head.get(BOARD).status_code == 200
    site.desk.clock.at += IDLE - timedelta(minutes=1)
    assert head.get(BOARD).status_code == 200

    site.desk.clock.at += IDLE
    assert head.get(BOARD).headers["location"] == "/dang-nhap"


def test_a_stay_ends_after_a_week_however_much_it_is_used(site: Site) -> None:
    head = signed_in(site, LEADER)
    for _ in range(LONGEST.days):
        assert head.get(BOARD).status_code == 200
        site.desk.clock.at += timedelta(hours=23)
    site.desk.clock.at += timedelta(hours=7)

    assert head.get(BOARD).headers["location"] == "/dang-nhap"


@in_each_database
def test_whoever_signs_out_is_out_with_that_cookie(site: Site) -> None:
    head = signed_in(site, LEADER)
    kept = dict(head.cookies)

    without = head.post("/dang-xuat")
    out = head.post("/dang-xuat", data={"seal": seal_in(head.get(BOARD).text)})

    assert without.status_code == 403
    assert out.status_code == 303
    assert not head.cookies
    assert httpx.get(site.base + BOARD, cookies=kept).headers["location"] == "/dang-nhap"
    assert site.desk.events()[-1] == "access.signed_out"


def test_a_head_whose_time_is_over_is_out_at_once(site: Site) -> None:
    old = signed_in(site, LEADER)
    plan = with_others()
    new = Head(unit="tnxp", name="Nguyễn Văn Mới", title="Bí thư", email="moi@example.org", since=date(2024, 4, 3))
    until = plan.heads[0].model_copy(update={"until": date(2024, 4, 2)})
    load_plan(site.desk.office, plan.model_copy(update={"heads": (until, new)}), HEAD)

    site.desk.at("2024-04-02 07:00")
    assert old.get(BOARD).status_code == 200
    site.desk.at("2024-04-03 00:01")
    assert old.get(BOARD).headers["location"] == "/dang-nhap"
    site.desk.at("2024-04-02 08:00")
    assert old.get(BOARD).headers["location"] == "/dang-nhap"  # for good, whatever the clock says
    assert not invite(site.desk.at("2024-04-03 00:02").office, LEADER)
    assert invite(site.desk.office, "moi@example.org")


def test_a_treasurer_is_out_on_the_day_after_the_last(tmp_path: Path) -> None:
    with an_office(tmp_path, "2024-04-01 08:00", with_others(date(2024, 4, 1))) as desk, served(desk) as site:
        treasurer, head = signed_in(site, TREASURER), signed_in(site, LEADER)
        assert treasurer.get("/bang").headers["location"] == MONEY
        assert treasurer.get(MONEY).status_code == 200

        desk.at("2024-04-02 00:01")

        assert treasurer.get(MONEY).headers["location"] == "/dang-nhap"
        assert head.get(MONEY).status_code == 200


def test_a_link_that_was_out_when_its_address_lost_its_part_lets_nobody_in(site: Site) -> None:
    observer = browser(site)
    path = letter_path(site, OBSERVER, observer)
    load_plan(site.desk.office, plan_2024(), HEAD)

    assert observer.post(path).status_code == 410


def test_a_restore_ends_every_stay_and_every_link(site: Site) -> None:
    head, other = signed_in(site, LEADER), browser(site)
    path = letter_path(site, OBSERVER, other)

    mark_restored(site.desk.office, site.desk.clock.now(), HEAD)

    assert head.get(BOARD).headers["location"] == "/dang-nhap"
    assert other.post(path).status_code == 410
    assert signed_in(site, LEADER).get(BOARD).status_code == 200  # its letter may leave: it cannot have left before


@in_each_database
def test_whoever_runs_it_signs_out_one_or_everybody(site: Site) -> None:
    head, treasurer, other = signed_in(site, LEADER), signed_in(site, TREASURER), browser(site)
    path = letter_path(site, LEADER, other)

    assert sign_out(site.desk.office, LEADER.upper(), HEAD) == 1
    assert head.get(BOARD).headers["location"] == "/dang-nhap"
    assert other.post(path).status_code == 410
    assert treasurer.get(MONEY).status_code == 200

    assert sign_out(site.desk.office, None, HEAD) == 1
    assert treasurer.get(MONEY).headers["location"] == "/dang-nhap"
    assert sign_out(site.desk.office, None, HEAD) == 0


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--everybody"], 0, "0 signed out"),
        ([LEADER], 0, "0 signed out"),
        ([], 2, "name one address"),
        ([LEADER, "--everybody"], 2, "name one address"),
    ],
)
def test_the_command_signs_out_whom_it_names(
    site: Site, monkeypatch: pytest.MonkeyPatch, words: list[str], status: int, says: str
) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(site.desk.settings.data))

    result = CliRunner().invoke(group, ["sign-out", *words])

    assert result.exit_code == status
    assert says in result.output


def test_who_was_signed_in_is_forgotten_with_the_mail(site: Site) -> None:
    signed_in(site, LEADER)
    now = site.desk.clock.now()

    prune(site.desk.office, Terms(now, now), HEAD, really=True)
    assert (rows(site, StayRow), rows(site, SignInRow)) == (1, 1)  # it stands yet

    later = now + LONGEST + timedelta(days=1)
    prune(site.desk.office, Terms(later, later), HEAD, really=True)
    assert (rows(site, StayRow), rows(site, SignInRow)) == (0, 0)


def test_the_record_holds_nothing_that_lets_anybody_in(site: Site) -> None:
    head = signed_in(site, LEADER)
    token = site.path_in(site.desk.letters("sign_in/")[0], "dang-nhap").rpartition("/")[2]

    with site.desk.office.sessions.reading() as session:
        kept = [*session.scalars(select(SignInRow.digest)), *session.scalars(select(StayRow.digest))]
        keys = session.scalars(select(LetterRow.key)).all()

    assert token not in "".join([*kept, *keys])
    assert head.cookies["dondoc"] not in kept


@pytest.mark.parametrize(
    ("public_url", "name", "is_secure"),
    [("https://cum.example.org", "__Host-dondoc", True), ("http://127.0.0.1:8080", "dondoc", False)],
)
def test_the_cookie_is_for_this_site_alone(tmp_path: Path, public_url: str, name: str, is_secure: bool) -> None:
    with an_office(tmp_path) as desk:
        settings = desk.settings.model_copy(update={"public_url": public_url})
        with served(replace(desk, settings=settings)) as site:
            client = browser(site)
            said = client.post(letter_path(site, LEADER, client)).headers["set-cookie"]

    parts = {part.strip().partition("=")[0].lower() for part in said.split(";")}
    assert said.startswith(f"{name}=")
    assert {"httponly", "path", "max-age"} <= parts
    assert "samesite=lax" in said.lower()
    assert "domain" not in parts
    assert ("secure" in parts) is is_secure


def test_every_form_of_a_stay_bears_its_seal_and_none_is_taken_without(site: Site) -> None:
    head = signed_in(site, LEADER)
    page = head.get(f"/ke-hoach/{PLAN}/quyet-dinh/{Q2}").text
    other = seal_in(signed_in(site, LEADER).get(BOARD).text)

    assert len(re.findall("<form", page)) == len(re.findall('name="seal"', page)) == 2
    for form in ({}, {"seal": other}):
        answer = head.post(f"/ke-hoach/{PLAN}/quyet-dinh/{Q2}", data={"do": "cancel", "reason": "Mưa lớn"} | form)
        assert answer.status_code == 403
        assert "Mưa lớn" in answer.text  # what was written is not lost
    assert "occurrence.cancelled" not in site.desk.events()


def test_what_is_sent_after_the_stay_ended_is_given_back(site: Site) -> None:
    head = signed_in(site, LEADER)
    path = f"/ke-hoach/{PLAN}/quyet-dinh/{Q2}"
    seal = seal_in(head.get(path).text)
    site.desk.clock.at += IDLE

    answer = head.post(path, data={"do": "cancel", "reason": "Mưa lớn kéo dài", "seal": seal})

    assert answer.status_code == 401
    assert "Phiên đăng nhập đã kết thúc" in answer.text
    assert "Mưa lớn kéo dài" in answer.text


def test_the_head_decides_while_signed_in_and_the_record_names_the_mailbox(site: Site) -> None:
    head = signed_in(site, LEADER)
    board = head.get(BOARD).text
    [href] = set(re.findall(rf'href="(\?quyet-dinh={Q2})"', board))
    path = head.get(BOARD + href).headers["location"]
    assert path == f"/ke-hoach/{PLAN}/quyet-dinh/{Q2}"

    sent = head.post(path, data={"do": "cancel", "reason": "Mẹ đi vắng", "seal": seal_in(head.get(path).text)})

    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?da-ghi=cancel")
    assert "Đã ghi nhận quyết định: không tổ chức." in head.get(sent.headers["location"]).text
    with site.desk.office.sessions.reading() as session:
        assert LEADER in session.scalars(select(HistoryRow.who)).all()


def test_a_head_of_two_plans_goes_from_one_to_the_other(site: Site) -> None:
    other = with_others().model_copy(update={"id": "hcsn-b", "year": 2024})
    load_plan(site.desk.office, other, HEAD)
    head = signed_in(site, LEADER)

    assert head.get("/bang").headers["location"] == BOARD
    page = head.get(BOARD).text

    assert 'href="/ke-hoach/hcsn-b/bang"' in page
    assert head.get("/ke-hoach/hcsn-b/bang").status_code == 200
    assert head.get("/ke-hoach/no-such-plan/bang").status_code == 404
