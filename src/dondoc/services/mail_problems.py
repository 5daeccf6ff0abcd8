"""Problems by mail: a unit writes to the problem address, the head replies to the letter that told of them."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.ids import HEAD, UnitId
from dondoc.domain.plan import Plan
from dondoc.domain.states import Channel, ProblemState, Severity
from dondoc.mail.reading import Incoming
from dondoc.services.problems import MAX_TEXT, keep_report
from dondoc.store.history import Actor, acknowledge_problem, resolve_problem
from dondoc.store.tables import LetterRow, ProblemRow

_URGENT = re.compile(r"\b(khan|khan cap|gap)\b")
_ACKNOWLEDGED = re.compile(r"^(da |toi )*(tiep nhan|nhan duoc|biet|ghi nhan)\b")
_RESOLVED = re.compile(r"^(da |toi )*(giai quyet|xu ly|khac phuc)( xong)?\b")


def reported_by_mail(
    session: Session, plan: Plan, unit: UnitId, found: Incoming, text: str, digest: str, now: datetime
) -> None:
    """Record what a unit wrote to the problem address; “khẩn” in the subject makes it urgent (III.2)."""
    urgent = _URGENT.search(_plain(found.subject)) is not None
    keep_report(
        session,
        plan.id,
        now,
        f"{found.subject}\n{text}".strip()[:MAX_TEXT] or "(thư không có lời)",
        unit=unit,
        occurrence=None,
        severity=Severity.URGENT if urgent else Severity.NORMAL,
        by=Actor(found.sender or "", Channel.EMAIL),
        source=digest,
    )


def reads_for_head(plan: Plan, sender: str | None, now: datetime) -> bool:
    """Whether `sender` is the head, or stands in for the head."""
    head = plan.head_on(now.date())
    substitutes = (person for person in head.substitutes if person.holds_on(now.date()))
    addresses = {head.email.lower(), *(person.email.lower() for person in substitutes)}
    return sender is not None and sender.lower() in addresses


def heard_from_head(session: Session, plan: Plan, found: Incoming, text: str, now: datetime) -> bool:
    """Acknowledge or resolve, by the head's reply to the letter that told of them, the problems that it told of.

    “Đã tiếp nhận” acknowledges them all; “đã giải quyết” resolves when the letter told of one only, for nobody can
    know which of several is meant. Returns whether the message was such a reply.
    """
    letter = session.scalar(
        select(LetterRow)
        .where(LetterRow.plan_id == plan.id, LetterRow.addressee == HEAD, LetterRow.message_id.in_(found.thread))
        .order_by(LetterRow.id.desc())
        .limit(1)
    )
    said = _plain(text)
    if letter is None or not (_ACKNOWLEDGED.match(said) or _RESOLVED.match(said)):
        return False
    told = session.scalars(
        select(ProblemRow).where(
            ProblemRow.plan_id == plan.id,
            ProblemRow.told_at == letter.created_at,
            ProblemRow.state != ProblemState.RESOLVED,
        )
    ).all()
    by = Actor(found.sender or "", Channel.EMAIL)
    if _RESOLVED.match(said) and len(told) == 1:
        resolve_problem(session, plan.id, now, told[0].key, by=by)
        return True
    for row in told:
        if row.state is ProblemState.OPEN:
            acknowledge_problem(session, row, now, by=by)
    return True


def _plain(text: str) -> str:
    """Lower case without diacritics, greetings left out."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).strip()
