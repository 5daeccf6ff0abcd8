"""The real pages of a real office, served over HTTP on a free port."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from threading import Thread

import httpx
import uvicorn
from sqlalchemy import select

from dondoc.config import PROJECT
from dondoc.domain.states import Verdict
from dondoc.store.tables import ResponseRow
from dondoc.web.app import create_app
from dondoc.web.mailbox import mailbox_app
from tests.integration.office import Desk, an_office

Q2 = "visit-2024-q2"
REQUEST = f"consultation_request/{Q2}/so-y-te"
"""The letter whose link the tests follow."""


@dataclass(frozen=True, slots=True)
class Site:
    """A running site; `get` and `post` do not follow redirects."""

    desk: Desk
    base: str

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.base + path)

    def post(self, path: str, **form: str) -> httpx.Response:
        return httpx.post(self.base + path, data=form)

    def path_in(self, key: str, page: str = "tra-loi") -> str:
        """The path of the link to `page` in a letter's text, as its reader would follow it."""
        letter = message_from_bytes(self.desk.letter(key).content, policy=policy.default)
        body = letter.get_body(("plain",))
        assert body is not None
        found = re.search(rf"https?://[^/\s]+(/{page}/\S+)", body.get_content())
        assert found is not None
        return found[1]


@contextmanager
def served(desk: Desk, *, open_board: bool = False, mailbox: bool = False) -> Iterator[Site]:
    templates = PROJECT / "templates"
    inboxes = mailbox_app(desk.settings.data / "mail", templates, smtp=("127.0.0.1", 1), clock=desk.clock)
    app = create_app(
        desk.office,
        desk.settings,
        templates=templates,
        mailbox=inboxes if mailbox else None,
        open_board=open_board,
        deliver=desk.send,
    )
    proxies = desk.settings.trusted_proxies
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none", forwarded_allow_ips=proxies)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(desk, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def second_quarter(folder: Path) -> Iterator[Site]:
    """A site just after the second quarter's consultation was opened."""
    with an_office(folder, "2024-04-01 08:00") as desk:
        desk.run()
        with served(desk) as site:
            yield site


def responses(site: Site) -> list[tuple[Verdict, str]]:
    with site.desk.office.sessions.reading() as session:
        rows = session.scalars(select(ResponseRow).order_by(ResponseRow.id))
        return [(row.verdict, row.comment) for row in rows]


def nonce_in(page: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found is not None
    return found[1]


__all__ = ["Q2", "REQUEST", "Site", "nonce_in", "responses", "second_quarter", "served"]
