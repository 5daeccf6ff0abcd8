"""The pages: units answer, the head decides; opening a page never records anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from dondoc.domain.states import OccurrenceState, Verdict
from dondoc.services.links import revoke
from dondoc.store.tables import ResponseRow
from tests.integration.office import PLAN, an_office
from tests.integration.pages import Site, nonce_in, served

Q2 = "visit-2024-q2"
REQUEST = f"consultation_request/{Q2}/so-y-te"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The second quarter's consultation has just been opened."""
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        with served(desk) as site:
            yield site


def responses(site: Site) -> list[tuple[Verdict, str]]:
    with site.desk.office.sessions.reading() as session:
        rows = session.scalars(select(ResponseRow).order_by(ResponseRow.id))
        return [(row.verdict, row.comment) for row in rows]


def test_opening_never_answers(site: Site) -> None:
    path = site.path_in(REQUEST)

    for _ in range(2):
        assert site.get(path).status_code == 200
    assert httpx.head(site.base + path).status_code == 200
    assert responses(site) == []


def test_the_page_shows_what_is_asked(site: Site) -> None:
    page = site.get(site.path_in(REQUEST)).text

    for said in ("Đoàn Sở Y tế Thành phố", "thứ Sáu, ngày 14/06/2024", "Huyện Củ Chi", "1.750.000 đồng", "08/04/2024"):
        assert said in page


def test_an_answer_is_recorded_confirmed_and_can_be_changed(site: Site) -> None:
    path = site.path_in(REQUEST)

    sent = site.post(path, verdict="object", comment="Trùng lịch tập huấn", nonce="1")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?da-ghi=1")
    shown = site.get(sent.headers["location"]).text
    assert "Đã ghi nhận ý kiến của đơn vị: Không nhất trí." in shown
    site.post(path, verdict="agree", nonce="2")

    assert responses(site) == [(Verdict.OBJECT, "Trùng lịch tập huấn"), (Verdict.AGREE, "")]
    assert len(site.desk.letters("answer_confirmation")) == 2
    assert "Trùng lịch tập huấn" in site.get(path).text


def test_a_form_sent_twice_is_recorded_once(site: Site) -> None:
    path = site.path_in(REQUEST)
    nonce = nonce_in(site.get(path).text)

    for _ in range(2):
        assert site.post(path, verdict="agree", nonce=nonce).status_code == 303

    assert responses(site) == [(Verdict.AGREE, "")]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Đề nghị chọn một trong bốn ý kiến."),
        ({"verdict": "maybe"}, "Đề nghị chọn một trong bốn ý kiến."),
        ({"verdict": "object"}, "đề nghị nêu lý do"),
        ({"verdict": "comment", "comment": " "}, "Đề nghị ghi nội dung góp ý"),
        ({"verdict": "agree", "comment": "a" * 5001}, "tối đa 5.000 ký tự"),
    ],
)
def test_a_mistake_is_said_in_one_sentence_and_nothing_typed_is_lost(
    site: Site, form: dict[str, str], said: str
) -> None:
    answer = site.post(site.path_in(REQUEST), by="Trực ban", **form)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Trực ban"' in answer.text
    assert responses(site) == []


def test_who_agrees_and_writes_something_has_a_comment(site: Site) -> None:
    site.post(site.path_in(REQUEST), verdict="agree", comment="Đề nghị xuất phát sớm", nonce="1")

    assert responses(site) == [(Verdict.COMMENT, "Đề nghị xuất phát sớm")]


def test_what_a_unit_writes_is_shown_as_text(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.post(path, verdict="object", comment="<script>alert(1)</script>", nonce="1")

    assert "<script>" not in site.get(path).text
    assert "&lt;script&gt;" in site.get(path).text


def test_a_unit_sees_only_its_own_answers(site: Site) -> None:
    site.desk.answer("tnxp", Verdict.OBJECT, "Lý do của đơn vị khác")

    assert "Lý do của đơn vị khác" not in site.get(site.path_in(REQUEST)).text


def test_an_answer_after_the_close_is_kept_as_late_and_the_page_says_so(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.desk.at("2024-04-08 17:05").run()

    assert "Đợt lấy ý kiến đã đóng" in site.get(path).text
    site.post(path, verdict="agree", nonce="1")

    assert "kết quả chưa thay đổi" in site.get(f"{path}?da-ghi=1").text
    assert len(site.desk.letters("late_answer_notice")) == 1


def another_end(path: str) -> str:
    return path[:-2] + ("AA" if path[-2:] != "AA" else "BB")


def another_page(path: str) -> str:
    return path.replace("tra-loi", "quyet-dinh")


def invented(path: str) -> str:
    return path.partition("/tra-loi/")[1] + "99.x"


@pytest.mark.parametrize("change", [another_end, another_page, invented])
def test_a_link_that_is_not_ours_opens_nothing(site: Site, change: Callable[[str], str]) -> None:
    answer = site.get(change(site.path_in(REQUEST)))

    assert answer.status_code == 404
    assert "Không tìm thấy trang" in answer.text


def test_an_expired_link_explains_itself(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.desk.clock.at += timedelta(days=100)

    for answer in (site.get(path), site.post(path, verdict="agree")):
        assert answer.status_code == 410
        assert "Đường dẫn này đã hết hạn" in answer.text
    assert responses(site) == []


def test_a_revoked_link_explains_itself(site: Site) -> None:
    path = site.path_in(REQUEST)
    with site.desk.office.sessions.writing() as session:
        assert revoke(session, PLAN, f"opinion/{Q2}/so-y-te", "contact replaced", site.desk.clock.now()) == 1

    answer = site.get(path)
    assert answer.status_code == 410
    assert "đã được thay bằng đường dẫn khác" in answer.text


def test_a_form_too_large_is_refused(site: Site) -> None:
    answer = site.post(site.path_in(REQUEST), verdict="agree", comment="a" * 100_000)

    assert answer.status_code == 413
    assert responses(site) == []


def test_the_head_decides_with_a_reason(site: Site) -> None:
    site.desk.everyone_answers("so-gtvt")
    site.desk.at("2024-04-08 17:05").run()
    path = site.path_in(f"decision_needed/{Q2}/head", "quyet-dinh").partition("?")[0]

    assert "1 đơn vị chưa có ý kiến" in site.get(path).text
    without = site.post(path, do="proceed", reason=" ")
    assert without.status_code == 422
    assert "Đề nghị ghi lý do" in without.text

    assert site.post(path, do="proceed", reason="Đã thống nhất qua điện thoại").status_code == 303
    site.desk.run()
    assert site.desk.occurrence().state is OccurrenceState.LAUNCHED
    assert "Đã ghi nhận quyết định: Triển khai" in site.get(f"{path}?da-ghi=1").text


def test_the_head_revises_and_a_revision_that_makes_no_sense_is_refused(site: Site) -> None:
    site.desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch")
    path = site.path_in(f"objection_notice/{Q2}/so-gtvt/1", "quyet-dinh").partition("?")[0]

    assert site.post(path, do="revise", reason="Đổi ngày").status_code == 422
    assert site.post(path, do="revise", reason="Đổi mức", each="hai triệu").status_code == 422
    assert site.post(path, do="revise", reason="Đổi ngày", day="2024-06-17").status_code == 303

    assert site.desk.letters("consultation_request")[-1] == f"consultation_request/{Q2}/khoi-nnptnt/2"


def test_a_problem_reported_by_link_is_recorded_once(site: Site) -> None:
    path = site.path_in(REQUEST, "bao-van-de")
    nonce = nonce_in(site.get(path).text)

    for _ in range(2):
        assert site.post(path, text="Không có bác sĩ", severity="urgent", nonce=nonce).status_code == 303
    assert site.post(path, text=" ").status_code == 422

    assert [key.rpartition("/")[0] for key in site.desk.problems()] == [f"reported/{Q2}/so-y-te"]


def test_the_board_shows_what_needs_a_decision(site: Site) -> None:
    site.desk.answer("so-gtvt", Verdict.OBJECT, "Trùng lịch tập huấn")
    path = site.path_in(f"plan_started/{PLAN}/head", "bang")

    page = site.get(path).text

    assert "1 đơn vị không nhất trí" in page
    assert "Trùng lịch tập huấn" in page
    assert httpx.post(site.base + path).status_code == 405


def test_the_board_is_open_only_where_that_was_asked_for(site: Site) -> None:
    assert site.get("/bang").status_code == 404
    with served(site.desk, open_board=True) as open_site:
        assert "Thăm hỏi và phụng dưỡng" in open_site.get("/bang").text


def test_every_answer_bears_the_security_headers(site: Site) -> None:
    for path in ("/", site.path_in(REQUEST), "/nowhere", "/dondoc.css"):
        headers = site.get(path).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_health_tells_whether_the_database_answers(site: Site) -> None:
    assert site.get("/health").json() == {"status": "ok"}
    for file in Path(site.desk.settings.data).glob("dondoc.db*"):
        file.unlink()
    site.desk.office.sessions.engine.dispose()
    assert site.get("/health").status_code == 503


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
