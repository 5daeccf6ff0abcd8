"""Finding out what became of letters that the record cannot tell: after a restore, or after a run that was killed.

Letters of ours that are found among the mail that left count as sent, and are never sent again. What is not found
stays as it is until a person says what to do: it is put before the head, or sent, for it certainly did not leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.states import LetterState, Severity
from dondoc.errors import Refused
from dondoc.mail.sent import SentMail
from dondoc.services.office import Office
from dondoc.services.restored import RESTORED
from dondoc.store.history import Actor, note, raise_problem, resolve_problem
from dondoc.store.restores import found_letters, held_back, open_restore, outside_the_record
from dondoc.store.tables import LetterRow, ProblemRow
from dondoc.store.tables_restores import FoundLetterRow, RestoreRow

GRACE = timedelta(minutes=15)
"""How long a server may take to show a letter among those that left."""
_MARGIN = timedelta(days=1)
"""Folders are searched by the server's day."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known, and what is not."""

    restore: RestoreRow | None
    """After which letters are held back; None: none are."""
    looked_in: str | None
    """Where letters that left were looked for; None: nowhere, because nothing keeps them."""
    found: int
    """How many letters were seen just now to have left."""
    missing: Sequence[LetterRow]
    """Held back or unknown, and not found."""
    lost: Sequence[FoundLetterRow]
    """Left, but of what they are about nothing is recorded."""


def reconcile(office: Office, sent: SentMail | None, by: Actor) -> Standing:
    """Look for the letters that may have left. Raises Unreachable when the mail that left cannot be read."""
    if sent is not None:
        _look(office, sent)
    with office.sessions.writing() as session:
        found = _settle_found(session, office.clock.now(), by)
    with office.sessions.reading() as session:
        return Standing(
            open_restore(session),
            sent.place if sent else None,
            found,
            _unsettled(session),
            outside_the_record(session),
        )


def _look(office: Office, sent: SentMail) -> None:
    """Keep what left since the backup was made, or since the first letter whose fate is unknown was written."""
    with office.sessions.reading() as session:
        restore = open_restore(session)
        begun = [restore.taken_at] if restore else []
        begun += [row.created_at for row in _unsettled(session)[:1]]
    if not begun:
        return
    batch: dict[str, FoundLetterRow] = {}
    for left in sent.since((min(begun) - _MARGIN).date()):
        batch[left.message_id] = FoundLetterRow(
            message_id=left.message_id,
            sent_at=left.sent_at,
            address=left.address,
            subject=left.subject,
            place=sent.place,
        )
        if len(batch) == _AT_ONCE:
            _keep(office, batch)
            batch = {}
    _keep(office, batch)


def _keep(office: Office, batch: dict[str, FoundLetterRow]) -> None:
    """Letters that the record knows to have left need not be kept once more."""
    with office.sessions.writing() as session:
        known = set(found_letters(session, batch)) | set(
            session.scalars(
                select(LetterRow.message_id).where(
                    LetterRow.message_id.in_(list(batch)), LetterRow.state == LetterState.SENT
                )
            )
        )
        session.add_all(row for message_id, row in batch.items() if message_id not in known)


def _unsettled(session: Session) -> Sequence[LetterRow]:
    unknown = select(LetterRow).where(LetterRow.state == LetterState.UNKNOWN)
    return sorted([*held_back(session), *session.scalars(unknown)], key=lambda row: row.id)


def _settle_found(session: Session, now: datetime, by: Actor) -> int:
    rows = _unsettled(session)
    left = found_letters(session, (row.message_id for row in rows))
    for row in rows:
        if (found := left.get(row.message_id)) is not None:
            resolve_problem(session, row.plan_id, now, f"letter_unknown/{row.key}", by=by)
            row.state, row.sent_at, row.settled_at = LetterState.SENT, found.sent_at, now
            row.note = f"it had left: found in {found.place}"
            _say(session, row, now, by, "letter.found")
    return len(left)


def go_on(office: Office, missing: Literal["hold", "send"], by: Actor, *, complete: bool = False) -> int:
    """Let letters leave again; return how many were missing.

    Those that were not found are put before the head as unknown (`hold`), or sent (`send`), which needs a folder that
    is `complete`: whatever left is in it. Raises Refused when it is not.
    """
    if missing == "send" and not complete:
        raise Refused(
            "nothing keeps the letters that left, so it is not known which of these did: name the folder in "
            "DONDOC_SENT_FOLDER, or use `--go-on hold` and settle them one by one with `dondoc deliver`"
        )
    now = office.clock.now()
    with office.sessions.writing() as session:
        rows = [row for row in _unsettled(session) if missing == "hold" or _is_over(row, now)]
        for row in rows:
            _hold(session, row, now, by) if missing == "hold" else _send(session, row, now, by)
        for restore in session.scalars(select(RestoreRow).where(RestoreRow.ended_at.is_(None))):
            restore.ended_at, restore.ended_by = now, by.who
        for problem in session.scalars(select(ProblemRow).where(ProblemRow.kind == RESTORED)).all():
            resolve_problem(session, problem.plan_id, now, problem.key, by=by)
        return len(rows)


def _is_over(row: LetterRow, now: datetime) -> bool:
    """Whether a server would show the letter by now, if it had left."""
    return row.state is LetterState.QUEUED or row.settled_at is None or row.settled_at <= now - GRACE


def _hold(session: Session, row: LetterRow, now: datetime, by: Actor) -> None:
    if row.state is LetterState.UNKNOWN:
        return
    row.state, row.settled_at = LetterState.UNKNOWN, now
    row.note = "it may have left before the record was restored"
    raise_problem(
        session,
        row.plan_id,
        now,
        f"letter_unknown/{row.key}",
        kind="letter_unknown",
        detail=f"“{row.subject}” to {row.address}: {row.note}",
        severity=Severity.NORMAL,
        occurrence=row.occurrence,
        unit=row.addressee,
        by=by,
    )


def _send(session: Session, row: LetterRow, now: datetime, by: Actor) -> None:
    """The same bytes once more; of those held back nothing changes but that they may leave."""
    if row.state is LetterState.UNKNOWN:
        resolve_problem(session, row.plan_id, now, f"letter_unknown/{row.key}", by=by)
        row.state, row.settled_at, row.not_before, row.attempts = LetterState.QUEUED, None, now, 0
        _say(session, row, now, by, "letter.not_found")


def _say(session: Session, row: LetterRow, now: datetime, by: Actor, event: str) -> None:
    note(
        session,
        row.plan_id,
        now,
        event,
        occurrence=row.occurrence,
        unit=row.addressee,
        by=by,
        new=row.key,
        detail=row.note or "",
    )
