"""A unit's reply that names its people: in a file that comes with it, or in its own words (R15, R18, R21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from dondoc.documents.letter_names import LISTS, ending_of, names_in_file, names_in_letter
from dondoc.documents.names import Names, Rejected
from dondoc.documents.sheets import NotAList
from dondoc.domain.ids import UnitId
from dondoc.domain.states import Channel
from dondoc.domain.supplements import Coming, coming
from dondoc.errors import Refused
from dondoc.mail.attachments import Attachment, Refusal
from dondoc.services.naming import Given, name_in
from dondoc.services.office import Office
from dondoc.services.replies import Reply
from dondoc.store.history import Actor
from dondoc.store.people import NotTaken, latest_list
from dondoc.store.tables import RequestRow


def read_names_reply(office: Office, session: Session, request: RequestRow, reply: Reply) -> bool:
    """Record the list in a reply, or tell the unit why its file cannot be read; False leaves the reply to the head."""
    given = _given(session, request, reply)
    if given is None or (given.refused and not reply.confirm):
        return False
    try:
        name_in(office, session, request, given, confirm=reply.confirm)
    except Refused:
        return False
    return True


def _given(session: Session, request: RequestRow, reply: Reply) -> Given | None:
    """None when a person must read it: nothing that is a list, several lists, or one that exchanges people."""
    files = [file for file in reply.message.attachments if not file.is_inline]
    lists = [file for file in files if ending_of(file.name) in LISTS]
    by, unit = Actor(reply.by, Channel.EMAIL), UnitId(request.unit)
    if len(lists) > 1:
        return None
    if lists:
        return _from_file(session, request, reply, lists[0], by)
    try:
        found = names_in_letter(reply.text, unit)
    except NotAList:
        found = Names((), ())
    if found.people:
        words = "\n".join(line.text for line in found.rejected)
        return _in_place(session, request, Given(found.people, by, reply.source, not_taken(found.rejected)), words)
    if files:
        return Given((), by, reply.source, file=files[0].name, refused="kind")
    return None


def _from_file(session: Session, request: RequestRow, reply: Reply, file: Attachment, by: Actor) -> Given | None:
    if file.refused is not None:
        why = "too_large" if file.refused is Refusal.TOO_LARGE else "kind"
        return Given((), by, reply.source, file=file.name, refused=why)
    try:
        found = names_in_file(file.name, file.content, UnitId(request.unit))
    except NotAList as refusal:
        return Given((), by, reply.source, file=file.name, refused=refusal.why.value)
    given = Given(found.people, by, reply.source, not_taken(found.rejected), file=file.name)
    return _in_place(session, request, given, reply.text) if found.people else given


def _in_place(session: Session, request: RequestRow, given: Given, words: str) -> Given | None:
    """The list with what it is to the one before; None when that is not clear."""
    before = latest_list(session, request)
    match coming(words, len(given.people), len(before.people) if before else 0):
        case Coming.UNCLEAR:
            return None
        case Coming.ADDS:
            return replace(given, adds=True)
        case Coming.REPLACES:
            return given


def not_taken(rejected: Iterable[Rejected]) -> tuple[NotTaken, ...]:
    return tuple(NotTaken(line.line, line.text, line.reason.value) for line in rejected)
