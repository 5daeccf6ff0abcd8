"""The web application: which page is where, what every answer bears, and what happens when something goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dondoc.config import PROJECT, Settings
from dondoc.domain import wording
from dondoc.domain.wording_money import DUE_STATES
from dondoc.services.office import Office
from dondoc.web.answer import AnswerPage
from dondoc.web.board import BoardPage
from dondoc.web.decision import DecisionPage
from dondoc.web.metrics import Counted
from dondoc.web.money import MoneyPage
from dondoc.web.names import NamesPage
from dondoc.web.page import FORM, Gone, Page, Reply, Upload
from dondoc.web.pay import PayPage
from dondoc.web.people import PeoplePage
from dondoc.web.probes import Probes
from dondoc.web.problem import ReportPage
from dondoc.web.problem_desk import ProblemPage
from dondoc.web.results import ResultsPage
from dondoc.web.work import AfterPage, AssignmentPage

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",  # tokens stand in the addresses
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}

_ROOMY = (MoneyPage, NamesPage, PeoplePage, AssignmentPage, ResultsPage)
"""Pages whose forms bring files, or a line for each of many people."""


def create_app(
    office: Office,
    settings: Settings,
    *,
    templates: Path = PROJECT / "templates",
    mailbox: Starlette | None = None,
    open_board: bool = False,
) -> Starlette:
    """The pages of one installation.

    `mailbox` is shown under `/hop-thu-thu`. `open_board` shows the board at `/bang` to whoever reaches the port: for a
    trial on one machine only.
    """
    environment = _environment(templates)
    probes = Probes(office, settings)
    routes: list[BaseRoute] = [
        Route("/", _page(environment, "home", {})),
        *probes.routes(),
        Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nDisallow: /\n")),
        Route("/dondoc.css", lambda _: FileResponse(templates / "pages" / "dondoc.css", media_type="text/css")),
        *_routes("/tra-loi/{token}", AnswerPage(office), environment),
        *_routes("/bao-van-de/{token}", ReportPage(office), environment),
        *_routes("/van-de/{token}", ProblemPage(office), environment),
        *_routes("/quyet-dinh/{token}", DecisionPage(office), environment),
        *_routes("/bang/{token}", BoardPage(office), environment),
        *_routes("/dong-gop/{token}", PayPage(office), environment),
        *_routes(f"/{MoneyPage.path}/{{token}}", MoneyPage(office), environment),
        *_routes(f"/{NamesPage.path}/{{token}}", NamesPage(office), environment),
        *_routes(f"/{PeoplePage.path}/{{token}}", PeoplePage(office, templates), environment),
        *_routes(f"/{AssignmentPage.path}/{{token}}", AssignmentPage(office), environment),
        *_routes(f"/{AfterPage.path}/{{token}}", AfterPage(office), environment),
        *_routes(f"/{ResultsPage.path}/{{token}}", ResultsPage(office), environment),
    ]
    if open_board:
        routes += _routes("/bang", BoardPage(office, is_open=True), environment)
    if mailbox is not None:
        routes.append(Mount("/hop-thu-thu", mailbox))
    app = Starlette(
        routes=routes,
        exception_handlers={HTTPException: _on_error(environment), Exception: _on_error(environment)},
    )
    app.add_middleware(_Guard, largest={f"/{page.path}/": page.largest for page in _ROOMY})
    app.add_middleware(Counted, metrics=probes.metrics)
    return app


def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([templates / "pages", templates / "emails"]),  # letters word problems, pages reuse it
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for write in (wording.dong, wording.ngay, wording.thu, wording.han, wording.luc, wording.danh_sach):
        environment.filters[write.__name__] = write
    environment.filters["y_kien"] = wording.VERDICTS.__getitem__
    environment.filters["khia_canh"] = wording.ASPECTS.__getitem__
    environment.filters["hinh_thuc"] = wording.CHANNELS.__getitem__
    environment.filters["quyet_dinh"] = wording.DECISIONS.__getitem__
    environment.filters["muc_do"] = wording.SEVERITIES.__getitem__
    environment.filters["bang_chu"] = wording.bang_chu
    environment.filters["tinh_trang"] = DUE_STATES.__getitem__
    return environment


def _routes(path: str, page: Page, environment: Environment) -> list[BaseRoute]:
    async def endpoint(request: Request) -> Response:
        form: dict[str, str] = {}
        files: dict[str, Upload] = {}
        if request.method == "POST":
            async with request.form(max_files=page.takes_files, max_fields=page.takes_fields) as given:
                for name, value in given.items():
                    if isinstance(value, str):
                        form[name] = value
                    elif value.filename:
                        files[name] = Upload(value.filename, await value.read())
        token = str(request.path_params.get("token", ""))
        reply = await run_in_threadpool(page.reply, request.method, token, dict(request.query_params), form, files)
        return _response(environment, reply)

    return [Route(path, endpoint, methods=["GET", "POST"] if page.takes_posts else ["GET"])]


def _response(environment: Environment, reply: Reply) -> Response:
    if reply.location is not None:
        return RedirectResponse(reply.location, status_code=303)
    if (file := reply.download) is not None:
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type=file.kind, headers=headers)
    html = environment.get_template(f"{reply.template}.html").render(reply.context)
    return HTMLResponse(html, status_code=reply.status)


def _page(environment: Environment, template: str, context: dict[str, Any]) -> Callable[[Request], Response]:
    return lambda _: _response(environment, Reply(template, context))


def _on_error(environment: Environment) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Say what is wrong, without details; the server's log has them."""

    async def answer(_: Request, error: Exception) -> Response:
        status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
        gone = error if isinstance(error, Gone) else None
        page = environment.get_template("error.html").render(
            status=status, reason=gone.reason if gone else "", whom=gone.whom if gone else None
        )
        # What nobody foresaw is answered outside of the guard, so the headers are put on here.
        return HTMLResponse(page, status_code=status, headers={**(headers or {}), **_HEADERS})

    return answer


class _Guard:
    """Puts the security headers on every answer, and refuses forms that are too large."""

    def __init__(self, app: ASGIApp, largest: Mapping[str, int]) -> None:
        """`largest`: the beginnings of paths under which forms may be larger than usual, with the bytes."""
        self._app, self._largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/hop-thu-thu"):
            await self._app(scope, receive, send)
            return
        taken = 0
        most = next((size for start, size in self._largest.items() if scope["path"].startswith(start)), FORM)

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, bounded, guarded)
