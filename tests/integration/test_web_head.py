"""The head's pages: the board, decisions about consultations, problems and held replies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from dondoc.domain.plan import Substitute
from dondoc.domain.states import OccurrenceState, Verdict
from dondoc.services.links import Purpose
from dondoc.services.plans import load_plan
from dondoc.store.tables import LinkRow
from tests.integration.office import HEAD, PLAN, plan_2024
from tests.integration.pages import Q2, REQUEST, Site, responses, second_quarter, served


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with second_quarter(tmp_path) as site:
        yield site


@pytest.fixture
def undecided(site: Site) -> Site:
    """One unit kept silent, and the round has closed."""
    site.desk.everyone_answers("so-gtvt")
    site.desk.at("2024-04-08 17:05").run()
    return site


def decision_path(site: Site) -> str:
    return site.path_in(f"decision_needed/{Q2}/head", "quyet-dinh").partition("?")[0]


def board_path(site: Site) -> str:
    return site.path_in(f"plan_started/{PLAN}/head", "bang")


def mark_in(page: str) -> str:
    found = re.search(r'name="mark" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_the_head_decides_with_a_reason(undecided: Site) -> None:
    path = decision_path(undecided)

    assert "1 đơn vị chưa có ý kiến" in undecided.get(path).text
    without = undecided.post(path, do="proceed", reason=" ")
    assert without.status_code == 422
    assert "Đề nghị ghi lý do" in without.text

    sent = undecided.post(path, do="proceed", reason="Đã thống nhất qua điện thoại")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?da-ghi=proceed")
    undecided.desk.run()
    assert undecided.desk.occurrence().state is OccurrenceState.LAUNCHED
    page = undecided.get(sent.headers["location"]).text
    for said in ("Đã ghi nhận quyết định: triển khai.", "Đã thống nhất qua điện thoại", "bi-thu.khoi-dcd@example.org"):
        assert said in page


def test_the_same_decision_sent_twice_is_taken_once_and_is_no_mistake(undecided: Site) -> None:
    path = decision_path(undecided)
    mark = mark_in(undecided.get(path).text)

    for _ in range(2):
        form = {"do": "revise", "reason": "Tránh trùng lịch", "day": "2024-06-17", "mark": mark}
        assert undecided.post(path, **form).status_code == 303

    assert undecided.desk.occurrence().version == 2


def test_what_was_said_since_the_page_was_opened_is_shown_before_the_decision_is_taken(undecided: Site) -> None:
    path = decision_path(undecided)
    before = mark_in(undecided.get(path).text)
    undecided.desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch tập huấn")

    first = undecided.post(path, do="proceed", reason="Không đơn vị nào phản đối", mark=before)

    assert first.status_code == 422
    assert "đã có ý kiến hoặc quyết định mới" in first.text
    assert "Trùng lịch tập huấn" in first.text
    assert "Không đơn vị nào phản đối" in first.text
    assert undecided.desk.occurrence().state is OccurrenceState.CONSULTING
    again = undecided.post(path, do="proceed", reason="Đã trao đổi với đơn vị", mark=mark_in(first.text))
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"do": "launch"}, "Đề nghị chọn một quyết định", id="a word that is no decision"),
        pytest.param({}, "ít nhất một nội dung điều chỉnh", id="nothing"),
        pytest.param({"each": "hai triệu"}, "Số tiền chưa đúng", id="an amount in words"),
        pytest.param({"each": "9" * 20}, "Số tiền chưa đúng", id="an amount beyond all money"),
        pytest.param({"day": "17/6"}, "Ngày mới chưa đúng", id="a day that is none"),
        pytest.param({"day": "9999-12-31"}, "Ngày mới chưa đúng", id="a day beyond all calendars"),
        pytest.param({"day": "2024-06-14"}, "Điều chỉnh này không thực hiện được", id="the day that it is already"),
        pytest.param({"day": "2024-04-09"}, "Điều chỉnh này không thực hiện được", id="a day too near to ask"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_beside_its_field(
    undecided: Site, form: dict[str, str], said: str
) -> None:
    answer = undecided.post(decision_path(undecided), **({"do": "revise", "reason": "Tránh trùng lịch"} | form))

    assert answer.status_code == 422
    assert said in answer.text
    assert "Tránh trùng lịch" in answer.text
    assert undecided.desk.occurrence().version == 1


def test_a_revision_asks_again_whoever_had_not_agreed(site: Site) -> None:
    site.desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch")
    path = site.path_in(f"objection_notice/{Q2}/so-gtvt/1", "quyet-dinh").partition("?")[0]

    assert site.post(path, do="revise", reason="Đổi mức", each="2.000.000 đồng").status_code == 303

    assert site.desk.letters("consultation_request")[-1] == f"consultation_request/{Q2}/khoi-nnptnt/2"


def test_the_board_shows_what_needs_a_decision(site: Site) -> None:
    site.desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch tập huấn")
    path = board_path(site)

    page = site.get(path).text

    assert "1 đơn vị không nhất trí" in page
    assert "Trùng lịch tập huấn" in page
    assert httpx.post(site.base + path).status_code == 405


def test_the_board_is_open_only_where_that_was_asked_for(site: Site) -> None:
    assert site.get("/bang").headers["location"] == "/dang-nhap"
    with served(site.desk, open_board=True) as open_site:
        assert "Thăm hỏi và phụng dưỡng" in open_site.get("/bang").text


def test_looking_at_the_board_writes_nothing(undecided: Site) -> None:
    path, before = board_path(undecided), links(undecided)

    assert "1 đơn vị chưa có ý kiến" in undecided.get(path).text

    assert links(undecided) == before


def test_the_board_leads_to_decisions_in_the_name_of_whoever_it_was_sent_to(undecided: Site) -> None:
    desk = undecided.desk
    stands_in = Substitute(name="Phó", title="Phó Bí thư", email="pho.cum-truong@example.org")
    plan = plan_2024()
    away = plan.heads[0].model_copy(update={"substitutes": (stands_in,)})
    load_plan(desk.office, plan.model_copy(update={"heads": (away,)}), HEAD)
    with desk.office.sessions.writing() as session:
        url = desk.office.links.board(session, PLAN, "pho.cum-truong@example.org", now=desk.clock.now())
    board = f"/bang/{url.rpartition('/')[2]}"
    [href] = set(re.findall(rf'href="(\?quyet-dinh={Q2})"', undecided.get(board).text))

    path = undecided.get(board + href).headers["location"]
    assert undecided.post(path, do="proceed", reason="Đã trao đổi").status_code == 303

    assert "pho.cum-truong@example.org, 17 giờ 05" in undecided.get(path).text


def test_the_board_leads_to_its_problems_and_to_nothing_else(site: Site) -> None:
    site.post(site.path_in(REQUEST, "bao-van-de"), text="Không có bác sĩ", severity="urgent", nonce="1")
    board = board_path(site)
    [href] = re.findall(r'href="(\?van-de=[^"]+)"', site.get(board).text)

    assert "Không có bác sĩ" in site.get(site.get(board + href).headers["location"]).text
    for unknown in ("?van-de=x", "?quyet-dinh=visit-2024-q9"):
        assert site.get(board + unknown).status_code == 404


def links(site: Site) -> int | None:
    with site.desk.office.sessions.reading() as session:
        return session.scalar(select(func.count()).select_from(LinkRow).where(LinkRow.purpose != Purpose.ANSWER.value))


def test_the_head_reads_a_held_reply_and_says_what_it_means(site: Site) -> None:
    from tests.integration.test_post_room import reply

    held = reply(site.desk, "so-y-te", "Đồng ý, nhưng mức đóng góp là 1.000.000 đồng")
    site.desk.run()
    path = site.path_in(site.desk.letters("problems_notice")[0], "van-de")

    assert "Đồng ý, nhưng mức đóng góp là 1.000.000 đồng" in site.get(path).text
    assert site.post(path, do="comment").status_code == 303
    assert site.post(path, do="comment").status_code == 422

    assert responses(site) == [(Verdict.COMMENT, held.text)]


def test_the_head_acknowledges_and_resolves_a_reported_problem(site: Site) -> None:
    site.post(site.path_in(REQUEST, "bao-van-de"), text="Không có bác sĩ", severity="urgent", nonce="1")
    site.desk.run()
    path = site.path_in(site.desk.letters("problems_notice")[0], "van-de")

    assert "Không có bác sĩ" in site.get(path).text
    for do, state in (("acknowledge", "acknowledged"), ("resolve", "resolved")):
        assert site.post(path, do=do).status_code == 303
        assert list(site.desk.problems().values()) == [state]


@pytest.fixture
def launched(site: Site) -> Site:
    """Everybody agreed."""
    site.desk.everyone_answers()
    site.desk.at("2024-04-05 17:05").run()
    return site


def decide_about(site: Site, occurrence: str = Q2) -> str:
    return site.get(f"{board_path(site)}?quyet-dinh={occurrence}").headers["location"]


def offered(page: str) -> list[str]:
    return re.findall(r'name="do" value="([^"]+)"', page)


def test_the_page_offers_what_fits_the_occurrence(launched: Site) -> None:
    page = launched.get(decide_about(launched)).text

    assert offered(page) == ["held", "set-date", "postpone", "skip", "merge", "cancel", "pause"]
    assert re.findall(r'<option value="(visit[^"]+)"', page) == ["visit-2024-q3", "visit-2024-q4"]
    planned = launched.get(decide_about(launched, "ky-nghi-hong-2024")).text
    assert offered(planned) == ["set-date", "postpone", "cancel", "pause"]


def test_the_head_enters_what_the_city_decided(launched: Site) -> None:
    path = decide_about(launched)
    form = {"do": "set-date", "reason": "", "day": "2024-06-21", "place": "", "decision": "245-KH/TĐTN"}

    sent = launched.post(path, **form)

    assert sent.status_code == 303
    page = launched.get(sent.headers["location"]).text
    for said in ("Đã ghi nhận quyết định: thời gian, địa điểm.", "thứ Sáu, ngày 21/06/2024", "Đang triển khai"):
        assert said in page


def test_the_head_postpones_and_the_same_form_again_is_no_mistake(launched: Site) -> None:
    path = decide_about(launched)
    mark = mark_in(launched.get(path).text)

    for _ in range(2):
        sent = launched.post(path, do="postpone", reason="Đường vào Củ Chi ngập sâu", mark=mark)
        assert sent.status_code == 303

    assert launched.desk.occurrence().state is OccurrenceState.POSTPONED
    page = launched.get(path).text
    assert "Đường vào Củ Chi ngập sâu" in page
    assert offered(page) == ["set-date", "skip", "merge", "cancel", "pause"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"do": "set-date", "reason": "Trùng lịch"}, "Đề nghị ghi ngày hoặc địa điểm", id="nothing set"),
        pytest.param({"do": "set-date", "day": "2024-06-21"}, "số văn bản của cấp trên hoặc lý do", id="no reason"),
        pytest.param({"do": "set-date", "day": "2024-04-01", "reason": "x"}, "chưa ghi được", id="a day gone by"),
        pytest.param({"do": "postpone", "reason": " "}, "Đề nghị ghi lý do", id="postponed without a reason"),
        pytest.param({"do": "merge", "reason": "Gộp"}, "Đề nghị chọn đợt hoạt động thay thế", id="merged into none"),
        pytest.param({"do": "merge", "reason": "Gộp", "into": "x"}, "Đề nghị chọn đợt", id="merged into no such thing"),
        pytest.param({"do": "held"}, "ngày tổ chức chưa đến", id="held before its day"),
    ],
)
def test_a_word_about_an_occurrence_that_makes_no_sense_is_refused_beside_its_field(
    launched: Site, form: dict[str, str], said: str
) -> None:
    answer = launched.post(decide_about(launched), **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert launched.desk.occurrence().state is OccurrenceState.LAUNCHED


def test_the_head_pauses_the_activity_and_goes_on_from_the_same_page(launched: Site) -> None:
    path = decide_about(launched)

    assert launched.post(path, do="pause", reason="Mẹ đang điều trị tại bệnh viện").status_code == 303

    page = launched.get(path).text
    assert "Hoạt động đang tạm dừng:</strong> Mẹ đang điều trị tại bệnh viện" in page
    assert offered(page)[-1] == "resume"
    assert launched.post(path, do="resume", reason="").status_code == 303
    assert "đang tạm dừng" not in launched.get(path).text
