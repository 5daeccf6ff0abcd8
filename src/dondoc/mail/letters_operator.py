"""What the letters to the operator say: what is wrong with the installation itself, and what is well again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dondoc.mail.letters import Letter


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One thing that is, or was, wrong: in one sentence, since when and, if it is over, until when."""

    sentence: str
    since: datetime
    until: datetime | None = None

    @property
    def what(self) -> str:
        """The sentence without what is to be done about it."""
        return self.sentence.partition(": hãy ")[0].rstrip(".") + "."


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentsNotice(Letter):
    """Tells the operator of incidents: each once when it begins, and once when it is over."""

    kind = "incidents_notice"

    standing: tuple[IncidentView, ...]
    over: tuple[IncidentView, ...] = ()
