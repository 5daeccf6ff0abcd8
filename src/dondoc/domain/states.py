"""The states that things pass through, and which steps between them are allowed."""

from __future__ import annotations

from enum import StrEnum

from dondoc.errors import Refused


class OccurrenceState(StrEnum):
    """planned → consulting → agreed → launched → held → evaluated, with branches that bear a reason."""

    PLANNED = "planned"
    CONSULTING = "consulting"
    AGREED = "agreed"
    LAUNCHED = "launched"
    HELD = "held"
    EVALUATED = "evaluated"
    POSTPONED = "postponed"
    MERGED = "merged"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    BEFORE_SYSTEM = "before_system"
    """Its time was over before the plan was first loaded (scenario 26)."""


class RoundState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a round stands, or ended."""

    WAITING = "waiting"
    AGREED = "agreed"
    OBJECTED = "objected"
    SILENT = "silent"


class Decision(StrEnum):
    """What the head decided about a round."""

    PROCEED = "proceed"
    REVISE = "revise"
    CANCEL = "cancel"


class ChangeKind(StrEnum):
    """What became of an occurrence besides being asked about, agreed and launched."""

    MOVED = "moved"
    """Its day or place was set, with or without its agreement being kept."""
    POSTPONED = "postponed"
    SKIPPED = "skipped"
    MERGED = "merged"
    HELD = "held"


class RequestKind(StrEnum):
    OPINION = "opinion"
    CONTRIBUTION = "contribution"
    PARTICIPANTS = "participants"
    ASSIGNMENT = "assignment"
    REPORT = "report"


class RequestState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    """Nobody needs the answer any more: decided, cancelled, or the unit left."""


class Verdict(StrEnum):
    """A unit's opinion (III.2 "tham gia ý kiến")."""

    AGREE = "agree"
    COMMENT = "comment"
    OBJECT = "object"
    ABSTAIN = "abstain"


class Channel(StrEnum):
    """Through which an answer or a decision came."""

    WEB = "web"
    EMAIL = "email"
    PHONE = "phone"
    ZALO = "zalo"
    PAPER = "paper"
    COMMAND = "command"
    FLOW = "flow"
    RULE = "rule"


class LetterState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Whether the server took it is not known; never sent again by itself (scenario 28)."""
    WITHDRAWN = "withdrawn"
    """Not sent, because what it asks was settled before it left."""


class MessageState(StrEnum):
    """What became of a message that came in; none is ever thrown away."""

    NEW = "new"
    RECORDED = "recorded"
    HELD = "held"
    """A person must look at it."""
    IGNORED = "ignored"
    """Automatic, our own, or of no concern to any request."""
    DISMISSED = "dismissed"
    """A person looked at it and left it at that."""


class ProblemState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class RoundProblem(StrEnum):
    """What can be wrong with a unit's answer in a round of consultation: there is none, or it objects."""

    SILENCE = "silence"
    UNDELIVERED = "undelivered"
    """It is silent, because no letter reached it."""
    OBJECTION = "objection"


DECIDED_WITH_THE_ROUND = (RoundProblem.SILENCE, RoundProblem.OBJECTION)
"""What need not be shown beside the decision that the head has to make anyway."""


class Severity(StrEnum):
    URGENT = "urgent"
    NORMAL = "normal"
    NOTE = "note"


_OFF = frozenset(
    {OccurrenceState.POSTPONED, OccurrenceState.SKIPPED, OccurrenceState.MERGED, OccurrenceState.CANCELLED}
)
_STEPS: dict[OccurrenceState, frozenset[OccurrenceState]] = {
    OccurrenceState.PLANNED: _OFF | {OccurrenceState.CONSULTING, OccurrenceState.BEFORE_SYSTEM},
    OccurrenceState.CONSULTING: _OFF | {OccurrenceState.AGREED},
    OccurrenceState.AGREED: _OFF | {OccurrenceState.LAUNCHED, OccurrenceState.CONSULTING},
    OccurrenceState.LAUNCHED: _OFF | {OccurrenceState.HELD, OccurrenceState.CONSULTING},
    # A new day brings it back to where it was: waiting to be asked about, asked about, or agreed.
    OccurrenceState.POSTPONED: (_OFF - {OccurrenceState.POSTPONED})
    | {OccurrenceState.PLANNED, OccurrenceState.CONSULTING, OccurrenceState.AGREED},
    OccurrenceState.HELD: frozenset({OccurrenceState.EVALUATED}),
}


def step(occurrence: str, now: OccurrenceState, to: OccurrenceState) -> OccurrenceState:
    """The state after the step; only an agreed occurrence launches (III.1 "trước khi triển khai").

    Raises Refused, naming the occurrence, where the plan allows no such step.
    """
    if to not in _STEPS.get(now, frozenset()):
        raise Refused(f"{occurrence} is {now.value} and cannot become {to.value}")
    return to
