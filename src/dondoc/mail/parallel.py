"""Several connections that share the letters: a server that takes its time over each is then no bound for all."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias

from dondoc.mail.transport import ClosedAtExit, Deferred, Envelope, Outcome, Transport


class ParallelTransport(ClosedAtExit):
    """Several transports, each with a thread of its own, that share the letters.

    A letter is taken from the caller only when a transport has room for it, so that whoever stops, or dies, leaves no
    more undecided than there are transports, or than belong to a group. One that the server turns away while others
    work is given up until the next letters come, and its letter goes through another: accounts may have fewer
    connections than we would like.
    """

    def __init__(self, transports: Sequence[Transport]) -> None:
        self._transports = tuple(transports)

    def __len__(self) -> int:
        return len(self._transports)

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        for group in self.send_together(envelopes):
            yield from group

    def send_together(
        self, envelopes: Iterable[Envelope], width: int | None = None, group: int = 1
    ) -> Iterator[Sequence[tuple[Envelope, Outcome]]]:
        """The same, but all that has become known by now comes at once, for whoever writes it down together.

        `width`: how many of the transports are used; None: all. They share a `group` of letters, so that each has its
        next one while the last is written down; of one transport alone that many come at once.
        """
        used = self._transports[:width]
        if len(used) == 1:  # needs no thread
            settled = used[0].send(envelopes)
            while several := list(islice(settled, group)):
                yield several
            return
        known: SimpleQueue[_Told] = SimpleQueue()
        lanes = [_Lane(transport, known) for transport in used]
        try:
            room = lanes * max(1, group // len(lanes))
            yield from _shared(room, known, iter(envelopes))
        finally:
            for lane in lanes:
                lane.end()

    def close(self) -> None:
        for transport in self._transports:
            transport.close()


_Told: TypeAlias = "tuple[_Lane, Envelope, Outcome] | BaseException"


def _shared(
    room: Sequence[_Lane], known: SimpleQueue[_Told], envelopes: Iterator[Envelope]
) -> Iterator[Sequence[tuple[Envelope, Outcome]]]:
    """`room` names each lane as often as it takes a letter before one of its letters is known."""
    free, left, again = deque(room), len(room), deque[Envelope]()
    stopped: Deferred | None = None
    while True:
        while free and (envelope := again.popleft() if again else next(envelopes, None)) is not None:
            free.popleft().take(envelope)
        if stopped is not None:
            yield from (((envelope, stopped),) for envelope in chain(again, envelopes))
        if len(free) == left:
            return
        group = []
        for lane, envelope, outcome in _all_known(known):
            if not (isinstance(outcome, Deferred) and outcome.channel):
                free.append(lane)
                group.append((envelope, outcome))
                continue
            left -= 1
            if left:
                again.append(envelope)
            else:
                stopped = outcome
                group.append((envelope, outcome))
        if group:
            yield group


def _all_known(known: SimpleQueue[_Told]) -> Iterator[tuple[_Lane, Envelope, Outcome]]:
    """At least one, for which it waits. Raises what a transport raised."""
    told = known.get()
    with suppress(Empty):
        while True:
            if isinstance(told, BaseException):
                raise told
            yield told
            told = known.get_nowait()


class _Lane:
    """One transport at work in its thread, which begins with its first letter."""

    def __init__(self, transport: Transport, known: SimpleQueue[_Told]) -> None:
        self._transport, self._known = transport, known
        self._letters: SimpleQueue[Envelope | None] = SimpleQueue()
        self._thread: Thread | None = None

    def take(self, envelope: Envelope) -> None:
        self._letters.put(envelope)
        if self._thread is None:
            self._thread = Thread(target=self._work, daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Wait until the letter that is on its way has an outcome."""
        self._letters.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            for envelope, outcome in self._transport.send(iter(self._letters.get, None)):
                self._known.put((self, envelope, outcome))
        except BaseException as error:  # noqa: BLE001 - it is raised again where the outcomes are read
            self._known.put(error)
