"""The problems in a digest, gathered into as few things to look at as there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from dondoc.domain.escalation import due_at
from dondoc.domain.plan import Audience, Plan
from dondoc.domain.states import DECIDED_WITH_THE_ROUND, ProblemState, Severity
from dondoc.mail.letters import ProblemView
from dondoc.mail.letters_digest import MatterView
from dondoc.services.grading import grade
from dondoc.services.office import Office
from dondoc.services.overview import OccurrenceLine
from dondoc.services.problem_letters import LISTED, Reader, view
from dondoc.services.telling import locked, standing_of, unsettled
from dondoc.services.views import short_title_of
from dondoc.store.tables import ProblemRow


@dataclass(frozen=True, slots=True)
class Matters:
    """What a digest lists, and the numbers of the problems that it tells the head of."""

    open: tuple[MatterView, ...]
    rest: int
    taken_up: tuple[MatterView, ...]
    notes: tuple[MatterView, ...]
    told: tuple[int, ...]


class _Listed(NamedTuple):
    """As much of a problem as its place in the list takes; there may be very many."""

    id: int
    is_urgent: bool
    raised_at: datetime
    kind: str
    occurrence: str | None


def gather_matters(
    office: Office,
    session: Session,
    plan: Plan,
    reader: Reader,
    now: datetime,
    stands: Sequence[OccurrenceLine],
    *,
    everything: bool,
) -> Matters:
    """The plan's problems that have come up to the head; notes only once, unless `everything` is asked for."""
    notes, taken_up, waiting = list[_Listed](), list[_Listed](), list[_Listed]()
    for row in locked(session, session.scalars(unsettled(plan.id).with_only_columns(ProblemRow.id)).all()):
        if not _is_the_heads(plan, row):
            continue
        grade(session, plan, row, now)
        one = _Listed(row.id, row.severity is Severity.URGENT, row.raised_at, row.kind, row.occurrence)
        if row.severity is not Severity.NOTE:
            (taken_up if _is_in_hand(office, plan, row, now) else waiting).append(one)
        elif everything or row.told_at is None:
            notes.append(one)
    waiting.sort(key=lambda one: (not one.is_urgent, one.raised_at, one.id))
    decided = {line.key for line in stands if line.needs_decision}
    listed = [one for one in waiting if one.kind not in DECIDED_WITH_THE_ROUND or one.occurrence not in decided]

    def shown(some: Sequence[_Listed]) -> tuple[MatterView, ...]:
        rows = locked(session, [one.id for one in some[:LISTED]])
        return _bundled(_views(office, session, plan, rows, reader.address, now))

    return Matters(
        open=shown(listed),
        rest=max(0, len(listed) - LISTED),
        taken_up=shown(taken_up),
        notes=shown(notes),
        # What is urgent keeps its own hours.
        told=tuple(one.id for one in (*waiting, *notes) if not one.is_urgent),
    )


def _is_the_heads(plan: Plan, row: ProblemRow) -> bool:
    """Whether the head is next to hear of it: the people of the unit come first where the ladder says so."""
    standing = standing_of(plan, row)
    return row.severity is Severity.NOTE or standing.ladder[standing.rung].to is Audience.HEAD


def _is_in_hand(office: Office, plan: Plan, row: ProblemRow, now: datetime) -> bool:
    """Whether somebody took it up, and not so long ago that it must be told again."""
    stale_at = due_at(standing_of(plan, row), plan.policy, office.calendar)
    return row.state is ProblemState.ACKNOWLEDGED and (stale_at is None or now < stale_at)


def _views(
    office: Office, session: Session, plan: Plan, rows: Iterable[ProblemRow], address: str, now: datetime
) -> list[ProblemView]:
    titles = {planned.id: short_title_of(activity, planned) for activity, planned in plan.occurrences()}
    urls = ((row, office.links.problem(session, plan.id, row.key, address, now=now)) for row in rows)
    return [
        replace(view(plan, row, url, row.told + 1, now), occurrence_title=titles.get(row.occurrence or ""))
        for row, url in urls
    ]


def _bundled(problems: Iterable[ProblemView]) -> tuple[MatterView, ...]:
    """Problems of one kind about one occurrence are one matter, and notes of one kind, too."""
    bundles: dict[tuple[str, str | None, Severity], list[ProblemView]] = defaultdict(list)
    for one in problems:
        title = None if one.severity is Severity.NOTE else one.occurrence_title
        bundles[one.kind, title, one.severity].append(one)
    return tuple(
        MatterView(kind, severity, title, tuple(bundle)) for (kind, title, severity), bundle in bundles.items()
    )
