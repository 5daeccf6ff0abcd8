"""The units' pages: they answer and report; opening a page never records anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import event

from dondoc.domain.proposal import Revision
from dondoc.domain.states import Verdict
from dondoc.services.decide import cancel, change, proceed
from dondoc.store.tables import RequestRow
from tests.integration.office import HEAD, PLAN
from tests.integration.pages import Q2, REQUEST, Site, nonce_in, responses, second_quarter


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with second_quarter(tmp_path) as site:
        yield site


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


def test_a_page_reads_what_was_asked_of_its_own_unit_only(site: Site) -> None:
    path, read = site.path_in(REQUEST), set[str]()

    def note(row: RequestRow, _: object) -> None:
        read.add(row.unit)

    event.listen(RequestRow, "load", note)
    try:
        assert site.get(path).status_code == 200
    finally:
        event.remove(RequestRow, "load", note)

    assert read == {"so-y-te"}


def test_a_form_sent_twice_is_recorded_once(site: Site) -> None:
    path = site.path_in(REQUEST)
    nonce = nonce_in(site.get(path).text)

    for _ in range(2):
        assert site.post(path, verdict="agree", nonce=nonce).status_code == 303

    assert responses(site) == [(Verdict.AGREE, "")]


def test_a_form_sent_twice_at_the_same_moment_is_recorded_once(site: Site) -> None:
    path = site.path_in(REQUEST)
    nonce = nonce_in(site.get(path).text)

    with ThreadPoolExecutor(4) as hands:
        sent = [hands.submit(site.post, path, verdict="agree", nonce=nonce) for _ in range(4)]

    assert [each.result().status_code for each in sent] == [303] * 4
    assert responses(site) == [(Verdict.AGREE, "")]


def test_a_form_gone_back_to_and_changed_is_another_answer(site: Site) -> None:
    path = site.path_in(REQUEST)
    nonce = nonce_in(site.get(path).text)

    site.post(path, verdict="agree", nonce=nonce)
    site.post(path, verdict="object", comment="Trùng lịch", nonce=nonce)

    assert responses(site) == [(Verdict.AGREE, ""), (Verdict.OBJECT, "Trùng lịch")]
    assert "Đã ghi nhận ý kiến của đơn vị: Không nhất trí." in site.get(f"{path}?da-ghi=1").text


def test_what_is_typed_is_kept_as_it_was_meant(site: Site) -> None:
    decomposed = unicodedata.normalize("NFD", "Đề nghị lùi ngày")

    site.post(site.path_in(REQUEST), verdict="comment", comment=f" {decomposed}\r\nsang \0tuần sau ", nonce="1")

    assert responses(site) == [(Verdict.COMMENT, "Đề nghị lùi ngày\nsang tuần sau")]


def test_line_breaks_count_as_one_character(site: Site) -> None:
    text = "\r\n".join(["a"] * 2500)

    assert site.post(site.path_in(REQUEST), verdict="comment", comment=text).status_code == 303
    assert len(responses(site)[0][1]) == 4999


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


def test_after_a_revision_who_objected_is_asked_again_and_nothing_is_chosen_for_it(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.post(path, verdict="object", comment="Trùng lịch", nonce="1")
    change(site.desk.office, PLAN, Q2, Revision(day=date(2024, 6, 17)), "Tránh trùng lịch tập huấn", HEAD)

    page = site.get(path).text

    for said in ("Đề nghị cho ý kiến lại trước", "<s>thứ Sáu, ngày 14/06/2024</s>", "Lý do: Tránh trùng lịch tập huấn"):
        assert said in page
    assert "về phương án trước khi điều chỉnh" in page
    assert "checked" not in page


def test_after_a_revision_who_agreed_reads_that_its_answer_still_counts(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.post(path, verdict="agree", nonce="1")
    change(site.desk.office, PLAN, Q2, Revision(day=date(2024, 6, 17)), "Tránh trùng lịch tập huấn", HEAD)

    page = site.get(path).text

    assert "ý kiến “Nhất trí” của đơn vị vẫn được tính" in page
    assert "Đơn vị không cần trả lời lại" in page


def test_after_the_head_decided_the_page_says_what_and_why(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.desk.at("2024-04-08 17:05").run()
    proceed(site.desk.office, PLAN, Q2, "Đã thống nhất qua điện thoại", HEAD)

    page = site.get(path).text

    assert "Cụm trưởng quyết định: triển khai." in page
    assert "Lý do: Đã thống nhất qua điện thoại" in page


def test_of_what_is_cancelled_nothing_is_asked_any_more(site: Site) -> None:
    path = site.path_in(REQUEST)
    cancel(site.desk.office, PLAN, Q2, "Mẹ đang nằm viện", HEAD)

    page = site.get(path).text

    assert "Hoạt động này không tổ chức." in page
    assert "Lý do: Mẹ đang nằm viện" in page
    assert "<form" not in page


def test_a_problem_reported_by_link_is_recorded_once(site: Site) -> None:
    path = site.path_in(REQUEST, "bao-van-de")
    nonce = nonce_in(site.get(path).text)

    for _ in range(2):
        assert site.post(path, text="Không có bác sĩ", severity="urgent", nonce=nonce).status_code == 303
    assert site.post(path, text=" ").status_code == 422

    assert [key.rpartition("/")[0] for key in site.desk.problems()] == [f"reported/{Q2}/so-y-te"]
