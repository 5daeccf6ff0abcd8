"""Writing down what became of an occurrence."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from dondoc.domain.states import ChangeKind
from dondoc.services.case import Case
from dondoc.store.history import Actor
from dondoc.store.life import latest_change
from dondoc.store.tables_life import ChangeRow


def record_change(
    session: Session,
    case: Case,
    kind: ChangeKind,
    reason: str,
    by: Actor,
    *,
    old_version: int | None = None,
    into: str | None = None,
    held_on: date | None = None,
    is_told: bool = False,
) -> None:
    """Keep one more change; without `old_version` the proposal stays as it is.

    `is_told`: the units get a letter about it.
    """
    last = latest_change(session, case.row.id)
    session.add(
        ChangeRow(
            occurrence_id=case.row.id,
            number=last.number + 1 if last else 1,
            kind=kind,
            reason=reason,
            old_version=case.row.version if old_version is None else old_version,
            version=case.row.version,
            merged_into=into,
            held_on=held_on,
            is_told=is_told,
            at=case.now,
            by=by.who,
        )
    )
