"""Links in letters: signed, revocable, expiring; each belongs to one address."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, Signer
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from dondoc.domain.states import RequestKind
from dondoc.store.tables import LinkRow


class Purpose(StrEnum):
    ANSWER = "answer"
    """Subject: the key of the request that is answered."""
    DECIDE = "decide"
    """Subject: the key of the occurrence that the head decides on."""
    BOARD = "board"
    """Subject: `board`."""
    PROBLEM = "problem"
    """Subject: the key of the problem that is acknowledged or resolved."""
    RESULTS = "results"
    """Subject: an occurrence's key. Where the head sees and decides the work, evaluates it and tells of it."""
    MONEY = "money"
    """Subject: `money`. Where the head sees and books the money."""

    PEOPLE = "people"
    """Subject: the key of the occurrence whose people the head sees, and enters who came."""


HEADS_OWN = (Purpose.DECIDE, Purpose.BOARD, Purpose.PROBLEM, Purpose.RESULTS, Purpose.MONEY, Purpose.PEOPLE)
"""What the head may do, and for a problem whoever was told of it."""

_PATHS = {
    Purpose.DECIDE: "quyet-dinh",
    Purpose.BOARD: "bang",
    Purpose.PROBLEM: "van-de",
    Purpose.MONEY: "thu-chi",
    Purpose.PEOPLE: "to-chuc",
    Purpose.RESULTS: "ket-qua",
}
_ANSWER_PATHS = {
    RequestKind.OPINION: "tra-loi",
    RequestKind.CONTRIBUTION: "dong-gop",
    RequestKind.PARTICIPANTS: "cu-nguoi",
    RequestKind.ASSIGNMENT: "phan-cong",
    RequestKind.REPORT: "bao-cao",
}
"""Each kind of request has its page; the token is of one sort, so that any of them opens the page for problems."""


LIFE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a link no longer opens anything, for the page that explains it."""

    reason: str
    """`unknown`, `revoked` or `expired`."""
    link: LinkRow | None = None


_LINKS = select(LinkRow).where(
    LinkRow.plan_id == bindparam("plan"),
    LinkRow.purpose == bindparam("purpose"),
    LinkRow.subject == bindparam("subject"),
    LinkRow.address == bindparam("address"),
)
"""It runs for each letter, so it is built once: that takes longer than what it does."""


class Links:
    """Issues links and reads them back.

    A token is a row's id with an HMAC-SHA256 over it: who may use it, and until when, stands in the row.
    """

    def __init__(self, keys: Sequence[str], public_url: str) -> None:
        """`keys`: newest first; the newest signs, all are accepted."""
        self._signer = Signer(list(reversed(keys)), salt="dondoc.link", digest_method=hashlib.sha256)
        self._public_url = public_url.rstrip("/")

    def answer(
        self, session: Session, plan_id: str, request: str, address: str, *, now: datetime, due_at: datetime
    ) -> str:
        """Where one mailbox answers a request; open beyond the deadline, because late answers are kept, too."""
        return self.issue(
            session, plan_id, Purpose.ANSWER, request, address, now=now, expires_at=max(due_at, now) + LIFE
        )

    def decide(self, session: Session, plan_id: str, occurrence: str, address: str, *, now: datetime) -> str:
        """Where the head decides about an occurrence."""
        return self.for_head(session, plan_id, Purpose.DECIDE, occurrence, address, now=now)

    def board(self, session: Session, plan_id: str, address: str, *, now: datetime) -> str:
        """Where the head sees everything."""
        return self.for_head(session, plan_id, Purpose.BOARD, "board", address, now=now)

    def problem(self, session: Session, plan_id: str, problem: str, address: str, *, now: datetime) -> str:
        """Where whoever was told of a problem acknowledges or resolves it."""
        return self.for_head(session, plan_id, Purpose.PROBLEM, problem, address, now=now)

    def money(self, session: Session, plan_id: str, address: str, *, now: datetime) -> str:
        """Where the head or the treasurer sees and books the money."""
        return self.for_head(session, plan_id, Purpose.MONEY, "money", address, now=now)

    def people(self, session: Session, plan_id: str, occurrence: str, address: str, *, now: datetime) -> str:
        """Where the head sees who takes part in an occurrence, and enters who came."""
        return self.for_head(session, plan_id, Purpose.PEOPLE, occurrence, address, now=now)

    def results(self, session: Session, plan_id: str, occurrence: str, address: str, *, now: datetime) -> str:
        """Where the head sees who does what of an occurrence, evaluates it and tells of it."""
        return self.for_head(session, plan_id, Purpose.RESULTS, occurrence, address, now=now)

    def for_head(
        self, session: Session, plan_id: str, purpose: Purpose, subject: str, address: str, *, now: datetime
    ) -> str:
        """A link of one of the head's own kinds, good for its usual time from now."""
        return self.issue(session, plan_id, purpose, subject, address, now=now, expires_at=now + LIFE)

    def report_url(self, answer_url: str) -> str:
        """Where whoever may answer there reports a problem."""
        return f"{self._public_url}/bao-van-de/{answer_url.rpartition('/')[2]}"

    def sign_in_url(self, token: str = "") -> str:
        """Where one asks to sign in, or with a one-time token is let in."""
        return f"{self._public_url}/dang-nhap" + (f"/{token}" if token else "")

    def issue(
        self,
        session: Session,
        plan_id: str,
        purpose: Purpose,
        subject: str,
        address: str,
        *,
        now: datetime,
        expires_at: datetime,
    ) -> str:
        """The URL of this address's link, the same one as long as it is not revoked; its life may grow."""
        mine = {"plan": plan_id, "purpose": purpose.value, "subject": subject, "address": address}
        every = session.scalars(_LINKS, mine).all()
        row = next((link for link in every if link.revoked_at is None), None)
        if row is None:
            row = LinkRow(
                plan_id=plan_id,
                purpose=purpose.value,
                subject=subject,
                address=address,
                serial=len(every) + 1,
                issued_at=now,
                expires_at=expires_at,
            )
            session.add(row)
            session.flush()
        elif row.expires_at < expires_at:
            row.expires_at = expires_at
        return self.url(row)

    def url(self, row: LinkRow) -> str:
        token = self._signer.sign(str(row.id)).decode("ascii")
        return f"{self._public_url}/{_path_of(row)}/{token}"

    def read(self, session: Session, token: str, purpose: Purpose, now: datetime) -> LinkRow | Unusable:
        """The link behind a token, or why it cannot be used."""
        try:
            row = session.get(LinkRow, int(self._signer.unsign(token)))
        except (BadSignature, ValueError):
            row = None
        if row is None or row.purpose != purpose.value:
            return Unusable("unknown")
        if row.revoked_at is not None:
            return Unusable("revoked", row)
        if row.expires_at <= now:
            return Unusable("expired", row)
        return row


def answer_page(request: str) -> str:
    """The first part of the address at which a request is answered, by the request's key."""
    return _ANSWER_PATHS[RequestKind(request.partition("/")[0])]


def _path_of(row: LinkRow) -> str:
    purpose = Purpose(row.purpose)
    return answer_page(row.subject) if purpose is Purpose.ANSWER else _PATHS[purpose]


def revoke(
    session: Session, plan_id: str, subject: str, because: str, now: datetime, *, address: str | None = None
) -> int:
    """Take back every link about `subject`, of one address or of all; returns how many were still good."""
    whose = () if address is None else (LinkRow.address == address,)
    result = session.execute(
        update(LinkRow)
        .where(LinkRow.plan_id == plan_id, LinkRow.subject == subject, LinkRow.revoked_at.is_(None), *whose)
        .values(revoked_at=now, revoked_because=because)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def revoke_of(
    session: Session, plan_id: str, address: str, purposes: Sequence[Purpose], because: str, now: datetime
) -> None:
    """Take back every link of an address that serves one of `purposes`."""
    session.execute(
        update(LinkRow)
        .where(
            LinkRow.plan_id == plan_id,
            LinkRow.address == address,
            LinkRow.purpose.in_([purpose.value for purpose in purposes]),
            LinkRow.revoked_at.is_(None),
        )
        .values(revoked_at=now, revoked_because=because)
    )
