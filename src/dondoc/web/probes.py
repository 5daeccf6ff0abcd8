"""`/health` and `/metrics`: for probes on this machine, and for those that know the token (`DONDOC_PROBE_TOKEN`).

Anybody else learns whether all is well and by which codes it is not, and no more.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dondoc.config import Settings
from dondoc.services.figures import Figures, figures
from dondoc.services.health import Ailment, check_up
from dondoc.services.office import Office
from dondoc.web.metrics import KIND, Metrics

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""What proxies add: then the other end is theirs, not the one who asks."""


class Probes:
    """What may be asked about an installation by machines."""

    def __init__(self, office: Office, settings: Settings) -> None:
        self.metrics = Metrics(self._figures)
        self._office, self._settings = office, settings

    def routes(self) -> list[BaseRoute]:
        return [Route("/health", self._health), Route("/metrics", self._metrics)]

    def _health(self, request: Request) -> Response:
        settings = self._settings
        wrong = check_up(self._office.sessions, self._office.clock.now(), settings.data, settings.disk_spare_mb << 20)
        if not wrong:
            return JSONResponse({"status": "ok"})
        told = [_line(one) for one in wrong] if self._is_trusted(request) else [{"code": one.code} for one in wrong]
        return JSONResponse({"status": "failing", "wrong": told}, status_code=503)

    def _metrics(self, request: Request) -> Response:
        if not self._is_trusted(request):
            return PlainTextResponse("for this machine, or with the token of DONDOC_PROBE_TOKEN\n", status_code=403)
        return Response(self.metrics.exposition(), headers={"Content-Type": KIND})

    def _figures(self) -> Figures | None:
        try:
            with self._office.sessions.reading() as session:
                return figures(session, self._office.clock.now())
        except DBAPIError:
            return None  # what is wrong with it, /health tells

    def _is_trusted(self, request: Request) -> bool:
        token = self._settings.probe_token.get_secret_value()
        given = request.headers.get("authorization", "")
        if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return True
        if request.client is None or any(name in request.headers for name in _FORWARDED):
            return False  # and what stands in the header is anybody's word
        return ip_address(request.client.host).is_loopback


def _line(one: Ailment) -> dict[str, str]:
    since = {"since": one.since.isoformat(timespec="seconds")} if one.since else {}
    return {"code": one.code, "sentence": one.sentence, **since}
