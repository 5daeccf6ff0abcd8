"""Signing in by a one-time link in a letter, and how long it lasts (decision 0015).

What somebody may do is read from the plans at every look, by the day: when it ends, so does the stay.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.authority import Capacity, capacities_of, holder_of
from dondoc.domain.states import Channel
from dondoc.mail.letters import PersonView
from dondoc.mail.letters_access import SignIn
from dondoc.services import views
from dondoc.services.office import Draft, Office
from dondoc.store.history import Actor, note
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.tables_access import SIGN_IN_LIFE, SignInRow, StayRow

IDLE: Final = timedelta(hours=24)
"""A stay ends when nobody looks for so long."""
LONGEST: Final = timedelta(days=7)
_WRITTEN: Final = timedelta(minutes=10)
"""How stale the note of the last look may be, because a look should not have to wait for those who write."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody who is signed in."""

    address: str
    seal: str
    """What every form of this stay carries; it follows from the cookie, so that it need not be kept."""
    parts: Mapping[str, frozenset[Capacity]]
    """In what capacities they act this day, by the id of the plan; newest year first, never empty."""


@dataclass(frozen=True, slots=True)
class Barred:
    """Why a one-time link does not let anybody in."""

    reason: str
    """`unknown`, `used`, `expired`, or `revoked` when its address has no part in any plan any more."""


def invite(office: Office, address: str) -> bool:
    """Write the letter that lets `address` in, if it is somebody's who may sign in this day; says whether it is.

    Whoever asks must not learn the answer: the page says the same to everybody.
    """
    now = office.clock.now()
    with office.sessions.writing() as session:
        session.execute(delete(SignInRow).where(SignInRow.expires_at < now - LONGEST))
        for row in active_plans(session):
            plan = plan_of(row)
            if (found := holder_of(plan, address, now.date())) is None:
                continue
            capacity, person = found
            token = secrets.token_urlsafe(32)
            until = now + SIGN_IN_LIFE
            session.add(SignInRow(digest=_digest(token), address=person.email, asked_at=now, expires_at=until))
            letter = SignIn(
                head=views.head(plan, now.date()),
                change_recipient_url=views.change_recipient(office, plan.cluster),
                person=PersonView(person.name, person.title),
                sign_in_url=office.links.sign_in_url(token),
                valid_until=local(until),
                ask_again_url=office.links.sign_in_url(),
            )
            # The key tells nothing of the token, and is new even in a record that was put back from a backup.
            key = f"{letter.kind}/{plan.id}/{secrets.token_hex(8)}"
            draft = Draft(letter, key, addressee=capacity.value, address=person.email, name=person.name)
            office.post(session, plan.id, [draft], now)
            return True
    return False


def invited(office: Office, token: str) -> str | Barred:
    """The address that the one-time link would let in; nothing is used up."""
    with office.sessions.reading() as session:
        row = _usable(session, token, office.clock.now())
        return row if isinstance(row, Barred) else row.address


def enter(office: Office, token: str) -> str | Barred:
    """Use the one-time link: the secret of a new stay, to be kept by the browser alone."""
    now = office.clock.now()
    with office.sessions.writing() as session:
        row = _usable(session, token, now)
        if isinstance(row, Barred):
            return row
        row.used_at = now
        secret = secrets.token_urlsafe(32)
        session.add(
            StayRow(digest=_digest(secret), address=row.address, began_at=now, seen_at=now, expires_at=now + LONGEST)
        )
        for plan_id in _parts(session, row.address, now.date()):
            note(session, plan_id, now, "access.signed_in", by=Actor(row.address, Channel.WEB))
        return secret


def stay_of(office: Office, secret: str) -> Stay | None:
    """Who is signed in by this cookie; None when nobody is any more."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        row = _standing(session, secret, now)
        if row is None:
            return None
        parts = _parts(session, row.address, now.date())
    if not parts:
        leave(office, secret, "no part in any plan")
        return None
    if now - row.seen_at > _WRITTEN:
        with office.sessions.writing() as session:
            session.execute(update(StayRow).where(StayRow.id == row.id).values(seen_at=now))
    return Stay(row.address, _digest(f"seal/{secret}"), parts)


def leave(office: Office, secret: str, because: str = "signed out") -> None:
    """End the stay of this cookie, if there is one."""
    now = office.clock.now()
    with office.sessions.writing() as session:
        row = _standing(session, secret, now)
        if row is None:
            return
        row.ended_at, row.ended_because = now, because
        for plan_id in _parts(session, row.address, now.date()):
            note(session, plan_id, now, "access.signed_out", by=Actor(row.address, Channel.WEB))


def sign_out(office: Office, address: str | None, by: Actor) -> int:
    """End every stay of an address, or of everybody; returns how many there were. Links that are out let nobody in."""
    now = office.clock.now()
    of_stay = () if address is None else (func.lower(StayRow.address) == address.lower(),)
    of_link = () if address is None else (func.lower(SignInRow.address) == address.lower(),)
    with office.sessions.writing() as session:
        rows = session.scalars(select(StayRow).where(*_stands(now), *of_stay)).all()
        for row in rows:
            row.ended_at, row.ended_because = now, by.who
            for plan_id in _parts(session, row.address, now.date()):
                note(session, plan_id, now, "access.signed_out", by=by, old=row.address)
        session.execute(update(SignInRow).where(SignInRow.used_at.is_(None), *of_link).values(used_at=now))
    return len(rows)


def end_all(session: Session, because: str, now: datetime) -> None:
    """Sign everybody out and let no link in that is out: the record does not know who used what."""
    session.execute(update(SignInRow).where(SignInRow.used_at.is_(None)).values(used_at=now))
    session.execute(update(StayRow).where(StayRow.ended_at.is_(None)).values(ended_at=now, ended_because=because))


def _usable(session: Session, token: str, now: datetime) -> SignInRow | Barred:
    row = session.scalar(select(SignInRow).where(SignInRow.digest == _digest(token)))
    if row is None:
        return Barred("unknown")
    if row.used_at is not None:
        return Barred("used")
    if row.expires_at <= now:
        return Barred("expired")
    return row if _parts(session, row.address, now.date()) else Barred("revoked")


def _standing(session: Session, secret: str, now: datetime) -> StayRow | None:
    return session.scalar(select(StayRow).where(StayRow.digest == _digest(secret), *_stands(now)))


def _stands(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (StayRow.ended_at.is_(None), StayRow.expires_at > now, StayRow.seen_at > now - IDLE)


def _parts(session: Session, address: str, day: date) -> dict[str, frozenset[Capacity]]:
    plans = sorted(map(plan_of, active_plans(session)), key=lambda plan: (-plan.year, plan.id))
    found = {plan.id: capacities_of(plan, address, day) for plan in plans}
    return {plan_id: capacities for plan_id, capacities in found.items() if capacities}


def _digest(secret: str) -> str:
    """The secrets are long and random, so that one round of hashing is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
