"""The record as lines: requests and problems in their final state, for rehearsals and exports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.store.tables import OccurrenceRow, ProblemRow, RequestRow, ResponseRow


def _at(moment: datetime | None) -> str | None:
    return local(moment).isoformat() if moment is not None else None


def request_lines(session: Session) -> Iterator[dict[str, Any]]:
    """One line a request, with its latest answer."""
    rows = session.execute(
        select(RequestRow, OccurrenceRow.key)
        .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
        .order_by(RequestRow.id)
        .execution_options(yield_per=500)
    )
    for row, occurrence in rows:
        answer = session.scalar(
            select(ResponseRow).where(ResponseRow.request_id == row.id).order_by(ResponseRow.number.desc()).limit(1)
        )
        yield {
            "key": row.key,
            "state": row.state.value,
            "kind": row.kind.value,
            "occurrence": occurrence,
            "unit": row.unit,
            "round": row.round,
            "asked_at": _at(row.asked_at),
            "due_at": _at(row.due_at),
            "settled_at": _at(row.settled_at),
            "reminded": row.reminded,
            "secretary_told_on": row.secretary_told_on.isoformat() if row.secretary_told_on else None,
            "verdict": answer.verdict.value if answer else None,
            "comment": answer.comment if answer else None,
            "answered_at": _at(answer.received_at) if answer else None,
            "answered_by": answer.by if answer else None,
            "channel": answer.channel.value if answer else None,
            "late": answer.late if answer else None,
            "answers": answer.number if answer else 0,
        }


def problem_lines(session: Session) -> Iterator[dict[str, Any]]:
    """One line a problem."""
    for row in session.scalars(select(ProblemRow).order_by(ProblemRow.id).execution_options(yield_per=500)):
        yield {
            "key": row.key,
            "state": row.state.value,
            "kind": row.kind,
            "severity": row.severity.value,
            "occurrence": row.occurrence,
            "unit": row.unit,
            "detail": row.detail,
            "raised_at": _at(row.raised_at),
            "told": row.told,
            "told_at": _at(row.told_at),
            "acknowledged_at": _at(row.acknowledged_at),
            "resolved_at": _at(row.resolved_at),
            "settled_by": row.settled_by,
        }
