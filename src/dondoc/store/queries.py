"""Reading the record as the rules want it. Nothing here commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, exists, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from dondoc.clock import local
from dondoc.domain.consultation import Round
from dondoc.domain.ids import OccurrenceId, RequestKey, UnitId
from dondoc.domain.plan import Plan, RequestPolicy
from dondoc.domain.proposal import Proposal
from dondoc.domain.requests import Request
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState, RoundState
from dondoc.errors import Unreadable
from dondoc.store.parts import in_parts
from dondoc.store.tables import (
    LetterRow,
    OccurrenceRow,
    PlanRow,
    ProposalRow,
    RequestRow,
    ResponseRow,
    RoundRow,
)

_PARSED: dict[str, Plan] = {}
_KEPT = 16


def plan_of(row: PlanRow) -> Plan:
    """The plan as it was last loaded; a document of that digest is read only once."""
    if (plan := _PARSED.get(row.digest)) is None:
        plan = Plan.model_validate_json(row.document)
        while len(_PARSED) >= _KEPT:
            _PARSED.pop(next(iter(_PARSED)), None)
        _PARSED[row.digest] = plan
    return plan


_PLANS = select(PlanRow).order_by(PlanRow.id)


def active_plans(session: Session) -> Sequence[PlanRow]:
    rows = session.scalars(_PLANS).all()
    for row in rows:
        plan_of(row)  # while the session is there to read the document
    return rows


def find_plan(session: Session, plan_id: str | None) -> PlanRow:
    """The named plan; without a name the only one. Raises Unreadable, saying which there are."""
    rows = active_plans(session)
    found = [row for row in rows if plan_id in (None, row.id)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(row.id for row in rows) or "none"
    if plan_id is None and rows:
        raise Unreadable(f"several plans are loaded ({names}): name one with --plan")
    if plan_id is None:
        raise Unreadable("no plan is loaded: load one with `dondoc plan load FILE`")
    raise Unreadable(f"no plan {plan_id} is loaded (loaded: {names})")


def find_occurrence(session: Session, plan_id: str, key: str) -> OccurrenceRow:
    """Raises Unreadable, naming the plan's occurrences, when there is none of that key."""
    row = session.scalar(select(OccurrenceRow).where(OccurrenceRow.plan_id == plan_id, OccurrenceRow.key == key))
    if row is None:
        known = session.scalars(select(OccurrenceRow.key).where(OccurrenceRow.plan_id == plan_id).order_by("id"))
        raise Unreadable(f"plan {plan_id} has no occurrence {key} (it has: {', '.join(known)})")
    return row


def occurrences_in(session: Session, plan_id: str, states: Iterable[OccurrenceState]) -> Sequence[OccurrenceRow]:
    wanted = list(states)
    return session.scalars(
        select(OccurrenceRow)
        .where(OccurrenceRow.plan_id == plan_id, OccurrenceRow.state.in_(wanted))
        .order_by(OccurrenceRow.consult_on, OccurrenceRow.id)
    ).all()


def find_request(session: Session, plan_id: str, key: str) -> RequestRow:
    """Raises Unreadable when nothing of that key was asked."""
    row = session.scalar(select(RequestRow).where(RequestRow.plan_id == plan_id, RequestRow.key == key))
    if row is None:
        raise Unreadable(f"plan {plan_id} has no request {key}: nothing of that kind was asked of that unit")
    return row


def locked_request(session: Session, number: int) -> RequestRow | None:
    """A request and its occurrence as they stand now, the request held until the transaction ends."""
    return session.get(
        RequestRow,
        number,
        options=[joinedload(RequestRow.occurrence, innerjoin=True)],
        with_for_update={"of": RequestRow},
    )


def lock_requests(session: Session, plan_id: str, keys: Iterable[str]) -> dict[RequestKey, RequestRow]:
    """The requests of these keys, held against other runs until the transaction ends."""
    rows = session.scalars(
        select(RequestRow)
        .where(RequestRow.plan_id == plan_id, RequestRow.key.in_(list(keys)))
        .order_by(RequestRow.id)
        .with_for_update(of=RequestRow)
    )
    return {RequestKey(row.key): row for row in rows}


def proposal_of(session: Session, occurrence: OccurrenceRow, version: int | None = None) -> Proposal:
    """The version in force, or an earlier one; no version ever changes, so a session reads each once."""
    wanted = occurrence.id, version or occurrence.version
    known: dict[tuple[int, int], Proposal] = session.info.setdefault(_PROPOSALS, {})
    if wanted not in known:
        document = session.scalars(_PROPOSAL, {"occurrence": wanted[0], "version": wanted[1]}).one()
        known[wanted] = _read(document)
    return known[wanted]


_PROPOSALS: Final = "proposals"
_PROPOSAL = select(ProposalRow.document).where(
    ProposalRow.occurrence_id == bindparam("occurrence"), ProposalRow.version == bindparam("version")
)
_LATEST_ROUND = (
    select(RoundRow).where(RoundRow.occurrence_id == bindparam("occurrence")).order_by(RoundRow.number.desc()).limit(1)
)
"""They run for each answer, so they are built once: that takes longer than what they do."""


def proposals_of(session: Session, plan_id: str) -> dict[int, Proposal]:
    """The version in force of each occurrence of a plan that has one, by the occurrence's id."""
    in_force = (OccurrenceRow.id == ProposalRow.occurrence_id) & (OccurrenceRow.version == ProposalRow.version)
    rows = session.scalars(select(ProposalRow).join(OccurrenceRow, in_force).where(OccurrenceRow.plan_id == plan_id))
    return {row.occurrence_id: _read(row.document) for row in rows}


@lru_cache(maxsize=_KEPT)
def _read(document: str) -> Proposal:
    return Proposal.model_validate_json(document)


def latest_round(session: Session, occurrence: OccurrenceRow) -> RoundRow | None:
    return session.scalar(_LATEST_ROUND, {"occurrence": occurrence.id})


def previous_round(session: Session, row: RoundRow) -> RoundRow | None:
    """The round before this one, about an earlier version."""
    return session.scalar(
        select(RoundRow).where(RoundRow.occurrence_id == row.occurrence_id, RoundRow.number == row.number - 1)
    )


def opinion_requests(session: Session, occurrence: OccurrenceRow) -> Sequence[RequestRow]:
    return session.scalars(
        select(RequestRow)
        .where(RequestRow.occurrence_id == occurrence.id, RequestRow.kind == RequestKind.OPINION)
        .order_by(RequestRow.id)
    ).all()


def consulted_in(session: Session, occurrence: OccurrenceRow) -> set[str]:
    """The units that are asked for their opinion of an occurrence that is not decided; a small part of `asked`."""
    was_let_go = and_(RequestRow.state == RequestState.WITHDRAWN, RequestRow.settled_at.is_not(None))
    mine = RequestRow.occurrence_id == occurrence.id, RequestRow.kind == RequestKind.OPINION
    return set(session.scalars(select(RequestRow.unit).where(*mine, ~was_let_go)))


def may_be_chased(policy: RequestPolicy) -> ColumnElement[bool]:
    """Requests of which there may be something left to say, that is all for which `chase` can still yield anything."""
    a_reminder = or_(RequestRow.reminded_stage.is_(None), RequestRow.reminded_stage < max(policy.remind, default=0))
    return and_(RequestRow.state == RequestState.OPEN, or_(RequestRow.secretary_told_on.is_(None), a_reminder))


def requests_of_units(session: Session, occurrence: OccurrenceRow, units: Iterable[str]) -> dict[UnitId, RequestRow]:
    """What some units were asked in the consultation."""
    return {
        UnitId(row.unit): row
        for some in in_parts(units)
        for row in session.scalars(
            select(RequestRow).where(
                RequestRow.occurrence_id == occurrence.id,
                RequestRow.kind == RequestKind.OPINION,
                RequestRow.unit.in_(some),
            )
        )
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """A round with what was answered: the rule's view, and the rows behind it."""

    row: RoundRow
    round: Round
    requests: dict[UnitId, RequestRow]
    counting: dict[UnitId, ResponseRow]
    """Per unit the answer that counts."""
    latest: dict[UnitId, ResponseRow]
    """Per unit the last answer, also when it came too late to count."""


def asked(session: Session, occurrence: OccurrenceRow) -> Asked | None:
    """The occurrence's latest round, or None before the first."""
    return asked_about(session, [occurrence]).get(occurrence.id)


def asked_of(session: Session, request: RequestRow, responses: Iterable[ResponseRow] | None = None) -> Asked | None:
    """The latest round as if only this unit were asked; None before the first. `responses`: those to the request, where
    they are known already.
    """
    if responses is None:
        responses = session.scalars(select(ResponseRow).where(ResponseRow.request_id == request.id))
    row = latest_round(session, request.occurrence)
    if row is None:
        return None
    in_order = sorted(responses, key=lambda response: (response.received_at, response.id))
    return _asked(request.occurrence, row, [request], in_order)


def asked_about(session: Session, occurrences: Sequence[OccurrenceRow]) -> dict[int, Asked]:
    """The latest round of each occurrence that has one, by the occurrence's id; three queries for however many."""
    ids = [occurrence.id for occurrence in occurrences]
    rounds = session.scalars(select(RoundRow).where(RoundRow.occurrence_id.in_(ids)).order_by(RoundRow.number))
    latest = {row.occurrence_id: row for row in rounds}
    opinions = (RequestRow.kind == RequestKind.OPINION, RequestRow.occurrence_id.in_(latest))
    requests: dict[int, list[RequestRow]] = defaultdict(list)
    for request in session.scalars(select(RequestRow).where(*opinions).order_by(RequestRow.id)):
        requests[request.occurrence_id].append(request)
    responses: dict[int, list[ResponseRow]] = defaultdict(list)
    given = select(ResponseRow, RequestRow.occurrence_id).join(RequestRow, RequestRow.id == ResponseRow.request_id)
    for response, about in session.execute(
        given.where(*opinions).order_by(ResponseRow.received_at, ResponseRow.id)
    ).tuples():
        responses[about].append(response)
    return {
        occurrence.id: _asked(occurrence, latest[occurrence.id], requests[occurrence.id], responses[occurrence.id])
        for occurrence in occurrences
        if occurrence.id in latest
    }


def _asked(
    occurrence: OccurrenceRow, row: RoundRow, asked_of: Iterable[RequestRow], responses: Iterable[ResponseRow]
) -> Asked:
    """An answer counts when it was given in the round in which its unit was last asked, and in time; answers that
    came late count once the round was reopened after them.
    """
    requests = {UnitId(request.unit): request for request in asked_of if not _was_let_go(request, row, occurrence)}
    by_id = {request.id: unit for unit, request in requests.items()}
    counting: dict[UnitId, ResponseRow] = {}
    latest: dict[UnitId, ResponseRow] = {}
    for response in responses:
        unit = by_id.get(response.request_id)
        if unit is None or response.round < requests[unit].round:
            continue
        latest[unit] = response
        if not response.late or (row.reopened_at is not None and response.received_at <= row.reopened_at):
            counting[unit] = response
    round_ = Round(
        occurrence=OccurrenceId(occurrence.key),
        number=row.number,
        version=row.version,
        due_at=local(row.due_at),
        state=RoundState(row.state),
        requests=tuple(request_of(request, occurrence) for request in requests.values()),
        verdicts={unit: response.verdict for unit, response in counting.items()},
        ended=row.outcome,
        decision=row.decision,
    )
    return Asked(row, round_, requests, counting, latest)


def _was_let_go(request: RequestRow, row: RoundRow, occurrence: OccurrenceRow) -> bool:
    """Whether it was withdrawn before its round was decided: the unit is consulted no more."""
    if request.state is not RequestState.WITHDRAWN or request.settled_at is None:
        return False
    is_undecided = occurrence.state is OccurrenceState.CONSULTING
    return is_undecided or (row.closed_at is not None and request.settled_at < row.closed_at)


UNIT: Final = "{unit}"


def units_without(session: Session, occurrence: OccurrenceRow, round_row: RoundRow, key: str) -> tuple[UnitId, ...]:
    """Those asked in the round that have no letter `key`, in which `UNIT` stands for each; usually nobody, so the
    database looks.
    """
    before, _, after = key.partition(UNIT)
    has = exists().where(
        LetterRow.plan_id == occurrence.plan_id, LetterRow.key == literal(before) + RequestRow.unit + literal(after)
    )
    rows = session.scalars(
        select(RequestRow)
        .where(RequestRow.occurrence_id == occurrence.id, RequestRow.kind == RequestKind.OPINION, ~has)
        .order_by(RequestRow.id)
    )
    return tuple(UnitId(row.unit) for row in rows if not _was_let_go(row, round_row, occurrence))


def request_of(row: RequestRow, occurrence: OccurrenceRow) -> Request:
    """The request as the rules want it."""
    return Request(
        key=RequestKey(row.key),
        kind=row.kind,
        occurrence=OccurrenceId(occurrence.key),
        unit=UnitId(row.unit),
        round=row.round,
        asked_on=local(row.asked_at).date(),
        due_on=local(row.due_at).date(),
        state=row.state,
        reminded=row.reminded,
        reminded_stage=row.reminded_stage,
        reminded_on=row.reminded_on,
        secretary_told_on=row.secretary_told_on,
        is_held=row.held_at is not None,
    )
