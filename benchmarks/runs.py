"""A scheduled run that finds nothing to do, against an empty flow, in one process beside a Prefect server."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.figures import Figure, in_turn
from benchmarks.places import a_place
from benchmarks.sink import sink


def measure(*, quick: bool) -> Iterator[Figure]:
    from prefect import flow
    from prefect.flows import load_flow_from_entrypoint
    from prefect.testing.utilities import prefect_test_harness

    @flow(name="empty")
    def empty() -> None:
        """Nothing at all."""

    logging.getLogger("prefect").setLevel(logging.ERROR)
    rounds = 3 if quick else 9
    with (
        sink(tls=False) as to,
        a_place("2024-04-01 07:00") as place,
        _settings(str(place.settings.data), str(to.port)),
    ):
        follow_up: Any = load_flow_from_entrypoint("flows/follow_up.py:follow_up", use_placeholder_flow=False)
        with prefect_test_harness(server_startup_timeout=120):
            for run in (empty, lambda: follow_up(as_of="2024-04-01 08:15")):
                run()  # whatever only the first one does: imports, the quarter's letters
            ours, bare = in_turn(
                lambda: _run(lambda: follow_up(as_of="2024-04-01 08:15")), lambda: _run(empty), rounds=rounds
            )
    yield Figure("a scheduled run (follow-up)", f"{ours:.2f} s", f"an empty Prefect flow: {bare:.2f} s", ours / bare)


@contextmanager
def _run(flow: Callable[[], object]) -> Iterator[Callable[[], object]]:
    yield flow


@contextmanager
def _settings(data: str, smtp_port: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ |= {"DONDOC_DATA": data, "DONDOC_SMTP_PORT": smtp_port, "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before
