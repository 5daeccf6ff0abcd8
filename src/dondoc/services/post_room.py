"""Sorting what came in: whose answer is it, to what, and what does it say? (scenarios 2 to 4 and 15 to 18)

Only what is clear is recorded. Everything else that a unit wrote is held for the head, with its words; nothing is
thrown away, and automatic mail is never taken for an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from functools import partial
from typing import cast

from sqlalchemy import ColumnElement, bindparam, or_, select
from sqlalchemy.orm import Session

from dondoc.domain.ids import UnitId
from dondoc.domain.opinion import Asked, Unclear, Understood, understand
from dondoc.domain.plan import Plan
from dondoc.domain.states import Channel, LetterState, MessageState, RequestKind, RequestState, Severity
from dondoc.errors import DondocError
from dondoc.mail.bounces import Failure
from dondoc.mail.compose import LETTER
from dondoc.mail.reading import Authentication, Automatic, Held, Incoming, read
from dondoc.mail.reading_new import new_text
from dondoc.mail.reading_text import html_text
from dondoc.services.answers import Answer, record_in
from dondoc.services.consult_letters import CONFIRMATION
from dondoc.services.mail_problems import heard_from_head, reads_for_head, reported_by_mail
from dondoc.services.matters import READERS
from dondoc.services.office import Office
from dondoc.services.replies import Reply
from dondoc.store.history import Actor, note, raise_problem
from dondoc.store.queries import active_plans, locked_request, plan_of, proposal_of
from dondoc.store.restores import was_restored_before
from dondoc.store.tables import (
    AliasRow,
    AttachmentRow,
    LetterRow,
    MessageRow,
    PlanRow,
    RequestRow,
    SuppressionRow,
)


@dataclass(frozen=True, slots=True)
class _Fate:
    """What becomes of a message, and why."""

    state: MessageState
    reason: str | None = None


_RECORDED = _Fate(MessageState.RECORDED)


def sort(office: Office, message: int) -> MessageState:
    """Read one kept message and settle it; a message that is settled already stays as it is."""
    with office.sessions.reading() as session:
        content = session.scalars(_CONTENT, {"message": message}).one()
    own = (office.stationery.sender[1], office.stationery.replies.plain)
    found = read(content, own=own, authserv_id=office.authserv_id)
    with office.sessions.writing() as session:
        row = session.get_one(MessageRow, message, with_for_update=True)
        if row.state is not MessageState.NEW:
            return row.state
        fate = _settle(office, session, row, found)
        row.state, row.reason, row.settled_at = fate.state, fate.reason, office.clock.now()
        return row.state


def _settle(office: Office, session: Session, row: MessageRow, found: Incoming | Held) -> _Fate:
    if isinstance(found, Held):
        return _Fate(MessageState.HELD, f"unreadable: {found.reason.value}")
    plans = active_plans(session)
    row.sender, row.subject = found.sender, found.subject[:500]
    _list_attachments(session, row, found)
    if found.automatic is Automatic.REPORT:
        return _report(office, session, found)
    if found.automatic is not None:
        return _Fate(MessageState.IGNORED, f"automatic: {found.automatic.value}")
    if (fate := _about_problems(office, session, plans, row, found)) is not None:
        return fate
    with session.no_autoflush:  # nothing that is written here is looked up here: all of it is written at the end
        request = _request(office, session, plans, found)
        if request is None:
            return _about_nothing(office, session, plans, row, found)
        row.text = new_text(found.text, partial(_letters_behind, session, request, found))
        row.plan_id, row.request_id, row.unit = request.plan_id, request.id, request.unit
        if found.authentication is Authentication.FAIL:
            return _hold(office, session, row, request, "failed_authentication", found.sender or "")
        plan = plan_of(session.get_one(PlanRow, request.plan_id))
        heir = plan.heir_of(request.unit, office.clock.now().date()).id
        if unit_of(session, plan, found.sender, office.clock.now()) not in (request.unit, heir):
            return _hold(office, session, row, request, "unknown_sender", f"{found.sender}: {row.text}")
        if request.kind is RequestKind.OPINION:
            return _opinion(office, session, row, request, found)
    return _other(office, session, row, request, found)


def _other(office: Office, session: Session, row: MessageRow, request: RequestRow, found: Incoming) -> _Fate:
    """A reply to a request that is no consultation."""
    text, reader = row.text or "", READERS.get(request.kind)
    reply = Reply(text, found.sender or "", source_of(row), found, _may_confirm(office, session, request, found))
    if reader is None or not reader(office, session, request, reply):
        return _hold(office, session, row, request, "unclear_reply", text)
    return _RECORDED


def _about_problems(
    office: Office, session: Session, plans: Sequence[PlanRow], row: MessageRow, found: Incoming
) -> _Fate | None:
    """A problem told by mail, or the head's word about problems told to him; None when it is about neither."""
    if found.authentication is Authentication.FAIL:
        return None
    now = office.clock.now()
    is_for_problems = office.stationery.replies.for_problems in found.recipients
    for plan in map(plan_of, plans):
        is_from_head = reads_for_head(plan, found.sender, now)
        unit = unit_of(session, plan, found.sender, now) if is_for_problems else None
        if not is_from_head and unit is None:
            continue
        text = new_text(found.text, partial(_words, session, LetterRow.message_id.in_(found.thread)))
        if is_from_head and heard_from_head(session, plan, found, text, now):
            row.plan_id, row.text = plan.id, text
            return _RECORDED
        if unit is not None:
            row.plan_id, row.unit, row.text = plan.id, unit, text
            reported_by_mail(session, plan, unit, found, text, row.digest, now)
            return _RECORDED
    return None


def _opinion(office: Office, session: Session, row: MessageRow, request: RequestRow, found: Incoming) -> _Fate:
    text = row.text or ""
    asked = Asked.in_proposal(proposal_of(session, request.occurrence))
    match understand(text, asked):
        case Unclear(why=why):
            return _hold(office, session, row, request, "unclear_reply", text or why.value)
        case Understood(condition=None) as opinion if all(file.is_inline for file in found.attachments):
            answer = Answer(
                request=request.key,
                verdict=opinion.verdict,
                comment=opinion.comment,
                by=found.sender or "",
                channel=Channel.EMAIL,
                source=source_of(row),
            )
            try:
                record_in(session, office, request, answer, confirm=_may_confirm(office, session, request, found))
            except DondocError as refusal:
                return _hold(office, session, row, request, "unclear_reply", f"{text}\n({refusal})")
            return _RECORDED
        case Understood():
            return _hold(office, session, row, request, "conditional_reply", text)


CONFIRMATIONS = (CONFIRMATION, "claim_noted", "names_noted", "assignment_noted", "report_noted")
"""The letters that answer a reply at once."""

_ONE_AN_HOUR = timedelta(hours=1)

_CONTENT = select(MessageRow.content).where(MessageRow.id == bindparam("message"))
_CONFIRMED = select(LetterRow.id).where(
    LetterRow.request_id == bindparam("request"),
    LetterRow.kind.in_(CONFIRMATIONS),
    LetterRow.created_at > bindparam("since"),
)
"""They run for each message, so they are built once: that takes longer than what they do."""


def _may_confirm(office: Office, session: Session, request: RequestRow, found: Incoming) -> bool:
    """Whether a confirmation cannot start a loop: at most one an hour, and none to who asks for none (RFC 3834, 2)."""
    if not found.auto_response_wanted:
        return False
    since = office.clock.now() - _ONE_AN_HOUR
    return session.scalar(_CONFIRMED, {"request": request.id, "since": since}) is None


def source_of(row: MessageRow) -> str:
    """What makes the answer in a message one of a kind."""
    return f"message/{row.digest}"


def unit_of(session: Session, plan: Plan, sender: str | None, now: datetime) -> UnitId | None:
    """The unit for which `sender` may speak that day: a contact, a secretary, an address that the head confirmed."""
    if sender is None:
        return None
    address = sender.lower()
    for unit, contact in plan.contacts_at(address):
        if contact.holds_on(now.date()):
            return unit.unit_id
    alias = session.get(AliasRow, (plan.id, address))
    return UnitId(alias.unit) if alias else None


def _request(office: Office, session: Session, plans: Iterable[PlanRow], found: Incoming) -> RequestRow | None:
    """Which request it answers: by the address it was sent to, by its thread, or because its sender owes only one."""
    for address in found.recipients:
        if (number := office.stationery.replies.number_in(address)) is not None:
            request = locked_request(session, number)
            if request is None or not was_restored_before(session, request.asked_at):
                return request
            # In the time that a restore lost, another request may have had the number: its letter tells.
    for letter in _letters(session, found.thread):
        if letter.request_id is not None:
            return locked_request(session, letter.request_id)
    owed = [
        request.id
        for plan_row in plans
        if (unit := unit_of(session, plan_of(plan_row), found.sender, office.clock.now())) is not None
        for request in session.scalars(
            select(RequestRow).where(
                RequestRow.plan_id == plan_row.id, RequestRow.unit == unit, RequestRow.state == RequestState.OPEN
            )
        )
    ]
    return locked_request(session, owed[0]) if len(owed) == 1 else None


def _letters(session: Session, ids: Sequence[str]) -> Iterable[LetterRow]:
    return session.scalars(select(LetterRow).where(LetterRow.message_id.in_(ids)).order_by(LetterRow.id))


def _letters_behind(session: Session, request: RequestRow, found: Incoming) -> str:
    """The words of the letters that the message may quote."""
    latest = select(LetterRow.id).where(LetterRow.request_id == request.id).order_by(LetterRow.id.desc()).limit(3)
    return _words(session, or_(LetterRow.message_id.in_(found.thread), LetterRow.id.in_(latest)))


def _words(session: Session, which: ColumnElement[bool]) -> str:
    """Letters of ours as text: subject, plain text, HTML."""
    rows = session.execute(select(LetterRow.subject, LetterRow.content).where(which).order_by(LetterRow.id)).tuples()
    return "\n".join("\n".join((subject, *_forms(content))) for subject, content in rows)


def _forms(content: bytes) -> Iterator[str]:
    letter = cast("EmailMessage", message_from_bytes(content, EmailMessage, policy=LETTER))
    if (text := letter.get_body(("plain",))) is not None:
        yield text.get_content()
    if (html := letter.get_body(("html",))) is not None:
        yield html_text(html.get_content())


def _report(office: Office, session: Session, found: Incoming) -> _Fate:
    """A delivery report: a hard bounce of one of our letters stops letters to that address (scenario 15)."""
    letter = _letter_reported(office, session, found)
    if letter is None or found.bounce is None:
        return _Fate(MessageState.IGNORED, "automatic: a report about no letter of ours")
    now = office.clock.now()
    hard = [f for f in found.bounce.failed if f.failure is Failure.PERMANENT]
    mine = [f for f in hard if f.address.lower() == letter.address.lower()] or (hard if len(hard) == 1 else [])
    if not mine:
        return _Fate(MessageState.IGNORED, "automatic: not a permanent failure")
    reason = " ".join(filter(None, (mine[0].status, mine[0].diagnostic))) or "returned as undeliverable"
    session.merge(SuppressionRow(address=letter.address, since=now, reason=reason))
    letter.note = f"returned: {reason}"
    if letter.state is LetterState.SENT:
        letter.state, letter.sent_at, letter.settled_at = LetterState.FAILED, None, now
    note(
        session,
        letter.plan_id,
        now,
        "letter.returned",
        occurrence=letter.occurrence,
        unit=letter.addressee,
        old=letter.key,
        detail=f"{letter.address}: {reason}",
    )
    raise_problem(
        session,
        letter.plan_id,
        now,
        f"letter_failed/{letter.key}",
        kind="letter_failed",
        detail=f"“{letter.subject}” to {letter.address}: {reason}",
        occurrence=letter.occurrence,
        unit=letter.addressee,
    )
    return _RECORDED


def _letter_reported(office: Office, session: Session, found: Incoming) -> LetterRow | None:
    if office.bounces is not None:
        for address in found.recipients:
            if (number := office.bounces.number_in(address)) is not None:
                letter = session.get(LetterRow, number)
                if letter is None or not was_restored_before(session, letter.created_at):
                    return letter
    ids = [found.bounce.message_id] if found.bounce and found.bounce.message_id else []
    return next(iter(_letters(session, [*ids, *found.thread])), None)


def _about_nothing(
    office: Office, session: Session, plans: Iterable[PlanRow], row: MessageRow, found: Incoming
) -> _Fate:
    """Mail that answers no request: from a unit it is for the head to read, from strangers it concerns nobody."""
    now = office.clock.now()
    for plan_row in plans:
        unit = unit_of(session, plan_of(plan_row), found.sender, now)
        if unit is not None:
            row.plan_id, row.unit, row.text = plan_row.id, unit, new_text(found.text)
            _raise(session, row, None, "unmatched_mail", f"{found.subject}\n{row.text}", now)
            return _Fate(MessageState.HELD, "unmatched_mail")
    return _Fate(MessageState.IGNORED, "from nobody we know, about nothing we asked")


def _hold(office: Office, session: Session, row: MessageRow, request: RequestRow, kind: str, detail: str) -> _Fate:
    """Keep it for the head; until it is read, its unit is not reminded, for it did write."""
    now = office.clock.now()
    if request.state is RequestState.OPEN and kind in ("unclear_reply", "conditional_reply"):
        request.held_at = now
    _raise(session, row, request, kind, detail, now)
    note(
        session,
        request.plan_id,
        now,
        "reply.held",
        occurrence=request.occurrence.key,
        unit=request.unit,
        by=Actor(row.sender or "unknown", Channel.EMAIL),
        new=kind,
        detail=detail,
    )
    return _Fate(MessageState.HELD, kind)


def _raise(
    session: Session, row: MessageRow, request: RequestRow | None, kind: str, detail: str, now: datetime
) -> None:
    assert row.plan_id is not None  # noqa: S101 - whoever holds a message knows its plan
    raise_problem(
        session,
        row.plan_id,
        now,
        f"{kind}/{request.occurrence.key if request else '-'}/{row.unit}/{row.id}",
        kind=kind,
        detail=detail.strip()[:5000],
        severity=Severity.NORMAL,
        occurrence=request.occurrence.key if request else None,
        unit=row.unit,
        by=Actor(row.sender or "unknown", Channel.EMAIL),
    )


def _list_attachments(session: Session, row: MessageRow, found: Incoming) -> None:
    for number, file in enumerate(found.attachments, 1):
        session.add(
            AttachmentRow(
                message_id=row.id,
                number=number,
                name=file.name[:255],
                type=file.kind,
                size=file.size,
                refused=file.refused.value if file.refused else None,
            )
        )
