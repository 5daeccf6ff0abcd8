"""What every run has in common: its moment, its name, its tasks, and one sentence when a rule refuses it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from inspect import signature
from logging import WARNING, LogRecord, getLogger
from typing import NamedTuple, ParamSpec, TypeVar

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.logging.handlers import APILogHandler
from prefect.runtime import flow_run, task_run
from prefect.states import Failed

from dondoc.clock import SystemClock, local
from dondoc.config import read_settings
from dondoc.errors import DondocError, Unreadable
from dondoc.log import EVENTS, Text, say, style_for, written
from dondoc.runtime import Dondoc, running
from dondoc.services.incidents import run_completed
from dondoc.store.queries import find_plan
from tasks.parameters import moment

P = ParamSpec("P")
R = TypeVar("R")


class Named(NamedTuple):
    """An occurrence of a plan."""

    plan_id: str
    key: str


@contextmanager
def opened(as_of: str) -> Iterator[Dondoc]:
    """The installation, as of the moment that the operator gave. What happens is logged by the run's id.

    A run in which nothing happens is one line in the log.
    """
    settings = read_settings()
    logged = written(settings.log or style_for(sys.stderr))
    flow = str(flow_run.get_flow_name())
    with logged, _shown_in_prefect() as shown, running(moment(as_of), settings, run=flow_run.get_id()) as dondoc:
        yield dondoc
        run_completed(dondoc.office, flow)
        if not shown.anything:
            say("run.quiet", flow=flow)


class _Shown(APILogHandler):
    """Events among the run's own lines in Prefect; each letter that left stands on its page already."""

    anything = False

    def emit(self, record: LogRecord) -> None:
        self.anything = True
        if record.msg != "letter.sent":
            super().emit(record)


@contextmanager
def _shown_in_prefect() -> Iterator[_Shown]:
    handler = _Shown()
    handler.setFormatter(Text(timed=False))
    EVENTS.addHandler(handler)
    try:
        yield handler
    finally:
        EVENTS.removeHandler(handler)


def meant(dondoc: Dondoc, plan: str, occurrence: str) -> Named:
    """The occurrence that an operator named. Raises Unreadable when it is not clear in which plan."""
    with dondoc.office.sessions.reading() as session:
        return Named(find_plan(session, plan.strip() or None).id, occurrence.strip())


def fails_in_one_sentence(work: Callable[P, R]) -> Callable[P, R]:
    """A refusal is not a fault: the run fails without a trace, and its message is the sentence that says why."""

    @wraps(work)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except DondocError as error:
            if task_run.get_id() is None:  # of a step Prefect logs it itself
                get_run_logger().error("%s", error)
            return Failed(data=error, message=str(error))  # type: ignore[return-value]  # the run takes it as its end

    # Prefect builds the form from the signature, and would look for the names in it here instead of beside `work`.
    told.__signature__ = signature(work, eval_str=True)  # type: ignore[attr-defined]
    return told


def _is_news(record: LogRecord) -> bool:
    """Prefect logs once more, with a trace, what ended a run; a refusal was told in one sentence already."""
    return not (record.exc_info and isinstance(record.exc_info[1], DondocError))


getLogger("prefect.flow_runs").addFilter(_is_news)


def repeatable(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A task that looks at the record and does what is missing, so that trying it again after a fault is safe."""
    return partial(_step, name=name, may_repeat=lambda state: not isinstance(state.data, DondocError))


def once(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A task that is never tried again by itself."""
    return partial(_step, name=name, may_repeat=lambda _: False)


def _step(work: Callable[P, R], *, name: str, may_repeat: Callable[[State[object]], bool]) -> Callable[P, R]:
    def repeats(_task: object, _run: object, failed: State[object]) -> bool:
        again = may_repeat(failed)
        if again:
            say("step.repeated", level=WARNING, step=name, reason=(failed.message or "").partition("\n")[0])
        return again

    tried = task(
        name=name,
        cache_policy=NO_CACHE,
        retries=2,
        retry_delay_seconds=[5, 30],
        retry_condition_fn=repeats,
    )
    step = tried(fails_in_one_sentence(work))

    @wraps(work)
    def taken(*args: P.args, **kwargs: P.kwargs) -> R:
        state: State[R] = step(*args, return_state=True, **kwargs)
        return state.result()  # raises what the step failed with

    return taken


def named(subject: str = "") -> Callable[[], str]:
    """Names a run by what it is about and when: `quarterly-visit 2026-Q4 · 23/11 08:00`.

    When is the moment it was scheduled for: a worker begins a second or two before or after.
    `subject` may name parameters, as in `{occurrence} {action.code}`; `{this_quarter}` and `{this_year}` stand for
    those of the day when the parameter is empty.
    """

    def name() -> str:
        given = flow_run.get_parameters()
        scheduled = local(flow_run.get_scheduled_start_time() or SystemClock().now())
        try:
            at = moment(given.get("as_of")) or scheduled
        except Unreadable:
            at = scheduled
        this_quarter = given.get("quarter") or f"{at.year}-Q{(at.month + 2) // 3}"
        this_year = given.get("year") or str(at.year)
        about = subject.format_map({**given, "this_quarter": this_quarter, "this_year": this_year})
        return f"{' '.join([flow_run.get_flow_name() or '', *about.split()])} · {at:%d/%m %H:%M}"

    return name
