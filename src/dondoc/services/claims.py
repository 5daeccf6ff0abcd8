"""A unit says that it has paid (III.2): it is believed, and not reminded, until a statement shows whether it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.claims import paid_on
from dondoc.domain.dues import DueKey
from dondoc.domain.states import Channel, RequestState
from dondoc.domain.wording import ngay
from dondoc.errors import Refused
from dondoc.services import money_letters as letters
from dondoc.services.case import open_case
from dondoc.services.contributions import due_of_request
from dondoc.services.money_views import standings_in
from dondoc.services.office import Office
from dondoc.services.replies import Reply
from dondoc.store.history import Actor, note
from dondoc.store.queries import find_request
from dondoc.store.tables import RequestRow
from dondoc.store.tables_money import ClaimRow

MAX_NOTE = 1000
_OLDEST = timedelta(days=366)
_LATEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Claim:
    """A unit's word that a due is paid."""

    paid_on: date
    note: str
    by: str
    source: str
    """Unique for each time it was said; hearing the same source again records nothing."""


def claim(office: Office, plan_id: str, request: str, said: Claim, by: Actor) -> None:
    """Record a unit's word. Raises Refused for a day that cannot be, or when nothing is owed."""
    with office.sessions.writing() as session:
        claim_in(office, session, find_request(session, plan_id, request), said, by)


def claim_in(
    office: Office, session: Session, request: RequestRow, said: Claim, by: Actor, *, confirm: bool = True
) -> None:
    """As `claim`, within the caller's transaction; without `confirm` the unit gets no letter."""
    now = office.clock.now()
    if session.scalar(select(ClaimRow.id).where(ClaimRow.source == said.source)) is not None:
        return
    due = due_of_request(session, request)
    standing = standings_in(session, due.plan_id, [due.key]).get(DueKey(due.key))
    if request.state is not RequestState.OPEN or standing is None or not standing.outstanding:
        raise Refused(f"{due.key} is not owed any more: nothing has to be paid")
    today = local(now).date()
    if not today - _OLDEST <= said.paid_on <= today:
        raise Refused(
            f"{due.key}: {ngay(said.paid_on)} is no day on which it can have been paid; today is {ngay(today)}"
        )
    row = ClaimRow(
        due_id=due.id,
        paid_on=said.paid_on,
        note=said.note[:MAX_NOTE],
        by=said.by,
        channel=by.channel,
        received_at=now,
        source=said.source,
    )
    session.add(row)
    session.flush()
    request.held_at = now
    case = open_case(session, due.plan_id, request.occurrence.key, now)
    note(
        session,
        due.plan_id,
        now,
        "due.claimed",
        occurrence=case.key,
        unit=due.unit,
        by=by,
        new=due.key,
        detail=f"{ngay(said.paid_on)} {said.note}".strip(),
    )
    draft = letters.claim_noted(office, session, case, request, row, standing.outstanding) if confirm else None
    if draft is not None:
        office.post(session, due.plan_id, [draft], now)


def read_claim(office: Office, session: Session, request: RequestRow, reply: Reply) -> bool:
    """The word of a unit that replies to a letter about its contribution; False when it says anything else."""
    day = paid_on(reply.text, _written_on(reply, office.clock.now()))
    if day is None:
        return False
    said = Claim(day, reply.text, reply.by, reply.source)
    try:
        claim_in(office, session, request, said, Actor(reply.by, Channel.EMAIL), confirm=reply.confirm)
    except Refused:
        return False
    return True


def _written_on(reply: Reply, now: datetime) -> date:
    """The day that the message bears, which is the sender's word; the day of reading when that cannot be."""
    said = reply.message.date
    return local(said).date() if said is not None and now - _LATEST <= said <= now else local(now).date()
