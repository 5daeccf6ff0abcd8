"""Problems that units report, by link, by mail or through the office (III.2 "thông tin … vấn đề phát sinh")."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.escalation import REPORTED
from dondoc.domain.states import Severity
from dondoc.errors import Refused
from dondoc.services.office import Office
from dondoc.store.history import Actor, raise_problem
from dondoc.store.queries import find_request
from dondoc.store.tables import ProblemRow

MAX_TEXT = 5000


def report(office: Office, plan_id: str, request: str, text: str, severity: Severity, *, by: Actor, source: str) -> str:
    """Record what a unit reports about the occurrence of one of its requests; return the problem's key.

    The same `source` again records nothing. Raises Refused for an empty or overlong text, Unreadable for an unknown
    request.
    """
    with office.sessions.writing() as session:
        row = find_request(session, plan_id, request)
        now = office.clock.now()
        source = f"{request}/{source}"
        occurrence = row.occurrence.key
        return keep_report(
            session, plan_id, now, text, unit=row.unit, occurrence=occurrence, severity=severity, by=by, source=source
        )


def keep_report(
    session: Session,
    plan_id: str,
    now: datetime,
    text: str,
    *,
    unit: str,
    occurrence: str | None,
    severity: Severity,
    by: Actor,
    source: str,
) -> str:
    """Record a report within the caller's transaction, once for each `source`; return the problem's key.

    Raises Refused for an empty or overlong text.
    """
    said = text.strip()
    if not said or len(said) > MAX_TEXT:
        raise Refused(f"{unit}: a report has 1 to {MAX_TEXT} characters, not {len(said)}")
    key = f"{REPORTED}/{occurrence or plan_id}/{unit}/{hashlib.sha256(source.encode()).hexdigest()[:8]}"
    known = session.scalar(select(ProblemRow.id).where(ProblemRow.plan_id == plan_id, ProblemRow.key == key))
    if known is None:
        raise_problem(
            session,
            plan_id,
            now,
            key,
            kind=REPORTED,
            detail=said,
            severity=severity,
            occurrence=occurrence,
            unit=unit,
            by=by,
        )
    return key
