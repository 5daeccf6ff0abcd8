"""Recording what a unit answered: by web, by email, or on its behalf (III.2 "tham gia ý kiến")."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from dondoc.domain.ids import UnitId
from dondoc.domain.states import (
    Channel,
    OccurrenceState,
    RequestKind,
    RequestState,
    RoundProblem,
    RoundState,
    Verdict,
)
from dondoc.domain.wording import VERDICTS
from dondoc.errors import Refused
from dondoc.services import consult_letters as letters
from dondoc.services.case import Case, case_of
from dondoc.services.office import Office
from dondoc.services.round_problems import raise_about_round, resolve_about_round
from dondoc.store.history import Actor, note, raise_problem
from dondoc.store.queries import asked_of, find_request
from dondoc.store.tables import RequestRow, ResponseRow, RoundRow

MAX_COMMENT = 5000

_GIVEN = select(ResponseRow).where(
    or_(ResponseRow.request_id == bindparam("request"), ResponseRow.source == bindparam("source"))
)
"""It runs for each answer, so it is built once: that takes longer than what it does."""


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
        request = session.get_one(RequestRow, find_request(session, plan_id, answer.request).id, with_for_update=True)
        return record_in(session, office, request, replace(answer, comment=comment))


def record_in(
    session: Session, office: Office, request: RequestRow, answer: Answer, *, confirm: bool = True
) -> Recorded:
    """Record a checked answer within the caller's transaction; without `confirm` the unit gets no confirmation.

    `request` is locked, for the answers to it are numbered one after the other.
    """
    now, plan_id = office.clock.now(), request.plan_id
    if request.kind is not RequestKind.OPINION:
        raise Refused(f"{answer.request} does not ask for an opinion: it cannot be answered with one")
    every = session.scalars(_GIVEN, {"request": request.id, "source": answer.source}).all()
    if (known := next((row for row in every if row.source == answer.source), None)) is not None:
        return Recorded(new=False, late=known.late)
    case = case_of(session, request.occurrence, now)
    state = asked_of(session, request, every)
    if state is None:
        raise Refused(f"{answer.request}: no round has been opened")
    before = state.counting.get(UnitId(request.unit))
    response = _keep(session, case, state.row, request, answer, number=len(every) + 1)
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
    objects = response.verdict is Verdict.OBJECT
    still_objects = response.late or objects
    over = [kind for kind in RoundProblem if not (still_objects and kind is RoundProblem.OBJECTION)]
    resolve_about_round(session, case, [request.unit], kinds=over, by=by)
    if not response.late:
        if objects:
            raise_about_round(session, case, request.unit, RoundProblem.OBJECTION, response.comment, by)
        _follow_conflict(session, case, request.unit, before, response)
    drafts = letters.after_answer(office, session, case, state.row, request, response, confirm=confirm)
    office.post(session, plan_id, drafts, now)
    return Recorded(new=True, late=response.late)


def _keep(
    session: Session, case: Case, round_row: RoundRow, request: RequestRow, answer: Answer, *, number: int
) -> ResponseRow:
    late = round_row.state is RoundState.CLOSED or case.row.state is not OccurrenceState.CONSULTING
    response = ResponseRow(
        request_id=request.id,
        number=number,
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
    return response


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
