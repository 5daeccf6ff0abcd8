"""The page on which a unit answers, against a page of the same size that the same framework only hands out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.client import HTTPConnection
from threading import Thread

import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from benchmarks.figures import Figure, in_turn
from benchmarks.places import Place, a_place
from dondoc.services.consult import open_due
from dondoc.store.tables import LetterRow
from dondoc.web.app import create_app


def measure(*, quick: bool) -> Iterator[Figure]:
    views, rounds = (30, 3) if quick else (300, 7)
    with a_place("2024-04-01 08:00") as place:
        open_due(place.office)
        path = _link(place)
        with _served(create_app(place.office, place.settings)) as ours:
            page = _get(ours, path)
            bare_app = Starlette(routes=[Route(path, lambda _: HTMLResponse(page))])
            with _served(bare_app) as bare:
                seconds, bare_seconds = in_turn(
                    lambda: _viewed(ours, path, views), lambda: _viewed(bare, path, views), rounds=rounds
                )
    yield Figure(
        "answer page",
        f"{seconds / views * 1000:.1f} ms, {len(page) / 1000:.0f} KB",
        f"bare Starlette page of those bytes: {bare_seconds / views * 1000:.1f} ms",
        bare_seconds / seconds,
    )


def _link(place: Place) -> str:
    """The path under which a unit answers, from its letter."""
    with place.office.sessions.reading() as session:
        is_request = LetterRow.kind == "consultation_request"
        content = session.scalars(select(LetterRow.content).where(is_request).limit(1)).one()
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    found = re.search(r"https?://[^/\s]+(/tra-loi/\S+)", body.get_content() if body is not None else "")
    if found is None:
        raise RuntimeError("the letter holds no link")
    return found[1]


@contextmanager
def _served(app: Starlette) -> Iterator[HTTPConnection]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    connection = HTTPConnection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1])
    try:
        yield connection
    finally:
        connection.close()
        server.should_exit = True
        thread.join(10)


@contextmanager
def _viewed(connection: HTTPConnection, path: str, views: int) -> Iterator[Callable[[], object]]:
    yield lambda: [_get(connection, path) for _ in range(views)]


def _get(connection: HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answers {answer.status}")
    return content
