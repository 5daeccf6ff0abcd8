"""Removing personal data whose time is over: what was done stays on record, who it concerned does not.

Two terms: one for those who took part (names, telephone numbers), one for mail (letters, answers, addresses, links).
The books and receipts, which the law on accounting has kept for longer, are not touched; nor is the plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Delete, Text, Update, and_, cast, delete, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from dondoc.domain.states import LetterState, MessageState, ProblemState
from dondoc.services.forget_names import forget_names, names_to_forget
from dondoc.services.office import Office
from dondoc.store.history import Actor, note
from dondoc.store.queries import active_plans
from dondoc.store.tables import (
    AliasRow,
    AttachmentRow,
    HistoryRow,
    LetterContentRow,
    LetterRow,
    LinkRow,
    MessageRow,
    ProblemRow,
    ResponseRow,
    Row,
    SuppressionRow,
)
from dondoc.store.tables_access import SignInRow, StayRow
from dondoc.store.tables_money import ClaimRow
from dondoc.store.tables_people import NameListRow
from dondoc.store.tables_restores import FoundLetterRow, RestoreRow
from dondoc.store.tables_work import AcceptanceRow, ProgressRow, ReportRow, WorkFileRow

REMOVED: Final = "(đã xóa)"
_ADDRESS = re.compile(r"[^\s<>()\"“”:;,]+@[^\s<>()\"“”:;,]+[^\s<>()\"“”:;,.]")
_TOLD_BY_MAIL = (
    "unclear_reply",
    "conditional_reply",
    "unknown_sender",
    "unmatched_mail",
    "failed_authentication",
    "conflict",
    "reported",
)
"""Kinds of problems whose detail is what somebody wrote."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Before which moments what is known of people is to go."""

    names: datetime
    mail: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """One kind of data: how many rows hold, or held, something of it that is too old."""

    what: str
    before: datetime
    rows: int


def prune(office: Office, terms: Terms, by: Actor, *, really: bool) -> tuple[Pruned, ...]:
    """Count what is too old and, `really`, remove it, each kind in a transaction of its own.

    Doing it twice removes nothing more; a run that is killed is taken up by the next.
    """
    done = tuple(Pruned(each.what, each.before(terms), _do(office, each, terms, really=really)) for each in _EVERYTHING)
    if really and any(each.rows for each in done):
        said = ", ".join(f"{each.what}: {each.rows}" for each in done if each.rows)
        with office.sessions.writing() as session:
            for plan in active_plans(session):
                note(session, plan.id, office.clock.now(), "record.pruned", by=by, detail=said)
    return done


@dataclass(frozen=True, slots=True)
class _Kind:
    what: str
    before: Callable[[Terms], datetime]
    count: Callable[[Session, datetime], int]
    remove: Callable[[Session, datetime], object]


def _do(office: Office, kind: _Kind, terms: Terms, *, really: bool) -> int:
    before = kind.before(terms)
    with office.sessions.reading() as session:
        count = kind.count(session, before)
    if really and count:
        with office.sessions.writing() as session:
            kind.remove(session, before)
    return count


def _mail(what: str, of: type[Row], too_old: Callable[[datetime], ColumnElement[bool]], how: Update | Delete) -> _Kind:
    """Rows that one statement empties, or takes away."""
    return _Kind(
        what,
        lambda terms: terms.mail,
        lambda session, before: session.scalar(select(func.count()).select_from(of).where(too_old(before))) or 0,
        lambda session, before: session.execute(how.where(too_old(before))),
    )


def _without_addresses(
    what: str,
    of: type[Row],
    at: InstrumentedAttribute[datetime],
    *columns: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
) -> _Kind:
    """Rows that stay, with every mail address in them taken out."""

    def too_old(before: datetime) -> ColumnElement[bool]:
        return and_(at < before, or_(*(column.contains("@") for column in columns)))

    def remove(session: Session, before: datetime) -> None:
        for row in session.scalars(select(of).where(too_old(before))):
            for column in columns:
                if (text := getattr(row, column.key)) is not None:
                    setattr(row, column.key, without_addresses(text))

    return _Kind(
        what,
        lambda terms: terms.mail,
        lambda session, before: session.scalar(select(func.count()).select_from(of).where(too_old(before))) or 0,
        remove,
    )


def without_addresses(text: str) -> str:
    """The text with each mail address replaced, and no "@" left in it."""
    return _ADDRESS.sub(REMOVED, text).replace("@", " ")


def _count_names(session: Session, before: datetime) -> int:
    return sum(names_to_forget(session, before).values())


def _remove_names(session: Session, before: datetime) -> None:
    for occurrence in names_to_forget(session, before):
        forget_names(session, occurrence)


def _old_letters(before: datetime) -> ColumnElement[bool]:
    settled = LetterRow.state.not_in((LetterState.QUEUED, LetterState.SENDING, LetterState.UNKNOWN))
    return and_(LetterRow.created_at < before, settled, LetterRow.address != "")


def _count_letters(session: Session, before: datetime) -> int:
    return session.scalar(select(func.count()).select_from(LetterRow).where(_old_letters(before))) or 0


def _remove_letters(session: Session, before: datetime) -> None:
    old = select(LetterRow.id).where(_old_letters(before))
    session.execute(delete(LetterContentRow).where(LetterContentRow.letter_id.in_(old)))
    session.execute(update(LetterRow).where(_old_letters(before)).values(address="", note=None))


def _old_messages(before: datetime) -> ColumnElement[bool]:
    settled = MessageRow.state.not_in((MessageState.NEW, MessageState.HELD))
    return and_(MessageRow.fetched_at < before, settled, MessageRow.content != b"")


def _old_files(_before: datetime) -> ColumnElement[bool]:
    """Those of messages that were emptied."""
    of_old = exists().where(MessageRow.id == AttachmentRow.message_id, MessageRow.content == b"")
    return and_(of_old, AttachmentRow.name != "")


def _old_links(before: datetime) -> ColumnElement[bool]:
    return and_(LinkRow.expires_at < before, LinkRow.address.contains("@"))


def _old_words(before: datetime) -> ColumnElement[bool]:
    told = ProblemRow.kind.in_(_TOLD_BY_MAIL), ProblemRow.detail != ""
    return and_(ProblemRow.raised_at < before, ProblemRow.state == ProblemState.RESOLVED, *told)


def _old_words_in_history(before: datetime) -> ColumnElement[bool]:
    events = or_(
        HistoryRow.event == "reply.held",
        and_(HistoryRow.event == "problem.raised", or_(*(HistoryRow.new.startswith(f"{k}/") for k in _TOLD_BY_MAIL))),
    )
    return and_(HistoryRow.at < before, events, HistoryRow.detail != "")


def _old_finds(before: datetime) -> ColumnElement[bool]:
    return and_(FoundLetterRow.sent_at < before, ~exists().where(RestoreRow.ended_at.is_(None)))


_EVERYTHING: Sequence[_Kind] = (
    _Kind("people on lists and in roll-calls", lambda terms: terms.names, _count_names, _remove_names),
    _Kind("letters", lambda terms: terms.mail, _count_letters, _remove_letters),
    _mail(
        "messages",
        MessageRow,
        _old_messages,
        update(MessageRow).values(content=b"", sender=None, subject=None, text=None),
    ),
    _mail("names of files", AttachmentRow, _old_files, update(AttachmentRow).values(name="")),
    _mail("links", LinkRow, _old_links, update(LinkRow).values(address=REMOVED + cast(LinkRow.id, Text))),
    _mail("problems told by mail", ProblemRow, _old_words, update(ProblemRow).values(detail="")),
    _mail("their words in the history", HistoryRow, _old_words_in_history, update(HistoryRow).values(detail="")),
    _mail("letters found", FoundLetterRow, _old_finds, delete(FoundLetterRow)),
    _mail("links to sign in", SignInRow, lambda before: SignInRow.expires_at < before, delete(SignInRow)),
    _mail("who was signed in", StayRow, lambda before: StayRow.expires_at < before, delete(StayRow)),
    _mail("refused addresses", SuppressionRow, lambda before: SuppressionRow.since < before, delete(SuppressionRow)),
    _mail("confirmed senders", AliasRow, lambda before: AliasRow.confirmed_at < before, delete(AliasRow)),
    _without_addresses("addresses in problems", ProblemRow, ProblemRow.raised_at, ProblemRow.detail),
    _without_addresses(
        "addresses in the history",
        HistoryRow,
        HistoryRow.at,
        HistoryRow.who,
        HistoryRow.old,
        HistoryRow.new,
        HistoryRow.detail,
    ),
    _without_addresses("who answered", ResponseRow, ResponseRow.received_at, ResponseRow.by, ResponseRow.evidence),
    _without_addresses("who gave names", NameListRow, NameListRow.received_at, NameListRow.by, NameListRow.evidence),
    _without_addresses("who took work on", AcceptanceRow, AcceptanceRow.received_at, AcceptanceRow.by),
    _without_addresses("who told of progress", ProgressRow, ProgressRow.recorded_at, ProgressRow.by),
    _without_addresses("who reported", ReportRow, ReportRow.received_at, ReportRow.by),
    _without_addresses("who sent files", WorkFileRow, WorkFileRow.received_at, WorkFileRow.by),
    _without_addresses("who said to have paid", ClaimRow, ClaimRow.received_at, ClaimRow.by, ClaimRow.note),
)
