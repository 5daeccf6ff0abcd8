"""Signing in by a letter, and out again (decision 0015). Opening the letter's link signs nobody in: scanners do so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from logging import ERROR
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dondoc.config import Settings
from dondoc.domain.authority import Capacity
from dondoc.log import say
from dondoc.services.office import Office
from dondoc.services.stays import LONGEST, Barred, enter, invite, invited, leave, stay_of
from dondoc.web.entrance import NotAllowed
from dondoc.web.limits import Limits
from dondoc.web.page import Reply

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,60}")
_STATUS: Final = {"unknown": 404}

Show = Callable[[Reply], Response]


class Cookie:
    """What the browser keeps for who is signed in: unreadable to scripts, unsent by other sites' forms."""

    def __init__(self, public_url: str) -> None:
        self._is_secure = public_url.startswith("https:")
        self._name = "__Host-dondoc" if self._is_secure else "dondoc"

    def read(self, request: Request) -> str:
        return request.cookies.get(self._name, "")[:200]

    def write(self, response: Response, secret: str) -> Response:
        """Keep the secret as long as a stay can last; an empty one removes it."""
        life = int(LONGEST.total_seconds()) if secret else 0
        response.set_cookie(self._name, secret, life, secure=self._is_secure, httponly=True, samesite="lax")
        return response


class SignIn:
    """`/dang-nhap`, `/dang-nhap/TOKEN`, `/dang-xuat`, and `/bang`, which leads whoever is signed in on."""

    def __init__(
        self, office: Office, settings: Settings, limits: Limits, show: Show, deliver: Callable[[], object]
    ) -> None:
        """`deliver` sends what is in the outbox, at once."""
        self._office, self._limits, self._show, self._deliver = office, limits, show, deliver
        self.cookie = Cookie(settings.public_url)
        # Whether an address is known must not be seen by how long an answer takes, so the answer waits for nothing.
        self._post_room = ThreadPoolExecutor(1, "sign-in")

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/dang-nhap", self._ask, methods=["GET", "POST"]),
            Route("/dang-nhap/{token}", self._enter, methods=["GET", "POST"]),
            Route("/dang-xuat", self._leave, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        """`/bang`: the address to remember."""
        stay = await run_in_threadpool(stay_of, self._office, self.cookie.read(request))
        if stay is None:
            return RedirectResponse("/dang-nhap", 303)
        plan_id, capacities = next(iter(stay.parts.items()))
        page = "thu-chi" if capacities == {Capacity.TREASURER} else "bang"
        return RedirectResponse(f"/ke-hoach/{plan_id}/{page}", 303)

    async def _ask(self, request: Request) -> Response:
        if request.method != "POST":
            return self._form(request.query_params)
        async with request.form(max_files=0, max_fields=5) as form:
            address = str(form.get("address", "")).strip()
        if not _ADDRESS.fullmatch(address):
            return self._form({}, error=True, typed=address[:300])
        await run_in_threadpool(self._limits.ask_in, request, address)
        self._post_room.submit(self._invite, address)
        return RedirectResponse("/dang-nhap?da-gui=1", 303)

    def _invite(self, address: str) -> None:
        try:
            if invite(self._office, address):
                self._deliver()
        except Exception as error:  # noqa: BLE001 - the edge of a request, whose answer has gone
            say("sign_in.failed", level=ERROR, reason=f"{type(error).__name__}: {error}")

    async def _enter(self, request: Request) -> Response:
        found = await run_in_threadpool(self._read, request)
        if isinstance(found, Barred):
            context = {"reason": found.reason, "address": "", "here": request.url.path}
            return self._show(Reply("sign_in_link", context, _STATUS.get(found.reason, 410)))
        if request.method != "POST":
            return self._show(Reply("sign_in_link", {"reason": "", "address": found, "here": request.url.path}))
        return self.cookie.write(RedirectResponse("/bang", 303), found)

    def _read(self, request: Request) -> str | Barred:
        """Whom the link lets in; with the button pressed the secret of the new stay. Raises TooMany."""
        self._limits.try_token(request)
        use = enter if request.method == "POST" else invited
        found = use(self._office, request.path_params["token"])
        if isinstance(found, Barred) and found.reason == "unknown":
            self._limits.token_was_wrong(request)
        return found

    async def _leave(self, request: Request) -> Response:
        secret = self.cookie.read(request)
        async with request.form(max_files=0, max_fields=5) as given:
            seal = str(given.get("seal", ""))
        stay = await run_in_threadpool(stay_of, self._office, secret)
        if stay is not None and stay.seal != seal:
            raise NotAllowed("seal")
        await run_in_threadpool(leave, self._office, secret)
        return self.cookie.write(RedirectResponse("/dang-nhap?da-thoat=1", 303), "")

    def _form(self, query: Mapping[str, Any], *, error: bool = False, typed: str = "") -> Response:
        said = next((word for word in ("da-gui", "da-thoat") if word in query), "")
        return self._show(Reply("sign_in", {"said": said, "error": error, "typed": typed}, 422 if error else 200))
