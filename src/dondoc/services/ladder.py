"""Telling people of problems until somebody acknowledges them (III.2 "kịp thời thông tin … các vấn đề phát sinh").

The rules say what is due; here it is bundled into one letter a reader and written down, together with what is due
but not said, and why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.escalation import Hold, Tell, due_at, next_step, rides_along, told_enough, too_many
from dondoc.domain.plan import Audience, Plan
from dondoc.domain.requests import request_key
from dondoc.domain.states import ProblemState, RequestKind, RequestState, Severity
from dondoc.services import problem_letters as letters
from dondoc.services.digest import write_digests
from dondoc.services.grading import LETTER_FAILED, grade
from dondoc.services.office import Office
from dondoc.services.people_watch import NAMES_SHORT
from dondoc.services.problem_letters import Reader, Said
from dondoc.services.telling import about, count_told, record_told, standing_of, unsettled
from dondoc.store.queries import active_plans, find_plan, plan_of
from dondoc.store.tables import LetterRow, PlanRow, ProblemRow, RequestRow


@dataclass(frozen=True, slots=True)
class _Scene:
    """One plan as of a moment."""

    office: Office
    session: Session
    plan: Plan
    now: datetime


def climb(office: Office) -> int:
    """Tell everybody of the problems that are due, one letter each; return how many letters were written.

    Where a digest is due, the head reads there what the ladder would have said. Repeating it says nothing twice: what
    was told, and what is held back until when, stands with the problem.
    """
    digests = write_digests(office)
    with office.sessions.reading() as session:
        waiting = [plan_row.id for plan_row in active_plans(session) if _is_anything_due(office, session, plan_row)]
    return digests + sum(_climb(office, plan_id) for plan_id in waiting)


def next_urgent(office: Office) -> datetime | None:
    """The next moment at which an urgent problem is told again if nobody acknowledges it before."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        rows = session.scalars(
            select(ProblemRow).where(ProblemRow.severity == Severity.URGENT, ProblemRow.state == ProblemState.OPEN)
        ).all()
        plans = {row.id: plan_of(row) for row in active_plans(session)} if rows else {}
    due = ((row.held_until, _due_at(office, plans[row.plan_id], row)) for row in rows)
    moments = (max(at, local(held)) if held else at for held, at in due if at is not None)
    return min((moment for moment in moments if moment > now), default=None)


def _is_anything_due(office: Office, session: Session, plan_row: PlanRow) -> bool:
    now, plan = office.clock.now(), plan_of(plan_row)
    due = (_due_at(office, plan, row) for row in _alike(session, plan, now))
    return any(at is not None and at <= now for at in due)


def _alike(session: Session, plan: Plan, now: datetime) -> Iterator[ProblemRow]:
    """One of each sort of problem that may have to be told: of the many of one evening all are due at once."""
    sorts = (
        _open(plan, now)
        .with_only_columns(func.min(ProblemRow.id))
        .order_by(None)
        .group_by(
            ProblemRow.kind,
            ProblemRow.severity,
            ProblemRow.state,
            ProblemRow.raised_at,
            ProblemRow.told,
            ProblemRow.told_at,
            ProblemRow.acknowledged_at,
            _is_about_unit(session, plan),
        )
    )
    yield from session.scalars(select(ProblemRow).where(ProblemRow.id.in_(sorts)))


def _is_about_unit(session: Session, plan: Plan) -> ColumnElement[bool]:
    units = session.scalars(select(ProblemRow.unit).where(ProblemRow.plan_id == plan.id).distinct())
    strangers = [unit for unit in units if not plan.has_unit(unit)]
    return func.coalesce(ProblemRow.unit.not_in(strangers), False)


def _open(plan: Plan, now: datetime) -> Select[tuple[ProblemRow]]:
    """What may have to be told: neither settled, nor only worth a note, nor held back for longer, nor told enough."""
    return unsettled(plan.id).where(
        ProblemRow.severity != Severity.NOTE,
        or_(ProblemRow.held_until.is_(None), ProblemRow.held_until <= now),
        or_(
            ProblemRow.told < told_enough(plan.policy),
            ProblemRow.severity == Severity.URGENT,
            ProblemRow.acknowledged_at.is_not(None),
        ),
    )


def _due_at(office: Office, plan: Plan, row: ProblemRow) -> datetime | None:
    return due_at(standing_of(plan, row), plan.policy, office.calendar)


def _climb(office: Office, plan_id: str) -> int:
    written = 0
    with office.sessions.writing() as session:
        scene = _Scene(office, session, plan_of(find_plan(session, plan_id)), office.clock.now())
        rows = session.scalars(_open(scene.plan, scene.now).with_for_update()).all()
        for row in rows:
            grade(session, scene.plan, row, scene.now)
        # Ladders rise in this order, so that whoever stands further up hears everything in one letter.
        for to in Audience:
            for unit, group in _next_to(to, scene.plan, rows).items():
                written += _tell(scene, to, unit, group)
    return written


def _next_to(to: Audience, plan: Plan, rows: Sequence[ProblemRow]) -> dict[str | None, list[ProblemRow]]:
    """The problems that are to be told to `to` next, by unit; those for the head all together."""
    groups: dict[str | None, list[ProblemRow]] = defaultdict(list)
    for row in rows:
        standing = standing_of(plan, row)
        if standing.ladder[standing.rung].to is to:
            groups[None if to is Audience.HEAD else row.unit].append(row)
    return groups


def _tell(scene: _Scene, to: Audience, unit: str | None, rows: Sequence[ProblemRow]) -> int:
    """Write the letter about those of `rows` that are due; return how many letters it became."""
    reader = _reader(scene, to, unit)
    lately = letters.written_lately(scene.session, reader.address, scene.now) if reader else ()
    said = []
    for row in rows:
        match next_step(standing_of(scene.plan, row), scene.now, scene.plan.policy, scene.office.calendar, lately):
            case Hold() as hold:
                _hold(scene, row, hold)
            case Tell() if (silence := _why_not(scene, row, to, reader)) is not None:
                about(scene.session, row, scene.now, "problem.not_told", to.value, f"not sent, because {silence}")
                count_told(scene.plan, row, scene.now)
            case Tell(n=times):
                said.append(Said(row, times))
            case None:
                pass
    if reader is None or not said:
        return 0
    if to is Audience.HEAD:
        said += _companions(scene, rows, said)
    key = _write(scene, reader, said)
    copies = [_write(scene, other, urgent) for other, urgent in _copies(scene, to, said)]
    for one in said:
        record_told(scene.session, scene.plan, one.row, to, key, one.times, scene.now)
    return 1 + len(copies)


def _companions(scene: _Scene, rows: Sequence[ProblemRow], said: Sequence[Said]) -> list[Said]:
    """What would be told again later today goes with the letter that leaves now."""
    alone = {one.row.id for one in said}
    policy, calendar = scene.plan.policy, scene.office.calendar
    standings = ((row, standing_of(scene.plan, row)) for row in rows if row.id not in alone)
    return [
        Said(row, standing.told_at_top + 1)
        for row, standing in standings
        if rides_along(standing, scene.now, policy, calendar)
    ]


def _reader(scene: _Scene, to: Audience, unit: str | None) -> Reader | None:
    if unit is None:
        return letters.heads(scene.session, scene.plan, scene.now)[0]
    return letters.of_unit(scene.session, scene.plan, unit, to, scene.now)


def _why_not(scene: _Scene, row: ProblemRow, to: Audience, reader: Reader | None) -> str | None:
    """Why this step of the ladder is passed over; None when it is not."""
    if reader is None:
        return f"the plan names no {to.value} of {row.unit} to whom letters arrive"
    if to is Audience.SECRETARY and row.kind == LETTER_FAILED and _is_still_asked(scene, row):
        return "the secretary is asked for the answer itself"
    if to is Audience.SECRETARY and row.kind == NAMES_SHORT and _secretary_was_told(scene, row):
        return "the secretary was told of the missing names already"
    return None


def _secretary_was_told(scene: _Scene, row: ProblemRow) -> bool:
    """Whether the request for the names themselves reached the unit's secretary."""
    told = scene.session.scalar(
        select(RequestRow.secretary_told_on).where(
            RequestRow.plan_id == row.plan_id,
            RequestRow.key == request_key(RequestKind.PARTICIPANTS, row.occurrence or "", row.unit or ""),
        )
    )
    return told is not None


def _is_still_asked(scene: _Scene, row: ProblemRow) -> bool:
    """Whether the letter that failed belongs to a request that is still owed: its own reminders reach the secretary."""
    letter = row.key.removeprefix(f"{LETTER_FAILED}/")
    request = scene.session.scalar(
        select(RequestRow)
        .join(LetterRow, LetterRow.request_id == RequestRow.id)
        .where(LetterRow.plan_id == row.plan_id, LetterRow.key == letter)
    )
    return request is not None and request.state is RequestState.OPEN


def _copies(scene: _Scene, to: Audience, said: Sequence[Said]) -> Iterator[tuple[Reader, list[Said]]]:
    """Who else hears what is urgent: the head, while somebody stands in."""
    urgent = [one for one in said if one.row.severity is Severity.URGENT]
    if to is not Audience.HEAD or not urgent:
        return
    for reader in letters.heads(scene.session, scene.plan, scene.now)[1:]:
        lately = letters.written_lately(scene.session, reader.address, scene.now)
        if too_many(lately, scene.now, scene.plan.policy, urgent=True) is None:
            yield reader, urgent


def _write(scene: _Scene, reader: Reader, said: Sequence[Said]) -> str:
    draft = letters.draft(scene.office, scene.session, scene.plan, reader, said, scene.now)
    scene.office.post(scene.session, scene.plan.id, [draft], scene.now)
    return draft.key


def _hold(scene: _Scene, row: ProblemRow, hold: Hold) -> None:
    """Say once why it is not told; the hour from which it may be is brought up to date in silence."""
    if row.held_because != hold.because:
        until = f"{hold.until:%d/%m/%Y %H:%M}"
        waits = f"not sent, because {hold.because}; it waits until {until}"
        about(scene.session, row, scene.now, "problem.held", detail=waits)
    row.held_because, row.held_until = hold.because, hold.until
