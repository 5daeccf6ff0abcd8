"""Sending in a rehearsal: a Maildir takes the letters, and a script may end the worker with one (scenario 28)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dondoc.errors import Unreadable
from dondoc.mail.transport import ClosedAtExit, Envelope, MaildirTransport, Outcome
from dondoc.services.deliver import deliver, settle_by_hand
from dondoc.store.outbox import claimed

if TYPE_CHECKING:
    from dondoc.services.office import Office
    from dondoc.services.rehearse import Rehearsal
    from dondoc.services.script import HeadStep, Step
    from dondoc.store.history import Actor


class _Died(Exception):
    """The worker is gone; the message with this id was taken."""


@dataclass(slots=True)
class Worker(ClosedAtExit):
    """Sends what waits, unless the script ends it in between."""

    rehearsal: Rehearsal
    _maildir: MaildirTransport = field(init=False)
    _dies: dict[str, Step] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._maildir = MaildirTransport(self.rehearsal.maildir, self.rehearsal.clock)

    def will_die(self, step: Step) -> None:
        """With the letter that the step names."""
        self._dies[step.dies or ""] = step

    def work(self) -> None:
        office = self.rehearsal.office
        try:
            deliver(
                office.sessions,
                self,
                self.rehearsal.clock,
                account="rehearsal",
                sender=lambda _: office.stationery.sender[1],
                on_sent=self.rehearsal.on_sent,
            )
        except _Died as death:  # the letter has left all the same
            with office.sessions.reading() as session:
                self.rehearsal.on_sent(claimed(session, str(death)))

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        for envelope, outcome in self._maildir.send(envelopes):
            if self._dies.pop(envelope.key, None) is not None:
                raise _Died(envelope.message_id)
            yield envelope, outcome

    def expect_no_more(self) -> None:
        """Raises Unreadable, naming the step's time, when a death that the script wants never came."""
        for key, step in self._dies.items():
            raise Unreadable(f"script, step at {step.at:%Y-%m-%d %H:%M}: no letter {key} was sent after it")


def settle_letter(office: Office, head: HeadStep, plan_id: str, by: Actor) -> None:
    """The head says what became of a letter whose fate is not known."""
    settle_by_hand(
        office.sessions, plan_id, head.letter or "", arrived=head.do == "arrived", by=by, now=office.clock.now()
    )
