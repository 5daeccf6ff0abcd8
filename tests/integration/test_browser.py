"""A unit's officer on a phone, in a real browser without JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from dondoc.domain.states import Verdict
from tests.integration.pages import REQUEST, Site, responses, second_quarter

CHROMIUM = shutil.which("chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with second_quarter(tmp_path) as site:
        yield site


@pytest.fixture
def phone() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
        browser.close()


def test_an_officer_objects_on_a_phone_and_changes_its_mind(site: Site, phone: Page) -> None:
    phone.goto(site.base + site.path_in(REQUEST))
    phone.get_by_role("radio", name="Không nhất trí").check()
    phone.get_by_role("button", name="Gửi ý kiến").click()
    assert "đề nghị nêu lý do" in phone.get_by_role("alert").inner_text()
    assert phone.get_by_role("radio", name="Không nhất trí").is_checked()
    where = phone.get_by_role("alert").bounding_box()
    assert where is not None
    assert 0 < where["y"] < 844  # the small screen shows it without scrolling

    phone.get_by_label("Nội dung góp ý hoặc lý do").fill("Trùng lịch tập huấn của Sở")
    phone.get_by_role("button", name="Gửi ý kiến").click()
    assert "Đã ghi nhận ý kiến của đơn vị: Không nhất trí." in phone.get_by_role("status").inner_text()

    phone.get_by_role("radio", name="Nhất trí Đơn vị nhất trí với").check()
    phone.get_by_role("button", name="Gửi ý kiến").click()
    assert responses(site) == [(Verdict.OBJECT, "Trùng lịch tập huấn của Sở"), (Verdict.AGREE, "")]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
