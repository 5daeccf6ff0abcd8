"""What all pages share: links that open something or explain themselves, headers, limits, health."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from dondoc.services.links import revoke
from tests.integration.office import PLAN
from tests.integration.pages import Q2, REQUEST, Site, responses, second_quarter


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with second_quarter(tmp_path) as site:
        yield site


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
    assert "Bùi Hữu Hồng Hải" not in answer.text


def test_an_expired_link_explains_itself(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.desk.clock.at += timedelta(days=100)

    for answer in (site.get(path), site.post(path, verdict="agree")):
        assert answer.status_code == 410
        assert "Đường dẫn này đã hết hạn" in answer.text
        assert f"mailto:{site.desk.office.stationery.replies.plain}" in answer.text
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


@pytest.mark.parametrize("path", ["/", "/nowhere", "/dondoc.css", "/health", REQUEST])
def test_every_answer_bears_the_security_headers(site: Site, path: str) -> None:
    bears_the_headers(site.get(site.path_in(path) if path == REQUEST else path))


def test_a_failure_says_nothing_of_its_cause_and_bears_them_too(site: Site) -> None:
    path = site.path_in(REQUEST)
    lose_the_database(site)

    answer = site.get(path)

    assert answer.status_code == 500
    assert "Có lỗi xảy ra" in answer.text
    assert "sqlite" not in answer.text.lower()
    bears_the_headers(answer)


def bears_the_headers(answer: httpx.Response) -> None:
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_cannot_be_done_with_a_page_says_what_can(site: Site) -> None:
    answer = site.post("/health")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def lose_the_database(site: Site) -> None:
    for file in Path(site.desk.settings.data).glob("dondoc.db*"):
        file.unlink()
    site.desk.office.sessions.engine.dispose()


def test_health_tells_whether_the_database_answers(site: Site) -> None:
    assert site.get("/health").json() == {"status": "ok"}
    lose_the_database(site)
    assert site.get("/health").status_code == 503


def test_one_mailbox_that_gives_a_name_once_does_not_disagree_with_itself(site: Site) -> None:
    path = site.path_in(REQUEST)
    site.post(path, verdict="agree", by="Trực ban", nonce="1")
    site.post(path, verdict="abstain", nonce="2")

    assert site.desk.problems() == {}
