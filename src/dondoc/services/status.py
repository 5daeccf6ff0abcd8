"""How everything stands, for one look: every plan, what waits for the head, what is late, the post, what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.plan import OnDay
from dondoc.domain.states import MessageState, OccurrenceState, RequestState
from dondoc.services.health import Ailment, check_up
from dondoc.services.office import Office
from dondoc.services.overview import Overview, overview
from dondoc.store.life import is_resting
from dondoc.store.queries import active_plans, find_plan, occurrences_in, proposals_of
from dondoc.store.runs import last_runs
from dondoc.store.tables import MessageRow, OccurrenceRow, RequestRow
from dondoc.store.tables_runs import Work

_COMING = (OccurrenceState.AGREED, OccurrenceState.LAUNCHED)


@dataclass(frozen=True, slots=True)
class LateLine:
    """A request whose deadline has passed without an answer."""

    key: str
    due_at: datetime
    reminders: int
    is_held: bool
    """An answer came, and waits for a person to read it."""


@dataclass(frozen=True, slots=True)
class ComingLine:
    """What will happen by itself, or at last should."""

    on: date
    what: str


@dataclass(frozen=True, slots=True)
class Post:
    """Letters out and replies in; None: never yet."""

    letters: dict[str, int]
    """How many letters are in which state."""
    replies_held: int
    delivered_at: datetime | None
    read_at: datetime | None
    followed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    at: datetime
    plans: tuple[Overview, ...]
    late: tuple[LateLine, ...]
    """The latest deadline last."""
    post: Post
    wrong: tuple[Ailment, ...]
    coming: tuple[ComingLine, ...]


def status(office: Office, plan_id: str | None, data: Path, spare: int) -> Status:
    """Of one plan, or of all. Raises Unreadable when no such plan is loaded.

    `data` and `spare`: as in `dondoc.services.health.check_up`.
    """
    now = office.clock.now()
    with office.sessions.reading() as session:
        every = [row.id for row in active_plans(session)] if plan_id is None else []
        ids = every or [find_plan(session, plan_id).id]
        late = tuple(_late(session, ids, now))
        post = _post(session)
        coming = sorted((line for one in ids for line in _coming(session, one, now)), key=lambda line: line.on)
    plans = tuple(overview(office, one) for one in ids)
    for plan in plans:
        for state, count in plan.letters.items():
            post.letters[state] = post.letters.get(state, 0) + count
    return Status(local(now), plans, late, post, check_up(office.sessions, now, data, spare), tuple(coming))


def _late(session: Session, plans: list[str], now: datetime) -> Iterator[LateLine]:
    rows = session.scalars(
        select(RequestRow)
        .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
        .where(
            RequestRow.plan_id.in_(plans),
            RequestRow.state == RequestState.OPEN,
            RequestRow.due_at < now,
            ~is_resting(),
        )
        .order_by(RequestRow.due_at, RequestRow.id)
    )
    for row in rows:
        yield LateLine(row.key, local(row.due_at), row.reminded, row.held_at is not None)


def _post(session: Session) -> Post:
    held = session.scalar(select(func.count()).select_from(MessageRow).where(MessageRow.state == MessageState.HELD))
    done = {work: local(at) for work, at in last_runs(session).items()}
    return Post({}, held or 0, done.get(Work.DELIVERY), done.get(Work.INTAKE), done.get(Work.FOLLOW_UP))


def _coming(session: Session, plan_id: str, now: datetime) -> Iterator[ComingLine]:
    today = local(now).date()
    for row in occurrences_in(session, plan_id, [OccurrenceState.PLANNED]):
        if row.consult_on >= today:
            yield ComingLine(row.consult_on, f"{row.key}: the units are asked")
    proposals = proposals_of(session, plan_id)
    for row in occurrences_in(session, plan_id, _COMING):
        when = proposals[row.id].when
        day = when.day if isinstance(when, OnDay) else when.first
        if day >= today:
            yield ComingLine(day, f"{row.key}: {'takes place' if isinstance(when, OnDay) else 'begins'}")
    deadlines = session.execute(
        select(OccurrenceRow.key, RequestRow.kind, RequestRow.due_at, func.count())
        .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
        .where(RequestRow.plan_id == plan_id, RequestRow.state == RequestState.OPEN, RequestRow.due_at >= now)
        .group_by(OccurrenceRow.key, RequestRow.kind, RequestRow.due_at)
    )
    for occurrence, kind, due_at, count in deadlines:
        units = "unit" if count == 1 else "units"
        yield ComingLine(local(due_at).date(), f"{occurrence}: {kind.value} due from {count} {units}")
