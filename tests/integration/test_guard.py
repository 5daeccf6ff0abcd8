"""What every answer of the site bears, and which forms it does not even read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers
from starlette.routing import Route

from dondoc.config import PROJECT
from dondoc.web.app import create_app
from dondoc.web.guard import is_foreign
from tests.integration.office import LEADER, PLAN, an_office
from tests.integration.pages import Q2, REQUEST, Site, responses, served
from tests.integration.signing_in import signed_in

PUBLIC_URL = "https://cum.example.org"
ALWAYS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
    "cache-control": "no-store",
}
PAGES = PROJECT / "templates" / "pages"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Reached by https, as units see it."""
    with an_office(tmp_path_factory.mktemp("office"), "2024-04-01 08:00") as desk:
        desk.run()
        settings = desk.settings.model_copy(update={"public_url": PUBLIC_URL, "posts_per_minute": 10_000})
        with served(replace(desk, settings=settings), mailbox=True) as site:
            yield site


def bears_everything(answer: httpx.Response) -> None:
    for name, value in ALWAYS.items():
        assert answer.headers[name] == value, f"{name} of {answer.request.url}"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "camera=()" in answer.headers["permissions-policy"]


def every_path(site: Site) -> list[str]:
    """Each address of the site, with something that it may be about."""
    app = create_app(site.desk.office, site.desk.settings)
    about = {"token": "1.x", "plan": PLAN, "subject:path": Q2}
    paths = [route.path for route in app.routes if isinstance(route, Route)]
    return [re.sub(r"\{([a-z:]+)\}", lambda found: about[found[1]], path) for path in paths]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS"])
def test_every_answer_of_every_address_bears_the_headers(site: Site, method: str) -> None:
    paths = every_path(site)
    assert len(paths) > 25

    for path in [*paths, "/nowhere", "/hop-thu-thu/", "/hop-thu-thu/nobody@example.org"]:
        answer = httpx.request(method, site.base + path, data={"do": "x"} if method == "POST" else None)
        if path.startswith("/hop-thu-thu"):
            assert answer.headers["strict-transport-security"] == ALWAYS["strict-transport-security"]
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert answer.headers["x-content-type-options"] == "nosniff"
        else:
            bears_everything(answer)


def test_the_pages_of_who_signed_in_bear_them_too(site: Site) -> None:
    head = signed_in_by_https(site)

    for page in ("bang", "thu-chi", f"quyet-dinh/{Q2}", f"to-chuc/{Q2}", f"ket-qua/{Q2}"):
        answer = httpx.get(f"{site.base}/ke-hoach/{PLAN}/{page}", headers=head)
        assert answer.status_code == 200
        bears_everything(answer)


def signed_in_by_https(site: Site) -> dict[str, str]:
    """The header with the cookie: a client would not send a secure one over the test's plain line."""
    client = signed_in(site, LEADER)
    [cookie] = client.cookies.jar
    return {"Cookie": f"{cookie.name}={cookie.value}"}


def test_without_https_nobody_is_told_to_insist_on_it(tmp_path: Path) -> None:
    with an_office(tmp_path) as desk, served(desk) as site:
        assert "strict-transport-security" not in site.get("/").headers


@pytest.mark.parametrize("template", sorted(path.name for path in PAGES.glob("*.html")))
def test_no_page_has_a_script_or_a_style_of_its_own(template: str) -> None:
    written = (PAGES / template).read_text("utf-8")

    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", written, re.IGNORECASE)


@pytest.mark.parametrize("template", sorted(path.name for path in (PAGES / "mailbox").glob("*.html")))
def test_no_page_of_the_test_mailbox_has_a_script(template: str) -> None:
    written = (PAGES / "mailbox" / template).read_text("utf-8")

    assert not re.search(r"<script|\son[a-z]+=|javascript:", written, re.IGNORECASE)


FOREIGN = [
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="another name of the same owner"),
    pytest.param({"Origin": "https://evil.example.com"}, id="an older browser"),
    pytest.param({"Origin": "https://cum.example.org.evil.example.com"}, id="a name that begins alike"),
    pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": PUBLIC_URL}, id="contradicting itself"),
]
OWN = [
    pytest.param({"Sec-Fetch-Site": "same-origin"}, id="our own page"),
    pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, id="our own page, which tells no referrer"),
    pytest.param({"Sec-Fetch-Site": "none"}, id="sent again by hand"),
    pytest.param({"Origin": PUBLIC_URL}, id="an older browser"),
    pytest.param({}, id="no browser"),
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_form_of_another_site_is_refused_readably_and_not_recorded(site: Site, headers: dict[str, str]) -> None:
    before = responses(site)

    answer = httpx.post(site.base + site.path_in(REQUEST), data={"verdict": "agree"}, headers=headers)

    assert answer.status_code == 403
    assert "do một trang web khác gửi đến" in answer.text
    bears_everything(answer)
    assert responses(site) == before


@pytest.mark.parametrize(
    "path", ["/dang-nhap", "/dang-xuat", "/dang-nhap/x", "/hop-thu-thu/a@b.vn/1/reply", "/nowhere"]
)
def test_no_address_takes_a_form_of_another_site(site: Site, path: str) -> None:
    answer = httpx.post(site.base + path, data={"address": LEADER}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


@pytest.mark.parametrize("headers", OWN)
def test_our_own_forms_are_taken(site: Site, headers: dict[str, str]) -> None:
    answer = httpx.post(site.base + site.path_in(REQUEST), data={"verdict": "agree"}, headers=headers)

    assert answer.status_code == 303


def test_the_name_by_which_it_was_asked_is_its_own_as_well() -> None:
    asked = Headers({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:8080"})

    assert not is_foreign(asked, PUBLIC_URL)
