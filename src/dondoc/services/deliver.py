"""Draining the outbox: claim, send, settle. No transaction is open while SMTP talks.

A letter whose outcome is not known stays `unknown` until a person says what became of it: between the server's
answer and our record there is a gap that one side alone cannot close (RFC 1047).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from logging import INFO, WARNING
from time import monotonic, process_time
from typing import assert_never

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import Clock
from dondoc.domain.states import LetterState, Severity
from dondoc.errors import Refused, Unreadable
from dondoc.log import say
from dondoc.mail.transport import Accepted, Deferred, Outcome, Rejected, Transport, Uncertain
from dondoc.services.batch import Batch, Share, together
from dondoc.store import outbox
from dondoc.store.database import Sessions, happened
from dondoc.store.history import Actor, note, raise_problem, resolve_problem
from dondoc.store.marks import Marks
from dondoc.store.outbox import Claimed
from dondoc.store.runs import completed
from dondoc.store.tables import LetterRow, SuppressionRow
from dondoc.store.tables_runs import Work

GIVE_UP_AFTER = timedelta(days=3)
PAUSE = timedelta(minutes=15)
SHORT_PAUSE = timedelta(minutes=1)
"""For a server that does not answer at all: it may only be starting."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one draining did; `stopped` says why it ended early, if it did."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    unknown: int = 0
    withdrawn: int = 0
    waiting: int = 0
    stopped: str | None = None


def deliver(
    sessions: Sessions,
    transport: Transport,
    clock: Clock,
    *,
    account: str,
    sender: Callable[[int], str],
    on_sent: Callable[[Claimed], object] = lambda _: None,
    counts: bool = True,
) -> Delivered:
    """Send every letter that is due, in batches over the transport's kept connections.

    `account` names the mail account that pauses when its server refuses us; `sender` gives the envelope sender
    of a letter's number. Running it twice at once is safe: a claimed letter belongs to one run. `counts`: whether
    this is the delivery that must happen again and again, and is missed otherwise.
    """
    done = _tidied(sessions, Delivered(), clock.now())
    share = Share()
    while True:
        now = clock.now()
        with sessions.reading() as session:
            until = outbox.paused_until(session, account, now)
        if until is not None and until <= now + PAUSE:  # a longer rest is of a clock that was ahead
            done = replace(done, stopped=f"the mail account {account} rests until {until.astimezone(now.tzinfo)}")
            break
        with sessions.sharing() as session:
            rows, synced = outbox.claim(session, now, share.letters, sessions.boot)
        if not rows:
            break
        began, worked = monotonic(), process_time()
        done = _tidied(sessions, done, now, [row.id for row in rows])
        with sessions.marking(synced=synced) as connection:
            batch = Batch(Marks(connection), clock, sender, rows, share)
            for known in together(transport, batch):
                settled = [(batch.claimed[envelope.message_id], outcome) for envelope, outcome in known]
                done = _settle(sessions, batch, settled, done, clock.now(), account)
                for row, outcome in settled:
                    if isinstance(outcome, Accepted):
                        on_sent(row)
        if done.stopped:
            break
        took, worked = monotonic() - began, process_time() - worked
        share = share.next(transport, len(rows) / took, 1 - worked / took)
    with sessions.reading() as session:
        waiting = session.scalar(
            select(func.count()).select_from(LetterRow).where(LetterRow.state == LetterState.QUEUED)
        )
    done = replace(done, waiting=waiting or 0)
    if done.stopped is not None:
        say("delivery.stopped", level=WARNING, reason=done.stopped, waiting=done.waiting)
        return done
    if not counts:
        return done
    with sessions.writing() as session:
        did = {name: count for name, count in asdict(done).items() if name != "stopped"}
        completed(session, Work.DELIVERY, clock.now(), **did)
    return done


def letters_wait(sessions: Sessions) -> bool:
    """Whether any letter has still to leave, be it due or not, or is on its way."""
    with sessions.reading() as session:
        on_the_way = LetterRow.state.in_((LetterState.QUEUED, LetterState.SENDING))
        return session.scalar(select(LetterRow.id).where(on_the_way).limit(1)) is not None


def _tidied(sessions: Sessions, done: Delivered, now: datetime, among: Collection[int] | None = None) -> Delivered:
    """Settle what the last run left on the way, and withdraw what no longer needs saying, if any is `among` these."""
    with sessions.reading() as session:
        if not outbox.is_untidy(session, now, sessions.boot, among):
            return done
    with sessions.writing() as session:
        expired = outbox.expire(session, now, sessions.boot)
        for row in expired:
            _problem(session, row, now, "letter_unknown", f"“{row.subject}” to {row.address}: {row.note}")
        withdrawn = [*outbox.withdraw_settled(session, now), *outbox.withdraw_stale(session, now)]
        for row in withdrawn:
            _say(session, row, now, "letter.withdrawn")
    return replace(done, unknown=done.unknown + len(expired), withdrawn=done.withdrawn + len(withdrawn))


def _settle(
    sessions: Sessions,
    batch: Batch,
    settled: Sequence[tuple[Claimed, Outcome]],
    done: Delivered,
    now: datetime,
    account: str,
) -> Delivered:
    """Record what became of letters; when all were taken, as nearly always, with one light mark."""
    taken = {row.id: outcome.response for row, outcome in settled if isinstance(outcome, Accepted)}
    if len(taken) == len(settled) and batch.settle(taken):
        for row, _ in settled:
            say("letter.sent", level=INFO, **_about(row))
        return replace(done, sent=done.sent + len(taken))
    with sessions.writing() as session:
        for row, outcome in settled:
            done = _settle_one(session, row.id, outcome, done, now, account)
    return done


def _settle_one(
    session: Session, letter: int, outcome: Outcome, done: Delivered, now: datetime, account: str
) -> Delivered:
    row = session.get_one(LetterRow, letter)
    row.claimed_until = row.claimed_boot = None
    if row.state is LetterState.UNKNOWN and not isinstance(outcome, Uncertain):
        # It took so long that another run gave it up; now its fate is known after all.
        resolve_problem(session, row.plan_id, now, f"letter_unknown/{row.key}")
        row.settled_at = None
    match outcome:
        case Accepted(response):
            row.state, row.sent_at, row.settled_at, row.note = LetterState.SENT, now, now, response
            _log(session, row, "letter.sent")
            return replace(done, sent=done.sent + 1)
        case Deferred(code=code, reason=reason, channel=True):
            row.state, row.note, row.attempts, row.not_before = LetterState.QUEUED, reason, row.attempts - 1, now
            outbox.pause(session, account, now + (PAUSE if code else SHORT_PAUSE), reason)
            _log(session, row, "letter.deferred", reason)
            return replace(done, deferred=done.deferred + 1, stopped=reason)
        case Deferred(reason=reason) if now - row.created_at < GIVE_UP_AFTER:
            row.state, row.note = LetterState.QUEUED, reason
            row.not_before = now + backoff(row.attempts, row.key)
            _log(session, row, "letter.deferred", reason)
            return replace(done, deferred=done.deferred + 1)
        case Deferred(reason=reason):
            reason = f"given up after {GIVE_UP_AFTER.days} days: {reason}"
            _fail(session, row, now, reason)
            return replace(done, failed=done.failed + 1)
        case Rejected(code=code, reason=reason, bad_address=bad_address):
            _fail(session, row, now, f"{code} {reason}")
            if bad_address:
                session.merge(SuppressionRow(address=row.address, since=now, reason=reason))
            return replace(done, failed=done.failed + 1)
        case Uncertain(reason=reason):
            row.state, row.settled_at, row.note = LetterState.UNKNOWN, now, reason
            _log(session, row, "letter.unknown", reason)
            _problem(session, row, now, "letter_unknown", f"“{row.subject}” to {row.address}: {reason}")
            return replace(done, unknown=done.unknown + 1)
        case _:
            assert_never(outcome)


def backoff(attempts: int, key: str) -> timedelta:
    """5 minutes × 1.3ⁿ, spread by ± 20 % according to the key so that letters do not return all at once."""
    spread = 0.8 + 0.4 * hashlib.sha256(f"{key}/{attempts}".encode()).digest()[0] / 255
    return min(timedelta(minutes=5 * 1.3 ** (attempts - 1) * spread), outbox.LONGEST_WAIT)


def _fail(session: Session, row: LetterRow, now: datetime, reason: str) -> None:
    row.state, row.settled_at, row.note = LetterState.FAILED, now, reason
    _say(session, row, now, "letter.failed")
    _problem(session, row, now, "letter_failed", f"“{row.subject}” to {row.address}: {reason}")


def _problem(session: Session, row: LetterRow, now: datetime, kind: str, detail: str) -> None:
    raise_problem(
        session,
        row.plan_id,
        now,
        f"{kind}/{row.key}",
        kind=kind,
        detail=detail,
        severity=Severity.NORMAL,
        occurrence=row.occurrence,
        unit=row.addressee,
    )


def _log(session: Session, row: LetterRow, event: str, reason: str | None = None) -> None:
    """What became of a letter in one attempt; what stays so is history, and logged with it."""
    happened(session, event, **_about(row), reason=reason)


def _about(row: LetterRow | Claimed) -> dict[str, str | None]:
    return {"plan": row.plan_id, "occurrence": row.occurrence, "unit": row.addressee, "letter": row.key}


def _say(session: Session, row: LetterRow, now: datetime, event: str) -> None:
    note(
        session,
        row.plan_id,
        now,
        event,
        occurrence=row.occurrence,
        unit=row.addressee,
        new=row.key,
        detail=row.note or "",
    )


def settle_by_hand(sessions: Sessions, plan_id: str, key: str, *, arrived: bool, by: Actor, now: datetime) -> None:
    """Say what became of a letter that is `unknown` or `failed`: it arrived, or it is to be sent again.

    Raises Unreadable for an unknown key, Refused for a letter whose fate is known.
    """
    with sessions.writing() as session:
        row = session.scalar(select(LetterRow).where(LetterRow.plan_id == plan_id, LetterRow.key == key))
        if row is None:
            raise Unreadable(f"plan {plan_id} has no letter {key}")
        if row.state not in (LetterState.UNKNOWN, LetterState.FAILED):
            raise Refused(f"letter {key} is {row.state.value}: only an unknown or failed letter can be settled by hand")
        if not arrived and not row.address:
            raise Refused(f"letter {key} cannot be sent again: its text was removed when its time was over")
        note(
            session,
            plan_id,
            now,
            "letter.settled_by_hand",
            occurrence=row.occurrence,
            unit=row.addressee,
            by=by,
            old=row.state.value,
            new="sent" if arrived else "queued",
        )
        for kind in ("letter_unknown", "letter_failed"):
            resolve_problem(session, plan_id, now, f"{kind}/{key}", by=by)
        if arrived:
            row.state, row.sent_at, row.settled_at = LetterState.SENT, now, now
        else:
            row.state, row.settled_at, row.not_before, row.attempts = LetterState.QUEUED, None, now, 0
