"""A batch of claimed letters, on its way over one connection or several."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from sqlalchemy.orm import Session

from dondoc.clock import Clock
from dondoc.domain.ids import LetterKey
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.transport import Envelope, Outcome, Transport
from dondoc.store import outbox
from dondoc.store.database import Sessions
from dondoc.store.tables import LetterRow

BATCH: Final = 20
"""How many letters a connection gets at a time."""


def size_for(transport: Transport) -> int:
    """How many letters a run claims at once."""
    return BATCH * (len(transport) if isinstance(transport, ParallelTransport) else 1)


def together(transport: Transport, batch: Batch) -> Iterator[Sequence[tuple[Envelope, Outcome]]]:
    """Outcomes as they become known; of several connections all that is known by now at once."""
    if isinstance(transport, ParallelTransport):
        yield from transport.send_together(batch, batch.width)
    else:
        yield from ([settled] for settled in transport.send(batch))


class Batch:
    """Claimed letters, which the transport takes in turn; each is on record as begun before it may leave.

    The next ones are begun in the transaction that settles the last, so that whatever ends a run leaves in doubt one
    for each connection. `width` says how many connections they are worth.
    """

    def __init__(
        self, sessions: Sessions, clock: Clock, sender: Callable[[int], str], rows: Sequence[LetterRow]
    ) -> None:
        self.claimed = {row.message_id: row for row in rows}
        self._sessions, self._clock, self._sender = sessions, clock, sender
        self._untried, self._begun = deque(rows), deque[LetterRow]()
        self.width = -(-len(rows) // BATCH)

    def begin(self, session: Session, number: int) -> None:
        """Begin so many more; what was withdrawn meanwhile, or begun by another run, is passed over."""
        while self._untried and (lacking := number - len(self._begun)) > 0:
            rows = [self._untried.popleft() for _ in range(min(lacking, len(self._untried)))]
            begun = outbox.begin(session, [row.id for row in rows], self._clock.now())
            self._begun.extend(row for row in rows if row.id in begun)

    def __iter__(self) -> Iterator[Envelope]:
        while self._untried or self._begun:
            if not self._begun:
                with self._sessions.sharing() as session:
                    self.begin(session, self.width)
            if self._begun:
                row = self._begun.popleft()
                yield Envelope(LetterKey(row.key), row.message_id, self._sender(row.id), row.address, row.content)
