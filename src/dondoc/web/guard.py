"""What every answer bears, and which forms are not even read: of other sites, too many at once, too large ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dondoc.web.limits import Limits, TooMany
from dondoc.web.page import FORM

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",  # tokens stand in the addresses
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
_HSTS: Final = {"Strict-Transport-Security": "max-age=31536000"}
"""Where units reach us by https, they never do without again for a year."""


def headers_for(public_url: str) -> dict[str, str]:
    """What every answer bears of a site that is reached there."""
    return _HEADERS | (_HSTS if public_url.startswith("https:") else {})


class ForeignForm(HTTPException):
    """A form that another site's page has sent."""

    def __init__(self) -> None:
        super().__init__(403)
        self.reason = "foreign"


Refuse = Callable[[Request, Exception], Awaitable[Response]]


class Guard:
    """Puts the security headers on every answer that has none of its own, and refuses forms as the module says."""

    def __init__(
        self,
        app: ASGIApp,
        headers: Mapping[str, str],
        largest: Mapping[str, int],
        public_url: str,
        limits: Limits,
        refuse: Refuse,
    ) -> None:
        """`largest`: pages whose forms may be larger than usual, with the bytes; `refuse` words a refusal."""
        self._app, self._headers, self._largest, self._public_url = app, headers, largest, public_url
        self._limits, self._refuse = limits, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken, most = 0, self._largest.get(_page_in(scope["path"]), FORM)

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
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] == "POST":
            try:
                await run_in_threadpool(self._look_at, Request(scope))
            except (ForeignForm, TooMany) as error:
                refusal = await self._refuse(Request(scope), error)
                await refusal(scope, receive, guarded)
                return
        await self._app(scope, bounded, guarded)

    def _look_at(self, form: Request) -> None:
        """Raises ForeignForm and TooMany."""
        if is_foreign(form.headers, self._public_url):
            raise ForeignForm
        self._limits.take_form(form)


def is_foreign(headers: Headers, public_url: str) -> bool:
    """Whether a browser says that another site's page sends this form. What says nothing is no browser of today.

    `null` as the origin is what browsers send for our own pages, too, because they tell no referrer.
    """
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc not in (headers.get("host"), urlsplit(public_url).netloc)


def _page_in(path: str) -> str:
    """The page that an address names: `/thu-chi/TOKEN`, `/ke-hoach/PLAN/thu-chi`."""
    parts = path.split("/")
    return parts[3] if parts[1] == "ke-hoach" and len(parts) > 3 else parts[1]
