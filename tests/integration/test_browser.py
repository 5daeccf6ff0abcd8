"""A unit's officer on a phone, in a real browser without JavaScript."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from dondoc.domain.states import Verdict
from tests.integration.office import LEADER, PLAN
from tests.integration.pages import Q2, REQUEST, Site, responses, second_quarter
from tests.integration.signing_in import latest_link

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


def test_the_head_signs_in_on_a_phone_and_another_sites_form_does_nothing(site: Site, phone: Page) -> None:
    phone.goto(f"{site.base}/bang")
    phone.get_by_label("Địa chỉ thư điện tử").fill(LEADER)
    phone.get_by_role("button", name="Gửi đường dẫn đăng nhập").click()
    assert "Đã nhận đề nghị đăng nhập" in phone.get_by_role("status").inner_text()
    phone.goto(site.base + latest_link(site))
    phone.get_by_role("button", name="Đăng nhập").click()
    assert phone.url == f"{site.base}/ke-hoach/{PLAN}/bang"
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

    decision = f"{site.base}/ke-hoach/{PLAN}/quyet-dinh/{Q2}"
    fields = '<input name="do" value="cancel"><input name="reason" value="x"><button>OK</button>'
    phone.goto(f'data:text/html,<form method="post" action="{decision}">{fields}</form>')
    phone.get_by_role("button", name="OK").click()
    assert "do một trang web khác gửi đến" in phone.get_by_role("main").inner_text()
    assert "occurrence.cancelled" not in site.desk.events()

    phone.goto(decision)
    phone.get_by_role("radio", name="Không tổ chức Dừng hoạt động").check()
    phone.get_by_role("textbox", name="Lý do").fill("Gia đình Mẹ đề nghị")
    phone.get_by_role("button", name="Ghi quyết định").click()
    assert "Đã ghi nhận quyết định: không tổ chức." in phone.get_by_role("status").inner_text()

    phone.get_by_role("button", name="Đăng xuất").click()
    assert "Đã đăng xuất" in phone.get_by_role("status").inner_text()
    phone.goto(decision)
    assert phone.url == f"{site.base}/dang-nhap"
