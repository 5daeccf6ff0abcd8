"""Problems that units report, by link or by mail (III.2 "kịp thời thông tin … các vấn đề phát sinh")."""

from __future__ import annotations

import hashlib

from dondoc.domain.states import Severity
from dondoc.errors import Refused
from dondoc.services.office import Office
from dondoc.store.history import Actor, raise_problem
from dondoc.store.queries import find_request

MAX_TEXT = 5000


def report(
    office: Office, plan_id: str, request: str, text: str, severity: Severity, *, by: Actor, source: str
) -> str | None:
    """Record what a unit reports about the occurrence of one of its requests; return the problem's key.

    The same `source` again records nothing and returns None. Raises Refused for an empty or overlong text, Unreadable
    for an unknown request.
    """
    if not text.strip() or len(text) > MAX_TEXT:
        raise Refused(f"{request}: a report has 1 to {MAX_TEXT} characters, not {len(text.strip())}")
    with office.sessions.writing() as session:
        row = find_request(session, plan_id, request)
        mark = hashlib.sha256(f"{source}/{text}".encode()).hexdigest()[:8]
        key = f"reported/{row.occurrence.key}/{row.unit}/{mark}"
        raised = raise_problem(
            session,
            plan_id,
            office.clock.now(),
            key,
            kind="reported",
            detail=text.strip(),
            severity=severity,
            occurrence=row.occurrence.key,
            unit=row.unit,
            by=by,
        )
        return key if raised is not None else None
