"""A batch of claimed letters, on its way over one connection or several."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from dondoc.clock import Clock
from dondoc.domain.ids import LetterKey
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.transport import Envelope, Outcome, Transport
from dondoc.store.marks import Marks
from dondoc.store.outbox import FEW, Claimed

BATCH: Final = FEW
"""How many letters are worth a connection."""

_BARELY: Final = 0.15
"""A connection that would be at work for less of the time is not opened."""

_MOST: Final = 400
"""At most so many are in memory, or in doubt when the machine stops."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many letters a run takes at once, over how many connections, and how many it begins before one is settled."""

    letters: int = BATCH
    connections: int = 1
    together: int = 1

    def next(self, transport: Transport, pace: float, idle: float) -> Share:
        """What to take next, when `pace` letters left in a second, of which the process did nothing for `idle`.

        As many connections as keep it at work, for more would only wait for each other; and as many letters as leave
        in about a second, so that claiming costs little where they leave fast, and what is withdrawn is noticed in
        time where they do not. Whoever allows several connections allows twice as many letters in doubt, over however
        few: each connection has its next one at hand.
        """
        most = len(transport) if isinstance(transport, ParallelTransport) else 1
        connections = max(1, min(most, ceil(self.connections / max(1 - idle, 0.001) - _BARELY)))
        pace *= connections / self.connections
        together = 1 if most == 1 else 2 * most
        return Share(max(BATCH * connections, min(int(pace), _MOST)), connections, together)

    def of(self, letters: int) -> Share:
        """The same for so few letters: a connection, or a letter in doubt, is worth twenty of them."""
        worth = -(-letters // BATCH)
        return Share(letters, min(self.connections, worth), min(self.together, worth))


def together(transport: Transport, batch: Batch) -> Iterator[Sequence[tuple[Envelope, Outcome]]]:
    """Outcomes as they become known; of several connections all that is known by now at once."""
    if isinstance(transport, ParallelTransport):
        yield from transport.send_together(batch, batch.share.connections, batch.share.together)
    else:
        yield from ([settled] for settled in transport.send(batch))


class Batch:
    """Claimed letters, which the transport takes in turn; each is on record as begun before it may leave.

    The next ones are begun in the transaction that settles the last, so that whatever ends a run leaves in doubt as
    many as are begun together.
    """

    def __init__(
        self, marks: Marks, clock: Clock, sender: Callable[[int], str], rows: Sequence[Claimed], share: Share
    ) -> None:
        self.claimed = {row.message_id: row for row in rows}
        self._marks, self._clock, self._sender = marks, clock, sender
        self._untried, self._begun = deque(rows), deque[Claimed]()
        self.share = share.of(len(rows))

    def settle(self, taken: Mapping[int, str]) -> bool:
        """Record the server's answers to letters that it took, and begin as many more.

        False when another run has given one of them up meanwhile: it is left as it is.
        """
        now = self._clock.now()
        with self._marks.together():
            ended = [self._marks.end(letter, response, now) for letter, response in taken.items()]
            self._begin(len(taken), now)
        return all(ended)

    def __iter__(self) -> Iterator[Envelope]:
        number = self.share.together
        while self._untried or self._begun:
            if not self._begun:
                with self._marks.together():
                    self._begin(number, self._clock.now())
                number = 1  # from now on each takes the place of one that is settled
            if self._begun:
                row = self._begun.popleft()
                yield Envelope(LetterKey(row.key), row.message_id, self._sender(row.id), row.address, row.content)

    def _begin(self, number: int, now: datetime) -> None:
        """Begin until so many may leave; what was withdrawn meanwhile, or begun by another run, is passed over."""
        while self._untried and len(self._begun) < number:
            row = self._untried.popleft()
            if self._marks.begin(row.id, now):
                self._begun.append(row)
