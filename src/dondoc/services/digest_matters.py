"""The problems in a digest, gathered into as few things to look at as there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.escalation import due_at
from dondoc.domain.plan import Audience, Plan
from dondoc.domain.states import DECIDED_WITH_THE_ROUND, ProblemState, Severity
from dondoc.mail.letters import ProblemView
from dondoc.mail.letters_digest import MatterView
from dondoc.services.grading import grade
from dondoc.services.office import Office
from dondoc.services.overview import Overview
from dondoc.services.problem_letters import LISTED, Reader, view
from dondoc.services.telling import standing_of, unsettled
from dondoc.services.views import short_title_of
from dondoc.store.tables import ProblemRow


@dataclass(frozen=True, slots=True)
class Matters:
    """What a digest lists, and the problems that it tells the head of."""

    open: tuple[MatterView, ...]
    rest: int
    taken_up: tuple[MatterView, ...]
    notes: tuple[MatterView, ...]
    told: tuple[ProblemRow, ...]


def gather_matters(
    office: Office, session: Session, plan: Plan, reader: Reader, now: datetime, stands: Overview, *, everything: bool
) -> Matters:
    """The plan's problems that have come up to the head; notes only once, unless `everything` is asked for."""
    rows = [row for row in session.scalars(unsettled(plan.id).with_for_update()) if _is_the_heads(plan, row)]
    for row in rows:
        grade(session, plan, row, now)
    notes = [row for row in rows if row.severity is Severity.NOTE and (everything or row.told_at is None)]
    serious = [row for row in rows if row.severity is not Severity.NOTE]
    taken_up = [row for row in serious if _is_in_hand(office, plan, row, now)]
    waiting = sorted((row for row in serious if row not in taken_up), key=_urgent_first)
    decided = {line.key for line in stands.decisions}
    listed = [row for row in waiting if row.kind not in DECIDED_WITH_THE_ROUND or row.occurrence not in decided]

    def shown(some: Sequence[ProblemRow]) -> tuple[MatterView, ...]:
        return _bundled(_views(office, session, plan, some[:LISTED], reader.address, now))

    return Matters(
        open=shown(listed),
        rest=max(0, len(listed) - LISTED),
        taken_up=shown(taken_up),
        notes=shown(notes),
        # What is urgent keeps its own hours.
        told=tuple(row for row in (*waiting, *notes) if row.severity is not Severity.URGENT),
    )


def _is_the_heads(plan: Plan, row: ProblemRow) -> bool:
    """Whether the head is next to hear of it: the people of the unit come first where the ladder says so."""
    standing = standing_of(plan, row)
    return row.severity is Severity.NOTE or standing.ladder[standing.rung].to is Audience.HEAD


def _is_in_hand(office: Office, plan: Plan, row: ProblemRow, now: datetime) -> bool:
    """Whether somebody took it up, and not so long ago that it must be told again."""
    stale_at = due_at(standing_of(plan, row), plan.policy, office.calendar)
    return row.state is ProblemState.ACKNOWLEDGED and (stale_at is None or now < stale_at)


def _urgent_first(row: ProblemRow) -> tuple[bool, datetime, int]:
    return row.severity is not Severity.URGENT, local(row.raised_at), row.id


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
