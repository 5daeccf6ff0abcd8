"""What the head does with a message that was held: confirm its sender, say what it means, or leave it at that."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.states import Channel, MessageState, Verdict
from dondoc.errors import Refused, Unreadable
from dondoc.services.answers import Answer, record_in
from dondoc.services.office import Office
from dondoc.services.post_room import sort, source_of
from dondoc.store.history import Actor, note, resolve_problem
from dondoc.store.queries import locked_request
from dondoc.store.tables import AliasRow, MessageRow, RequestRow


def confirm_sender(office: Office, plan_id: str, problem: str, by: Actor) -> None:
    """Let the sender of a held message speak for its unit from now on, and read the message again (scenario 17).

    Raises Unreadable when the problem is no held message, Refused when its sender is not in question.
    """
    with office.sessions.writing() as session:
        row = held_message(session, plan_id, problem)
        if row.reason != "unknown_sender" or row.sender is None or row.unit is None:
            raise Refused(f"{problem}: its sender need not be confirmed")
        now = office.clock.now()
        address = row.sender.lower()
        session.merge(AliasRow(plan_id=plan_id, address=address, unit=row.unit, confirmed_by=by.who, confirmed_at=now))
        note(session, plan_id, now, "sender.confirmed", unit=row.unit, by=by, new=address)
        resolve_problem(session, plan_id, now, problem, by=by)
        row.state, row.reason, row.settled_at = MessageState.NEW, None, None
        message = row.id
    sort(office, message)


def count_as(office: Office, plan_id: str, problem: str, verdict: Verdict, by: Actor) -> None:
    """Record what the head reads in a held message. Raises Refused when it answers no request."""
    with office.sessions.writing() as session:
        row = held_message(session, plan_id, problem)
        request = locked_request(session, row.request_id) if row.request_id else None
        if request is None:
            raise Refused(f"{problem}: the message answers no request, so it cannot be counted as an opinion")
        answer = Answer(
            request=request.key,
            verdict=verdict,
            comment=(row.text or "").strip() or "(thư không có lời)",
            by=row.sender or by.who,
            channel=Channel.EMAIL,
            source=source_of(row),
            evidence=f"read by {by.who}",
        )
        record_in(session, office, request, answer)
        _close(office, session, row, problem, MessageState.RECORDED, by)


def dismiss(office: Office, plan_id: str, problem: str, by: Actor) -> None:
    """Leave a held message at that: it answers nothing; its unit is asked on."""
    with office.sessions.writing() as session:
        row = held_message(session, plan_id, problem)
        row.reason = f"dismissed by {by.who}: {row.reason}"
        _close(office, session, row, problem, MessageState.DISMISSED, by)


def held_message(session: Session, plan_id: str, problem: str) -> MessageRow:
    """The held message behind a problem, whose key ends with the message's number.

    Raises Unreadable when there is none, Refused when it is settled already.
    """
    number = problem.rpartition("/")[2]
    row = (
        session.scalar(select(MessageRow).where(MessageRow.id == int(number), MessageRow.plan_id == plan_id))
        if number.isdigit()
        else None
    )
    if row is None:
        raise Unreadable(f"{problem} is not about a message that was held")
    if row.state is not MessageState.HELD:
        raise Refused(f"{problem}: the message is {row.state.value} already")
    return row


def _close(office: Office, session: Session, row: MessageRow, problem: str, state: MessageState, by: Actor) -> None:
    now = office.clock.now()
    row.state, row.settled_at = state, now
    if row.request_id is not None:
        session.get_one(RequestRow, row.request_id).held_at = None
    resolve_problem(session, row.plan_id or "", now, problem, by=by)
