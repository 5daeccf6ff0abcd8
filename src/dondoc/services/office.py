"""What every use case works with: the record, the clock, the calendar, the paper and the links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from dondoc.bank.layouts import Banks
from dondoc.clock import Clock
from dondoc.documents.official import Press
from dondoc.domain.calendar import WorkingCalendar
from dondoc.mail.addresses import BounceAddresses, ReplyAddresses
from dondoc.mail.compose import Attachment, InlineImage, compose, message_id_of
from dondoc.mail.letters import Letter
from dondoc.mail.render import Renderer
from dondoc.services.links import Links
from dondoc.store.database import Sessions
from dondoc.store.outbox import Posted, enqueue, known_keys, suppressed
from dondoc.store.parts import in_parts

_TOGETHER = 100
"""How many letters are rendered before they are put into the outbox."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is written: what it says, to whom, and what makes it one of a kind."""

    letter: Letter
    key: str
    addressee: str
    address: str
    name: str | None = None
    occurrence: str | None = None
    request_id: int | None = None
    asking: int | None = None
    only_while_open: bool = False
    thread: str | None = None
    """The key of the letter that this one follows up, so that mail programs show them together."""
    images: tuple[InlineImage, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    calendar: bytes | None = None
    """An iCalendar object."""


@dataclass(frozen=True, slots=True)
class Stationery:
    """Turns drafts into letters in the outbox."""

    renderer: Renderer
    replies: ReplyAddresses
    sender: tuple[str, str]
    """Name and address that letters come from."""

    @property
    def domain(self) -> str:
        return self.sender[1].rpartition("@")[2]

    def write(self, draft: Draft, plan_id: str, now: datetime) -> Posted:
        """Render and compose: the final bytes, the same ones whenever the same draft is written."""
        rendered = self.renderer.render(draft.letter)
        message_id = message_id_of(plan_id, draft.key, self.domain)
        thread = message_id_of(plan_id, draft.thread, self.domain) if draft.thread else None
        content = compose(
            rendered.subject,
            rendered.text,
            rendered.html,
            message_id=message_id,
            date=now,
            sender=self.sender,
            to=(draft.name, draft.address),
            reply_to=self.replies.for_request(draft.request_id) if draft.request_id else self.replies.plain,
            in_reply_to=thread,
            references=(thread,) if thread else (),
            inline_images=draft.images,
            calendar=draft.calendar,
            attachments=draft.attachments,
        )
        return Posted(
            plan_id=plan_id,
            key=draft.key,
            kind=draft.letter.kind,
            addressee=draft.addressee,
            address=draft.address,
            occurrence=draft.occurrence,
            subject=rendered.subject,
            message_id=message_id,
            content=content,
            request_id=draft.request_id,
            asking=draft.asking,
            only_while_open=draft.only_while_open,
        )


@dataclass(frozen=True, slots=True)
class Office:
    """The composition that services are given; `runtime` builds it."""

    sessions: Sessions
    clock: Clock
    calendar: WorkingCalendar
    stationery: Stationery
    links: Links
    press: Press
    """Makes the documents that go with letters."""
    banks: Banks
    """How banks' statements look."""
    bounces: BounceAddresses | None = None
    """The addresses to which bounces return, where the mailbox takes one for each letter."""
    authserv_id: str | None = None
    """The name under which our own mail server says whether a sender is genuine; None: it does not say."""

    def post(self, session: Session, plan_id: str, drafts: Iterable[Draft], now: datetime) -> int:
        """Put the drafts whose key is new into the outbox, some at a time; return how many were.

        A letter to an address that a server has refused for good is kept, but not sent.
        """
        return sum(self._post(session, plan_id, some, now) for some in in_parts(drafts, _TOGETHER))

    def _post(self, session: Session, plan_id: str, every: Sequence[Draft], now: datetime) -> int:
        known = known_keys(session, plan_id, (draft.key for draft in every))
        fresh = [draft for draft in every if draft.key not in known]
        if not fresh:
            return 0
        refused = suppressed(session, {draft.address for draft in fresh})
        letters = [self.stationery.write(draft, plan_id, now) for draft in fresh]
        return enqueue(session, [_withhold(letter, refused) for letter in letters], now)


def _withhold(letter: Posted, refused: Mapping[str, str]) -> Posted:
    if letter.address not in refused:
        return letter
    return replace(letter, withheld=f"not sent, because {letter.address} was refused: {refused[letter.address]}")
