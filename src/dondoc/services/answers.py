"""Recording what a unit answered: by web, by email, or on its behalf (III.2 "tham gia ý kiến")."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.domain.ids import UnitId
from dondoc.domain.states import (
    Channel,
    OccurrenceState,
    RequestKind,
    RequestState,
    RoundState,
    Verdict,
)
from dondoc.domain.wording import VERDICTS
from dondoc.errors import Refused
from dondoc.services import consult_letters as letters
from dondoc.services.case import Case, open_case
from dondoc.services.office import Office
from dondoc.store.history import Actor, note, raise_problem, resolve_problem
from dondoc.store.queries import asked, find_request
from dondoc.store.tables import RequestRow, ResponseRow, RoundRow

MAX_COMMENT = 5000


@dataclass(frozen=True, slots=True)
class Answer:
    """A unit's opinion as it reached us."""

    request: str
    verdict: Verdict
    comment: str
    by: str
    """Who said it: an address, or a name when it was recorded on the unit's behalf."""
    channel: Channel
    source: str
    """Unique for each time it was said; hearing the same source again records nothing."""
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an answer."""

    new: bool
    late: bool


def record(office: Office, plan_id: str, answer: Answer) -> Recorded:
    """Record an answer, with the letters it calls for: a confirmation, and to the head an objection or a late answer.

    Raises Unreadable when nothing of that name was asked, Refused when an objection gives no reason, a comment says
    nothing, or nobody asks that unit any more.
    """
    comment = answer.comment.strip()
    if answer.verdict in (Verdict.OBJECT, Verdict.COMMENT) and not comment:
        what = "an objection needs its reason" if answer.verdict is Verdict.OBJECT else "the comment is empty"
        raise Refused(f"{answer.request}: {what}")
    if len(comment) > MAX_COMMENT:
        raise Refused(f"{answer.request}: the comment has {len(comment)} characters, at most {MAX_COMMENT} can be kept")
    with office.sessions.writing() as session:
        return record_in(session, office, plan_id, replace(answer, comment=comment))


def record_in(session: Session, office: Office, plan_id: str, answer: Answer, *, confirm: bool = True) -> Recorded:
    """Record a checked answer within the caller's transaction; without `confirm` the unit gets no confirmation."""
    now = office.clock.now()
    request = find_request(session, plan_id, answer.request)
    if request.kind is not RequestKind.OPINION:
        raise Refused(f"{answer.request} does not ask for an opinion: it cannot be answered with one")
    session.refresh(request, with_for_update=True)  # answers to one request are numbered one after the other
    known = session.scalar(select(ResponseRow).where(ResponseRow.source == answer.source))
    if known is not None:
        return Recorded(new=False, late=known.late)
    case = open_case(session, plan_id, request.occurrence.key, now)
    state = asked(session, case.row, request.unit)
    if state is None:
        raise Refused(f"{answer.request}: no round has been opened")
    before = state.counting.get(UnitId(request.unit))
    response = _keep(session, case, state.row, request, answer)
    by = Actor(answer.by, answer.channel)
    note(
        session,
        plan_id,
        now,
        "response.late" if response.late else "response.recorded",
        occurrence=case.key,
        unit=request.unit,
        by=by,
        old=before.verdict.value if before else None,
        new=answer.verdict.value,
        detail=answer.comment,
    )
    for kind in ("silence", "undelivered"):
        resolve_problem(session, plan_id, now, f"{kind}/{case.key}/{request.unit}", by=by)
    if not response.late:
        _follow_objection(session, case, request.unit, response, by)
        _follow_conflict(session, case, request.unit, before, response)
    drafts = letters.after_answer(office, session, case, request, response)
    office.post(session, plan_id, (d for d in drafts if confirm or d.letter.kind != letters.CONFIRMATION), now)
    return Recorded(new=True, late=response.late)


def _keep(session: Session, case: Case, round_row: RoundRow, request: RequestRow, answer: Answer) -> ResponseRow:
    number = session.scalar(select(func.count()).select_from(ResponseRow).where(ResponseRow.request_id == request.id))
    late = round_row.state is RoundState.CLOSED or case.row.state is not OccurrenceState.CONSULTING
    response = ResponseRow(
        request_id=request.id,
        number=(number or 0) + 1,
        round=round_row.number,
        version=round_row.version,
        verdict=answer.verdict,
        comment=answer.comment,
        by=answer.by,
        channel=answer.channel,
        evidence=answer.evidence,
        received_at=case.now,
        late=late,
        source=answer.source,
    )
    session.add(response)
    if request.state is RequestState.OPEN:
        request.state, request.settled_at = RequestState.ANSWERED, case.now
    request.held_at = None
    session.flush()
    return response


def _follow_objection(session: Session, case: Case, unit: str, response: ResponseRow, by: Actor) -> None:
    """An objection is a problem for the head at once; one that is taken back no longer is."""
    key = f"objection/{case.key}/{unit}"
    if response.verdict is not Verdict.OBJECT:
        resolve_problem(session, case.plan_id, case.now, key, by=by)
        return
    problem = raise_problem(
        session,
        case.plan_id,
        case.now,
        key,
        kind="objection",
        detail=response.comment,
        occurrence=case.key,
        unit=unit,
        by=by,
    )
    if problem is not None:
        problem.told_at = case.now  # the objection's own letter tells the head


def _address(by: str) -> str:
    """Whose mailbox it was: a name may stand before the address, once and not the next time."""
    return by.rpartition("(")[2].rstrip(")").strip().lower()


def _follow_conflict(
    session: Session, case: Case, unit: str, before: ResponseRow | None, response: ResponseRow
) -> None:
    """Two people of one unit say different things: the latest counts, and the head is told (scenario 18)."""
    if before is None or _address(before.by) == _address(response.by) or before.verdict is response.verdict:
        return
    raise_problem(
        session,
        case.plan_id,
        case.now,
        f"conflict/{case.key}/{unit}/{response.number}",
        kind="conflict",
        detail=f"{before.by}: {VERDICTS[before.verdict]}; {response.by}: {VERDICTS[response.verdict]}",
        occurrence=case.key,
        unit=unit,
    )
