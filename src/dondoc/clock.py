"""The only place that reads the time. Everything else gets it as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


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


def local(moment: datetime) -> datetime:
    """`moment` in the zone of Việt Nam; a moment without a zone is taken as being there."""
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)
