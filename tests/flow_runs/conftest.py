"""One Prefect server for all runs, and for each test an installation of its own with real mail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State
from prefect.events.filters import EventFilter, EventRelatedFilter, EventResourceFilter
from prefect.events.schemas.events import Event
from prefect.flow_engine import run_flow
from prefect.flows import load_flow_from_entrypoint
from prefect.states import Scheduled
from prefect.testing.utilities import prefect_test_harness
from sqlalchemy import select

from dondoc.config import PROJECT
from dondoc.domain.states import Channel
from dondoc.mail.local_server import serve
from dondoc.planfile import load_plan as read_plan
from dondoc.runtime import running
from dondoc.services.plans import load_plan
from dondoc.store.history import Actor
from dondoc.store.tables import LetterRow, Row

APRIL = datetime(2024, 4, 1, 7)  # noqa: DTZ001 - a moment without a zone is Vietnamese


@pytest.fixture(scope="session")
def _prefect() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@dataclass
class MailServer:
    """The local mail server, in a thread."""

    root: Path
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        listening = threading.Event()

        def told(port: int) -> None:
            self.port = port
            listening.set()

        domains = ("example.org", "doan.example.org")
        work = serve("127.0.0.1", self.port, self.root, domains, self._stop, told)
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(work,), daemon=True)
        self._thread.start()
        assert listening.wait(10)

    def stop(self) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
            self._thread = None
        self._loop.close()

    def letters(self) -> int:
        return len(list(self.root.glob("*/new/*")))


@dataclass(frozen=True)
class Installation:
    """The 2024 plan in force since the morning of 1 April 2024, and words for running its flows."""

    mail: MailServer

    def run(self, entrypoint: str, **parameters: object) -> State[Any]:
        """Run a flow as a worker loads it; `as_of` is 1 April 2024, 08:00 unless given."""
        flow: Flow[..., Any] = load_flow_from_entrypoint(f"flows/{entrypoint}", use_placeholder_flow=False)
        state: State[Any] = flow(**{"as_of": "2024-04-01 08:00", **parameters}, return_state=True)  # type: ignore[assignment]
        return state

    def run_scheduled(self, entrypoint: str, at: datetime) -> State[Any]:
        """Run a flow that was scheduled for `at`."""
        flow: Flow[..., Any] = load_flow_from_entrypoint(f"flows/{entrypoint}", use_placeholder_flow=False)
        with get_client(sync_client=True) as client:
            planned = client.create_flow_run(flow, parameters={"as_of": ""}, state=Scheduled(scheduled_time=at))
        state: State[Any] = run_flow(flow, flow_run=planned, parameters=planned.parameters, return_type="state")  # type: ignore[assignment]
        return state

    def rows(self, kind: type[Row]) -> Sequence[Any]:
        with running() as dondoc, dondoc.office.sessions.reading() as session:
            return session.scalars(select(kind)).all()

    def letters(self) -> dict[str, str]:
        """Every letter's key with its state."""
        return {row.key: row.state.value for row in self.rows(LetterRow)}


@pytest.fixture
def dondoc(_prefect: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("DONDOC_DATA", str(tmp_path / "var"))
    mail = MailServer(tmp_path / "mail")
    mail.start()
    monkeypatch.setenv("DONDOC_SMTP_PORT", str(mail.port))
    with running(APRIL) as begun:
        load_plan(begun.office, read_plan(PROJECT / "config/plans/hcsn-2024.yaml"), Actor("test", Channel.COMMAND))
    yield Installation(mail)
    mail.stop()


def artifacts_of(run: State[Any]) -> dict[str, str]:
    """What a run showed, by key."""
    flow_run = ArtifactFilterFlowRunId(any_=[_id_of(run)])
    with get_client(sync_client=True) as client:
        found = client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=flow_run))
    return {str(artifact.key): str(artifact.data) for artifact in found}


def name_of(run: State[Any]) -> str:
    with get_client(sync_client=True) as client:
        return client.read_flow_run(_id_of(run)).name


def events_of(run: State[Any], *, at_least: int = 1) -> list[Event]:
    """The events of our own that a run told, oldest first; Prefect takes a while to show them."""
    related = EventRelatedFilter(id=[f"prefect.flow-run.{_id_of(run)}"])
    wanted = EventFilter(resource=EventResourceFilter(id_prefix=["dondoc."]), related=related)
    with get_client(sync_client=True) as client:
        for _ in range(60):
            found = client.read_events(filter=wanted, limit=50).events
            if len(found) >= at_least:
                break
            time.sleep(0.25)
    return sorted(found, key=lambda event: event.occurred)


def steps_of(run: State[Any]) -> list[str]:
    """The tasks that a run took."""
    mine = FlowRunFilter(id=FlowRunFilterId(any_=[_id_of(run)]))
    with get_client(sync_client=True) as client:
        return [each.name for each in client.read_task_runs(flow_run_filter=mine)]


def _id_of(run: State[Any]) -> UUID:
    assert run.state_details.flow_run_id is not None
    return run.state_details.flow_run_id
