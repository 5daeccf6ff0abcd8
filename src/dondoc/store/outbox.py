"""The outbox: letters are claimed in short transactions, sent with none open, and settled one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    Table,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import RequestKey
from dondoc.domain.states import LetterState, RequestState
from dondoc.store.life import rests
from dondoc.store.restores import found_letters, may_have_left
from dondoc.store.tables import LetterContentRow, LetterRow, OccurrenceRow, PauseRow, RequestRow, SuppressionRow
from dondoc.store.tables_access import SIGN_IN, SIGN_IN_LIFE
from dondoc.store.tables_restores import FoundLetterRow

LEASE = timedelta(minutes=15)
"""How long a claimed letter belongs to its run; and how long it may be on its way before its fate counts as unknown."""

FEW = 20
"""Fewer letters than these, which is what a cluster sends at a time, are marked as if every one were the last."""

LONGEST_WAIT = timedelta(hours=6)
"""No letter waits longer for its next attempt; one that seems to was put off when the clock was ahead."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What a letter is from its writing to its leaving."""

    plan_id: str
    key: str
    kind: str
    addressee: str
    address: str
    occurrence: str | None
    subject: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Posted(_Letter):
    """A letter as it enters the outbox."""

    request_id: int | None = None
    asking: int | None = None
    only_while_open: bool = False
    withheld: str | None = None
    """Why it is not to be sent at all; it is kept all the same, so that the record shows it."""


def known_keys(session: Session, plan_id: str, keys: Iterable[str]) -> set[str]:
    """Which of `keys` have a letter already."""
    return set(
        session.scalars(select(LetterRow.key).where(LetterRow.plan_id == plan_id, LetterRow.key.in_(list(keys))))
    )


def last_key(session: Session, plan_id: str, kind: str) -> str | None:
    """The greatest key among a plan's letters of a kind: where keys end in a day, the latest."""
    return session.scalar(select(func.max(LetterRow.key)).where(LetterRow.plan_id == plan_id, LetterRow.kind == kind))


def suppressed(session: Session, addresses: Iterable[str]) -> dict[str, str]:
    """Which of `addresses` get no more letters, and why."""
    rows = session.scalars(select(SuppressionRow).where(SuppressionRow.address.in_(list(addresses))))
    return {row.address: row.reason for row in rows}


def enqueue(session: Session, letters: Sequence[Posted], now: datetime) -> int:
    """Queue the letters whose key is new; return how many were.

    One that left before the record was put back from a backup is kept as sent.
    """
    fresh: list[dict[str, Any]] = []
    found = found_letters(session, (letter.message_id for letter in letters))
    for plan_id in {letter.plan_id for letter in letters}:
        mine = [letter for letter in letters if letter.plan_id == plan_id]
        known = known_keys(session, plan_id, (letter.key for letter in mine))
        fresh += [_row(letter, now, found.get(letter.message_id)) for letter in mine if letter.key not in known]
    if fresh:
        contents = [row.pop("content") for row in fresh]
        numbers = session.scalars(insert(LetterRow).returning(LetterRow.id, sort_by_parameter_order=True), fresh)
        session.execute(
            insert(LetterContentRow),
            [{"letter_id": number, "content": each} for number, each in zip(numbers, contents, strict=True)],
        )
    return len(fresh)


def _row(letter: Posted, now: datetime, found: FoundLetterRow | None) -> dict[str, Any]:
    state = LetterState.SENT if found else LetterState.WITHDRAWN if letter.withheld else LetterState.QUEUED
    return {
        "plan_id": letter.plan_id,
        "key": letter.key,
        "kind": letter.kind,
        "addressee": letter.addressee,
        "address": letter.address,
        "occurrence": letter.occurrence,
        "subject": letter.subject,
        "message_id": letter.message_id,
        "content": letter.content,
        "request_id": letter.request_id,
        "asking": letter.asking,
        "only_while_open": letter.only_while_open,
        "state": state,
        "created_at": now,
        "not_before": now,
        "attempts": 0,
        "settled_at": None if state is LetterState.QUEUED else now,
        "sent_at": found.sent_at if found else None,
        "note": f"it had left before: found in {found.place}" if found else letter.withheld,
    }


def is_untidy(session: Session, now: datetime, boot: str | None, among: Collection[int] | None = None) -> bool:
    """Whether any letter, or any with a number `among` some, is to be withdrawn, or given up."""
    these = () if among is None else (LetterRow.id.in_(among),)
    untidy = (_settled(), _stale(now), _expired(now, boot))
    return bool(session.scalar(select(or_(*(exists().where(*these, *which) for which in untidy)))))


def _settled() -> tuple[ColumnExpressionArgument[bool], ...]:
    return (
        RequestRow.id == LetterRow.request_id,
        LetterRow.state == LetterState.QUEUED,
        LetterRow.only_while_open,
        (RequestRow.state != RequestState.OPEN) | (RequestRow.asking != LetterRow.asking),
    )


def _stale(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        LetterRow.state == LetterState.QUEUED,
        LetterRow.kind == SIGN_IN,
        LetterRow.created_at <= now - SIGN_IN_LIFE,
    )


def _expired(now: datetime, boot: str | None) -> tuple[ColumnElement[bool], ...]:
    """Whose run vanished: its lease is over, or the machine stopped, and with it went any mark that was not synced."""
    went_with_the_machine = LetterRow.claimed_boot.is_not(None) & LetterRow.claimed_boot.is_distinct_from(boot)
    return (
        LetterRow.state.in_((LetterState.QUEUED, LetterState.SENDING)),
        went_with_the_machine | ((LetterRow.state == LetterState.SENDING) & (LetterRow.claimed_until <= now)),
    )


def being_told(session: Session, occurrence: OccurrenceRow, now: datetime) -> frozenset[RequestKey]:
    """The open requests about which a letter that chases or asks has still to leave, or has left only today."""
    morning = local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = and_(LetterRow.sent_at >= morning, LetterRow.sent_at < morning + timedelta(days=1))
    keys = session.scalars(
        select(RequestRow.key)
        .join(LetterRow, LetterRow.request_id == RequestRow.id)
        .where(
            RequestRow.occurrence_id == occurrence.id,
            RequestRow.state == RequestState.OPEN,
            LetterRow.asking == RequestRow.asking,
            LetterRow.only_while_open,
            or_(LetterRow.state.in_((LetterState.QUEUED, LetterState.SENDING)), today),
        )
    )
    return frozenset(map(RequestKey, keys))


def withdraw_settled(session: Session, now: datetime) -> Sequence[LetterRow]:
    """Withdraw queued letters whose request was answered, or asked anew, since they were written."""
    rows = session.scalars(
        select(LetterRow)
        .join(RequestRow, RequestRow.id == LetterRow.request_id)
        .where(*_settled())
        .order_by(LetterRow.id)
        .with_for_update(skip_locked=True, of=LetterRow)
    ).all()
    return _withdraw(rows, now, "not sent, because it was settled before")


def withdraw_stale(session: Session, now: datetime) -> Sequence[LetterRow]:
    """Withdraw queued letters whose one-time link has ended meanwhile: whoever asked for it asks again."""
    rows = session.scalars(
        select(LetterRow).where(*_stale(now)).order_by(LetterRow.id).with_for_update(skip_locked=True)
    ).all()
    return _withdraw(rows, now, "not sent, because its link has ended")


def _withdraw(rows: Sequence[LetterRow], now: datetime, why: str) -> Sequence[LetterRow]:
    for row in rows:
        row.state, row.claimed_boot, row.settled_at, row.note = LetterState.WITHDRAWN, None, now, why
    return rows


def expire(session: Session, now: datetime, boot: str | None) -> Sequence[LetterRow]:
    """Mark as unknown the letters whose sender vanished while they were, or may have been, on their way."""
    rows = session.scalars(
        select(LetterRow).where(*_expired(now, boot)).order_by(LetterRow.id).with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state, row.claimed_until, row.claimed_boot, row.settled_at = LetterState.UNKNOWN, None, None, now
        row.note = "the run that was sending it ended without saying how; it may have arrived"
    return rows


def due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which letters may leave, for a query about letters.

    Letters about an activity that is paused stay where they are, however long ago they were written (scenario 30);
    so do, after a restore, those that may have left before.
    """
    is_time = or_(LetterRow.not_before <= now, LetterRow.not_before > now + LONGEST_WAIT)
    return (LetterRow.state == LetterState.QUEUED, is_time, ~rests(), ~may_have_left())


@dataclass(frozen=True, slots=True)
class Claimed(_Letter):
    """A letter that a run has taken, as it is to leave."""

    id: int


_CLAIMED = tuple(getattr(LetterRow, each.name) for each in fields(Claimed))


def claimed(session: Session, message_id: str) -> Claimed:
    """One that is on its way, or was."""
    return Claimed(*session.execute(select(*_CLAIMED).where(LetterRow.message_id == message_id)).one())


def claim(session: Session, now: datetime, limit: int, boot: str | None) -> tuple[Sequence[Claimed], bool]:
    """Take up to `limit` letters that are due, oldest first; nobody else gets them while the lease runs.

    They stay queued until they are begun: those that a run leaves behind come back by themselves. The second thing
    that it returns is whether each mark on them must be synced. It need not where they are many and the record can
    say in which `boot` of the machine they were taken: when the machine stops, all of them are in doubt (`expire`).
    """
    found = session.execute(
        select(*_CLAIMED)
        .where(*due(now))
        .order_by(LetterRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=LetterRow)
    )
    letters = [Claimed(*row) for row in found]
    synced = boot is None or len(letters) < FEW
    taken = [{"letter": each.id, "until": now + LEASE, "boot": None if synced else boot} for each in letters]
    if taken:
        session.connection().execute(_TAKE, taken)
    return letters, synced


_LETTERS = cast("Table", LetterRow.__table__)
_TAKE = (
    update(_LETTERS)
    .where(_LETTERS.c.id == bindparam("letter"))
    .values(not_before=bindparam("until"), claimed_boot=bindparam("boot"))
)


def paused_until(session: Session, account: str, now: datetime) -> datetime | None:
    """Until when the mail account must rest, if it must."""
    row = session.get(PauseRow, account)
    return row.until if row is not None and row.until > now else None


def pause(session: Session, account: str, until: datetime, reason: str) -> None:
    session.merge(PauseRow(account=account, until=until, reason=reason))
