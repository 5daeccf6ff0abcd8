"""People who sign in: with a browser's cookies, by the link in the letter that came."""

from __future__ import annotations

import time
from datetime import date

import httpx
from sqlalchemy import func, select

from dondoc.domain.plan import Observer, Plan, Treasurer
from dondoc.domain.states import LetterState
from dondoc.store.tables import LetterRow
from tests.integration.office import plan_2024
from tests.integration.pages import Site

TREASURER = "thu-quy@doan.example.org"
OBSERVER = "theo-doi@doan.example.org"


def with_others(treasurer_until: date | None = None) -> Plan:
    """The plan of 2024 with a treasurer and an observer; the names are invented."""
    treasurer = Treasurer(name="Trần Thị Thu", title="Thủ quỹ", email=TREASURER, until=treasurer_until)
    observer = Observer(name="Lê Văn Quan", title="Ban Phong trào", email=OBSERVER)
    return plan_2024().model_copy(update={"treasurers": (treasurer,), "observers": (observer,)})


def browser(site: Site) -> httpx.Client:
    """One that keeps cookies, but no connection, and does not follow redirects."""
    return httpx.Client(base_url=site.base, limits=httpx.Limits(max_keepalive_connections=0))


def letter_path(site: Site, address: str, at: httpx.Client) -> str:
    """Ask for a link at the page, and the path of the link in the letter that came."""
    before = _sent(site)
    assert at.post("/dang-nhap", data={"address": address}).status_code == 303
    return latest_link(site, after=before)


def latest_link(site: Site, after: int = 0) -> str:
    """The path of the link in the letter that came after so many others."""
    for _ in range(600):
        if _sent(site) > after:
            return site.path_in(site.desk.letters("sign_in/")[-1], "dang-nhap")
        time.sleep(0.05)
    raise AssertionError("no letter came")


def signed_in(site: Site, address: str) -> httpx.Client:
    client = browser(site)
    entered = client.post(letter_path(site, address, client))
    assert entered.headers["location"] == "/bang"
    return client


def _sent(site: Site) -> int:
    with site.desk.office.sessions.reading() as session:
        is_sent = LetterRow.kind == "sign_in", LetterRow.state == LetterState.SENT
        return session.scalar(select(func.count()).select_from(LetterRow).where(*is_sent)) or 0
