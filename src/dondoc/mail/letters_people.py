"""What the letters about those who take part say (Plan 2024, II.1 "cử lực lượng", II.2 "mời 30 đoàn viên", II.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dondoc.mail.letters import OccurrenceView, ToUnit


@dataclass(frozen=True, slots=True)
class NamedView:
    """Somebody on a list, and what the list says of them: position, birth year, telephone number."""

    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line that was not taken; `_base/names.txt` words the reason."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class LikenessView:
    """Somebody who seems to be on the list of another unit as well."""

    name: str
    unit_short: str
    surely: bool
    """The same name and nothing that speaks against it; otherwise perhaps two people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names(ToUnit):
    """What every letter has that is about a unit's list."""

    occurrence: OccurrenceView
    due_at: datetime
    quota: int
    reserve: int
    """How many more names are taken as reserve; 0: none is asked for."""
    named: int
    """How many of the quota the unit has named so far."""
    names_url: str

    @property
    def missing(self) -> int:
        return max(0, self.quota - self.named)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantsRequest(_Names):
    """Asks a unit to name its people."""

    kind = "participants_request"

    quota_text: str
    """As the plan words it: "Cử cán bộ tham gia."."""
    because: str | None = None
    """Why it is asked once more; None the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantsReminder(_Names):
    """The number-th reminder of a unit that named nobody, or too few."""

    kind = "participants_reminder"

    number: int
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantsEscalation(_Names):
    """Tells a unit's secretary that the names are missing, or that the contact cannot be reached."""

    kind = "participants_escalation"

    overdue: bool
    asked_at: datetime
    contact_address: str | None
    """None: the plan names no contact."""
    reminders: int
    undelivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesNoted(_Names):
    """Tells a unit what was taken of its list, or why its file could not be read (scenario 29)."""

    kind = "names_noted"

    taken: tuple[NamedView, ...] = ()
    spare: tuple[NamedView, ...] = ()
    excess: tuple[NamedView, ...] = ()
    """Beyond quota and reserve: kept, but not expected."""
    repeated: tuple[str, ...] = ()
    """Names that stand twice on the unit's own list."""
    likenesses: tuple[LikenessView, ...] = ()
    lines: tuple[LineView, ...] = ()
    by: str
    file: str | None = None
    refused: str | None = None
    """Why the file could not be read, a `Why` of `dondoc.documents.sheets`, or "nobody": it names nobody."""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation(ToUnit):
    """Invites a unit, tells it of a change, or takes the invitation back; the calendar entry goes with it."""

    kind = "invitation"

    occurrence: OccurrenceView
    is_update: bool = False
    cancelled: bool = False
    because: str = ""
    """Why it was changed or called off, if anybody said so."""
    practical: tuple[str, ...] = ()
    names_due_at: datetime | None = None
    """Until when the unit still names its people; None: nothing is owed."""
    names_url: str | None = None
    names_kept: int = 0
    """How many people the unit has named, whose names stay valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReminder(ToUnit):
    """Reminds of the day itself: when, where, who of the unit, whom to call."""

    kind = "event_reminder"

    occurrence: OccurrenceView
    people_named: tuple[NamedView, ...]
    spare: tuple[NamedView, ...]
    missing: int
    practical: tuple[str, ...]
    office_address: str
    names_url: str | None
