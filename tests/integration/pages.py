"""The real pages of a real office, served over HTTP on a free port."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from threading import Thread

import httpx
import uvicorn

from dondoc.config import PROJECT
from dondoc.web.app import create_app
from tests.integration.office import Desk


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
def served(desk: Desk, *, open_board: bool = False) -> Iterator[Site]:
    app = create_app(desk.office, templates=PROJECT / "templates", open_board=open_board)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none"))
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


def nonce_in(page: str) -> str:
    found = re.search(r'name="nonce" value="([^"]+)"', page)
    assert found is not None
    return found[1]


__all__ = ["Site", "nonce_in", "served"]
