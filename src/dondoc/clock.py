"""The only place that reads the time. Everything else gets it as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dondoc.domain.zone import ZONE, local

__all__ = ["ZONE", "Clock", "SetClock", "SystemClock", "local"]


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware, in the zone of Việt Nam."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(ZONE)


@dataclass(slots=True)
class SetClock:
    """A clock that shows what it was set to: for rehearsals, and for runs "as of" another day."""

    at: datetime

    def now(self) -> datetime:
        return local(self.at)
