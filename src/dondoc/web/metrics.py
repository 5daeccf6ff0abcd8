"""What Prometheus reads: the record's figures, and how this process answers its requests.

The record is read when it is scraped, so that any page process tells the same of it, and counts survive a restart.
Requests are counted by the process that answers them: several page processes are scraped each on its own port.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from logging import ERROR, INFO

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dondoc.log import say
from dondoc.services.figures import Figures

KIND = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = ("GET", "HEAD", "POST")
"""Any other word that a stranger sends is one series."""
_UNCOUNTED = ("/health", "/metrics")
# A series more for each would say when the process began.
disable_created_metrics()  # type: ignore[no-untyped-call]
_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)


Record = Callable[[], Figures | None]
"""Reads the figures; None when they cannot be read."""


class Metrics:
    """The metrics of one process."""

    def __init__(self, record: Record) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_OfTheRecord(record))
        self._requests = Counter(
            "dondoc_http_requests",
            "Requests answered by this process.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "dondoc_http_request_seconds",
            "How long an answer took.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def exposition(self) -> bytes:
        return generate_latest(self._registry)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        level = ERROR if status >= 500 else INFO
        say("http.answered", level=level, route=route, method=method, status=status, ms=round(seconds * 1000))


class _OfTheRecord(Collector):
    def __init__(self, record: Record) -> None:
        self._record = record

    def describe(self) -> Iterator[Metric]:
        return iter(())  # nothing is read before somebody asks

    def collect(self) -> Iterator[Metric]:
        found = self._record()
        yield GaugeMetricFamily("dondoc_record_up", "Whether the record can be read.", value=float(found is not None))
        if found is not None:
            yield from _families(found)


def _families(found: Figures) -> Iterator[Metric]:
    letters = GaugeMetricFamily("dondoc_letters", "Letters, by what became of them.", labels=("state", "kind"))
    for key, count in sorted(found.letters.items()):
        letters.add_metric(key, count)
    yield letters
    yield GaugeMetricFamily(
        "dondoc_oldest_queued_letter_seconds",
        "How long the oldest letter that may leave has been waiting.",
        value=found.oldest_due_seconds,
    )
    requests = GaugeMetricFamily("dondoc_requests", "What units were asked.", labels=("kind", "state"))
    for key, count in sorted(found.requests.items()):
        requests.add_metric(key, count)
    yield requests
    problems = GaugeMetricFamily("dondoc_problems", "Problems that are not resolved.", labels=("kind", "severity"))
    for key, count in sorted(found.problems.items()):
        problems.add_metric(key, count)
    yield problems
    yield GaugeMetricFamily("dondoc_replies_held", "Replies that a person must read.", value=found.replies_held)
    owed = GaugeMetricFamily("dondoc_dues_dong", "What units still owe, in đồng.", labels=("plan", "state"))
    for line in found.owed:
        owed.add_metric((line.plan_id, "open"), line.open)
        owed.add_metric((line.plan_id, "overdue"), line.overdue)
    yield owed
    runs = GaugeMetricFamily(
        "dondoc_last_success_timestamp_seconds", "When a kind of work last ran through.", labels=("work",)
    )
    for work, at in sorted(found.last_runs.items()):
        runs.add_metric((work.value,), at.timestamp())
    yield runs


class Counted:
    """Counts and logs every answer by the page's route, never by its path: tokens stand in paths."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _UNCOUNTED:
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.answered(_route(scope), method, status, time.monotonic() - began)


def _route(scope: Scope) -> str:
    """`/tra-loi/{token}`; `none` where there is no page, so that strangers' guesses do not make a series each."""
    if "endpoint" not in scope:
        return "none"
    if scope.get("root_path"):
        return str(scope["root_path"])  # another application is mounted there
    path = str(scope["path"])
    for name, value in scope.get("path_params", {}).items():
        before, _, after = path.rpartition(f"/{value}")
        path = f"{before}/{{{name}}}{after}"
    return path
