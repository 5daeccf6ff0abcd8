"""The web application: which page is where, how a request reaches it, and what is said when something goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from dondoc.config import PROJECT, Settings
from dondoc.domain import wording
from dondoc.domain.wording_money import DUE_STATES
from dondoc.errors import Unreadable
from dondoc.received import plain_name
from dondoc.services.links import Purpose
from dondoc.services.office import Office
from dondoc.web.answer import AnswerPage
from dondoc.web.board import BoardPage
from dondoc.web.decision import DecisionPage
from dondoc.web.entrance import Entrance, NotAllowed, SignedOut, written_in
from dondoc.web.guard import ForeignForm, Guard, Refuse, headers_for
from dondoc.web.limits import Limits, TooMany
from dondoc.web.metrics import Counted
from dondoc.web.money import MoneyPage
from dondoc.web.names import NamesPage
from dondoc.web.page import Gone, Page, Reply, Upload
from dondoc.web.pay import PayPage
from dondoc.web.people import PeoplePage
from dondoc.web.probes import Probes
from dondoc.web.problem import ReportPage
from dondoc.web.problem_desk import ProblemPage
from dondoc.web.results import ResultsPage
from dondoc.web.rights import PAGES
from dondoc.web.sign_in import SignIn
from dondoc.web.visit import Visit
from dondoc.web.work import AfterPage, AssignmentPage


def create_app(
    office: Office,
    settings: Settings,
    *,
    templates: Path = PROJECT / "templates",
    mailbox: Starlette | None = None,
    open_board: bool = False,
    deliver: Callable[[], object] = lambda: None,
) -> Starlette:
    """The pages of one installation.

    `mailbox` is shown under `/hop-thu-thu`. `open_board` shows the board at `/bang` to whoever reaches the port: for a
    trial on one machine only. `deliver` sends at once what is in the outbox; without it the next run does.
    """
    environment = _environment(templates)
    probes = Probes(office, settings)
    limits = Limits(settings.redis_url.get_secret_value(), settings.posts_per_minute)
    sign_in = SignIn(office, settings, limits, lambda reply: _response(environment, reply), deliver)
    ways = _Ways(office, environment, limits, sign_in)
    pages: tuple[Page, ...] = (
        AnswerPage(office),
        ReportPage(office),
        ProblemPage(office),
        DecisionPage(office),
        BoardPage(office),
        PayPage(office),
        MoneyPage(office),
        NamesPage(office),
        PeoplePage(office, templates),
        AssignmentPage(office),
        AfterPage(office),
        ResultsPage(office),
    )
    routes: list[BaseRoute] = [
        Route("/", lambda _: _response(environment, Reply("home"))),
        *probes.routes(),
        Route("/robots.txt", lambda _: PlainTextResponse("User-agent: *\nDisallow: /\n")),
        Route("/dondoc.css", lambda _: FileResponse(templates / "pages" / "dondoc.css", media_type="text/css")),
        *sign_in.routes(),
        Route("/bang", ways.on_trial(BoardPage(office)) if open_board else sign_in.start),
        *(route for page in pages for route in ways.to(page)),
    ]
    if mailbox is not None:
        routes.append(Mount("/hop-thu-thu", mailbox))
    headers = headers_for(settings.public_url)
    on_error = _on_error(environment, headers)
    app = Starlette(routes=routes, exception_handlers={HTTPException: on_error, Exception: on_error})
    largest = {page.path: page.largest for page in pages}
    app.add_middleware(
        Guard, headers=headers, largest=largest, public_url=settings.public_url, refuse=on_error, limits=limits
    )
    app.add_middleware(Counted, metrics=probes.metrics)
    return app


class _Ways:
    """How requests reach a page: by a letter's link, signed in, or on a trial machine."""

    def __init__(self, office: Office, environment: Environment, limits: Limits, sign_in: SignIn) -> None:
        self._entrance = Entrance(office)
        self._environment, self._limits, self._cookie = environment, limits, sign_in.cookie

    def to(self, page: Page) -> list[BaseRoute]:
        """Raises KeyError for a page that the table of rights does not know."""
        methods = ["GET", "POST"] if PAGES[page.path].take else ["GET"]
        routes = [Route(f"/{page.path}/{{token}}", self._endpoint(page, self._by_link), methods=methods)]
        if page.purpose is not Purpose.ANSWER:
            about = "" if page.purpose in (Purpose.BOARD, Purpose.MONEY) else "/{subject:path}"
            path = f"/ke-hoach/{{plan}}/{page.path}{about}"
            routes.append(Route(path, self._endpoint(page, self._by_stay), methods=methods))
        return [*routes]

    def on_trial(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        return self._endpoint(page, self._by_trial)

    def _by_trial(self, _request: Request, page: Page, _form: dict[str, str]) -> Visit:
        return self._entrance.by_trial(page)

    def _by_link(self, request: Request, page: Page, _form: dict[str, str]) -> Visit:
        self._limits.try_token(request)
        try:
            return self._entrance.by_link(page, request.path_params["token"])
        except Gone as gone:
            if gone.reason == "unknown":
                self._limits.token_was_wrong(request)
            raise

    def _by_stay(self, request: Request, page: Page, form: dict[str, str]) -> Visit:
        found, secret = request.path_params, self._cookie.read(request)
        return self._entrance.by_stay(page, found["plan"], found.get("subject", ""), secret, written_in(form))

    def _endpoint(
        self, page: Page, come: Callable[[Request, Page, dict[str, str]], Visit]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            form: dict[str, str] = {}
            files: dict[str, Upload] = {}
            if request.method == "POST":
                async with request.form(max_files=page.takes_files, max_fields=page.takes_fields) as given:
                    for name, value in given.items():
                        if isinstance(value, str):
                            form[name] = value
                        elif value.filename:
                            files[name] = Upload(plain_name(value.filename), await value.read())
            return await run_in_threadpool(answered, request, form, files)

        def answered(request: Request, form: dict[str, str], files: dict[str, Upload]) -> Response:
            try:
                visit = come(request, page, form)
            except SignedOut:
                if request.method == "POST":
                    raise
                return RedirectResponse("/dang-nhap", 303)
            except Unreadable:
                return _response(self._environment, Reply("board_empty"))
            query = dict(request.query_params)
            reply = self._entrance.reply(page, visit, request.method, query, form, files)
            return _response(self._environment, reply, visit)

        return endpoint


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
    environment.globals["visit"] = None  # of a page that is nobody's in particular
    return environment


def _response(environment: Environment, reply: Reply, visit: Visit | None = None) -> Response:
    if reply.location is not None:
        return RedirectResponse(reply.location, status_code=303)
    if (file := reply.download) is not None:
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type=file.kind, headers=headers)
    html = environment.get_template(f"{reply.template}.html").render(reply.context | {"visit": visit})
    return HTMLResponse(html, status_code=reply.status)


def _on_error(environment: Environment, headers: dict[str, str]) -> Refuse:
    """Say what is wrong, without details; the server's log has them."""

    async def answer(_: Request, error: Exception) -> Response:
        status, more = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
        page = environment.get_template("error.html").render(
            status=status,
            reason=error.reason if isinstance(error, Gone | NotAllowed | ForeignForm) else "",
            whom=error.whom if isinstance(error, Gone) else None,
            typed=error.typed if isinstance(error, NotAllowed | SignedOut) else (),
            minutes=error.minutes if isinstance(error, TooMany) else 0,
        )
        # What nobody foresaw is answered outside of the guard, so the headers are put on here.
        return HTMLResponse(page, status_code=status, headers={**(more or {}), **headers})

    return answer
