"""Mail in a rehearsal: an officer presses Reply, or a message stands in a file."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.plan import Role
from dondoc.errors import Unreadable
from dondoc.services.office import Office
from dondoc.services.script import Reply
from dondoc.store.queries import find_plan, find_request, plan_of
from dondoc.store.tables import LetterRow

_PLACE = re.compile(rb"\{(message_id|address):([^{}\s]+)\}")


def as_replied(
    office: Office, session: Session, plan_id: str, request: str, reply: Reply, file: tuple[str, bytes] | None = None
) -> bytes:
    """The message that an officer's mail program sends: the words above, the letter quoted below.

    Raises Unreadable when the request has no letter yet, or the unit no address.
    """
    row = find_request(session, plan_id, request)
    letter = session.scalar(
        select(LetterRow).where(LetterRow.request_id == row.id).order_by(LetterRow.id.desc()).limit(1)
    )
    if letter is None:
        raise Unreadable(f"{request} has no letter that could be replied to")
    now = office.clock.now()
    unit = plan_of(find_plan(session, plan_id)).unit(row.unit)
    contacts = unit.addresses_of(Role.CONTACT, now.date())
    sender = reply.from_ or (contacts[0].email if contacts else None)
    if sender is None:
        raise Unreadable(f"the plan names no address of {row.unit} that could reply")
    asked = message_from_bytes(letter.content, policy=policy.default)
    body = asked.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in (body.get_content() if body else "").splitlines())
    message = EmailMessage()
    message["From"] = formataddr((unit.name_on(now.date()).full, sender))
    message["To"] = office.stationery.replies.for_request(row.id)
    message["Subject"] = f"Re: {letter.subject}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<reply.{now:%Y%m%d%H%M%S}.{row.id}@{sender.rpartition('@')[2]}>"
    message["In-Reply-To"] = message["References"] = letter.message_id
    wrote = f"Vào {local(letter.created_at):%H:%M, %d/%m/%Y}, {office.stationery.sender[0]} đã viết:"
    message.set_content(f"{reply.text}\n\n{wrote}\n\n{quoted}\n")
    if file is not None:
        message.add_attachment(file[1], maintype="application", subtype="octet-stream", filename=file[0])
        message.set_boundary(f"reply-{now:%Y%m%d%H%M%S}-{row.id}")
    return message.as_bytes(policy=policy.SMTP)


def filled_in(session: Session, plan_id: str, content: bytes) -> bytes:
    """A raw message with `{message_id:KEY}` and `{address:KEY}` replaced by those of that letter.

    Raises Unreadable for a key of which there is no letter.
    """

    def of_letter(found: re.Match[bytes]) -> bytes:
        key = found[2].decode()
        letter = session.scalar(select(LetterRow).where(LetterRow.plan_id == plan_id, LetterRow.key == key))
        if letter is None:
            raise Unreadable(f"there is no letter {key} yet, which the message names")
        return (letter.message_id if found[1] == b"message_id" else letter.address).encode()

    return _PLACE.sub(of_letter, content)
