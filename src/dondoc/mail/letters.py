"""What each kind of letter says: one value per kind, whose fields are all that its templates may use.

`kind` is the name of the folder under `templates/emails`. URLs come without a query unless said otherwise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, TypeAlias

from dondoc.domain.ids import Dong, OccurrenceId, UnitId
from dondoc.domain.proposal import Aspect
from dondoc.domain.states import Channel, Decision, Severity, Verdict


@dataclass(frozen=True, slots=True)
class UnitView:
    id: UnitId
    full: str
    short: str


@dataclass(frozen=True, slots=True)
class HeadView:
    name: str
    title: str
    unit_full: str
    cluster: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """Whom a letter to a unit addresses."""

    name: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class StandInView:
    """Who reads a letter to the head in the head's place."""

    name: str
    title: str
    until: date | None
    """None: until further notice."""


@dataclass(frozen=True, slots=True)
class OccurrenceView:
    """One version of how an occurrence is to happen, in the words of `dondoc.domain.wording`."""

    id: OccurrenceId
    title: str
    short_title: str
    clause: str
    """Where the plan says so: II.3."""
    when_text: str
    place_text: str
    contents: tuple[str, ...]
    contribution_text: str | None
    """Who pays how much; None when nobody does."""
    version: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a unit answered; without a verdict it has not answered, and the other fields say nothing."""

    unit_short: str
    verdict: Verdict | None = None
    comment: str = ""
    channel: Channel | None = None
    answered_at: datetime | None = None
    late: bool = False
    """It came after the deadline; it counts only when the round was reopened afterwards."""
    unreached: bool = False
    """It was not asked: its address takes no letters."""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What differs between two versions of a proposal."""

    aspect: Aspect
    old: str | None
    """None: there was nothing before."""
    new: str


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """Why a unit is asked once more; without changes, because the round was reopened."""

    reason: str
    changes: tuple[ChangeView, ...] = ()
    earlier: Verdict | None = None
    """What the unit had answered to the version before."""


@dataclass(frozen=True, slots=True)
class AssumptionView:
    id: str
    question: str
    value: str
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrphanView:
    """A content of an activity that no unit was put in charge of."""

    activity: str
    text: str


@dataclass(frozen=True, slots=True)
class YearLine:
    """One occurrence in the year at a glance."""

    title: str
    when_text: str
    consult_on: date | None
    """None: it was over before the system took the plan over."""


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem; `_base/problems.txt` words the kinds that it knows, letters show the detail of any other."""

    kind: str
    severity: Severity
    detail: str
    since: datetime
    url: str
    """Where it is acknowledged or resolved."""
    unit_short: str | None = None
    occurrence_title: str | None = None
    times: int = 1
    """For which time it is told."""
    acknowledged_at: datetime | None = None
    """When it was acknowledged, if nothing has come of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What every letter needs."""

    kind: ClassVar[str]

    head: HeadView
    change_recipient_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToUnit(Letter):
    """A letter to a unit, signed by the head."""

    unit: UnitView
    person: PersonView | None = None
    """None: the letter addresses the unit."""
    problem_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToHead(Letter):
    """A letter to the head, written by the system in nobody's name."""

    board_url: str
    stands_in: StandInView | None = None
    """Who reads it while the head is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationRequest(ToUnit):
    """Asks a unit's opinion on one version of a proposal (III.1)."""

    kind = "consultation_request"

    occurrence: OccurrenceView
    due_at: datetime
    assignments: tuple[str, ...]
    """What the plan puts this unit in charge of."""
    share: Dong
    """What this unit pays; 0 when it pays nothing."""
    answer_url: str
    again: AskedAgain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationReminder(ToUnit):
    """The number-th reminder of a unit that has not answered."""

    kind = "consultation_reminder"

    occurrence: OccurrenceView
    due_at: datetime
    number: int
    overdue: bool
    answer_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationEscalation(ToUnit):
    """Tells a unit's secretary that its contact does not answer, or cannot be reached."""

    kind = "consultation_escalation"

    occurrence: OccurrenceView
    due_at: datetime
    overdue: bool
    asked_at: datetime
    contact_address: str | None
    """None: the plan names no contact."""
    reminders: int
    undelivered: bool = False
    answer_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerConfirmation(ToUnit):
    """Tells a unit what was recorded as its answer."""

    kind = "answer_confirmation"

    occurrence: OccurrenceView
    answer: AnswerView
    by: str
    """Who said it: an address, or a name when it was recorded on the unit's behalf."""
    evidence: str | None = None
    """On what the record rests when the unit did not write itself; else None."""
    due_at: datetime
    change_url: str | None
    """None once the round is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionNotice(ToHead):
    """Tells the head at once that a unit objects."""

    kind = "objection_notice"

    unit: UnitView
    occurrence: OccurrenceView
    answer: AnswerView
    due_at: datetime
    decide_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAnswerNotice(ToHead):
    """Tells the head that an answer came after the close; it changes nothing unless the head reopens."""

    kind = "late_answer_notice"

    unit: UnitView
    occurrence: OccurrenceView
    answer: AnswerView
    closed_at: datetime
    decide_url: str


ANSWERS_SHOWN: Final = 60
"""How many answers a letter shows one by one; with more, mail programs would clip it, and every letter would grow with
the cluster.
"""

Others: TypeAlias = tuple[tuple[Verdict | None, int], ...]
"""How many more units answered what; None: nothing, or too late."""


def shorten(answers: tuple[AnswerView, ...]) -> tuple[tuple[AnswerView, ...], Others]:
    """The answers as a letter shows them: of many only what needs reading, objections first; of the rest how many."""
    if len(answers) <= ANSWERS_SHOWN:
        return answers, ()
    telling = [a for a in answers if a.comment or a.unreached or a.verdict is Verdict.OBJECT]
    telling.sort(key=lambda a: a.verdict is not Verdict.OBJECT)
    shown = telling[:ANSWERS_SHOWN]
    ids = set(map(id, shown))
    rest = Counter(None if a.late else a.verdict for a in answers if id(a) not in ids)
    return tuple(shown), tuple((verdict, rest[verdict]) for verdict in (*Verdict, None) if rest[verdict])


class _Tally:
    """Counting a table of answers; those that came late stand in it, but count for nothing."""

    __slots__ = ()
    answers: tuple[AnswerView, ...]

    @property
    def agreeing(self) -> tuple[str, ...]:
        return tuple(a.unit_short for a in self.answers if a.verdict in (Verdict.AGREE, Verdict.COMMENT) and not a.late)

    @property
    def objecting(self) -> tuple[str, ...]:
        return tuple(a.unit_short for a in self.answers if a.verdict is Verdict.OBJECT and not a.late)

    @property
    def abstaining(self) -> tuple[str, ...]:
        return tuple(a.unit_short for a in self.answers if a.verdict is Verdict.ABSTAIN and not a.late)

    @property
    def silent(self) -> tuple[str, ...]:
        return tuple(a.unit_short for a in self.answers if (a.verdict is None or a.late) and not a.unreached)

    @property
    def unreached(self) -> tuple[str, ...]:
        return tuple(a.unit_short for a in self.answers if a.unreached)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionNeeded(ToHead, _Tally):
    """Puts a closed round before the head, because a unit objects or is silent (assumption A4)."""

    kind = "decision_needed"

    occurrence: OccurrenceView
    closed_at: datetime
    answers: tuple[AnswerView, ...]
    decide_url: str
    """`?do=` with a Decision's value is appended."""

    @property
    def shortened(self) -> tuple[tuple[AnswerView, ...], Others]:
        return shorten(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationOutcome(Letter, _Tally):
    """Tells a unit, or the head, how a consultation ended."""

    kind = "consultation_outcome"

    unit: UnitView | None
    """None: the head's own copy."""
    person: PersonView | None = None
    problem_url: str | None
    board_url: str | None = None
    stands_in: StandInView | None = None
    occurrence: OccurrenceView
    """The version it is about; for a revision the new one."""
    decision: Decision | None
    """None: agreed."""
    reason: str = ""
    answers: tuple[AnswerView, ...]
    others: Others = ()
    settled: bool = True
    """Whether day and place are known; otherwise they are announced later."""
    changes: tuple[ChangeView, ...] = ()
    due_at: datetime | None = None
    """Until when the round that follows a revision runs."""
    carried: Verdict | None = None
    """This unit's answer that stays valid after a revision."""
    answer_url: str | None = None
    """Where the carried answer can be changed."""

    @property
    def is_silence_consent(self) -> bool:
        """Whether, of what was agreed, some only by keeping silent."""
        return bool(self.silent) or any(verdict is None for verdict, _ in self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStarted(ToHead):
    """The first letter to the head: the year, and what is still open in the plan."""

    kind = "plan_started"

    plan_title: str
    year: int
    starts_on: date
    lines: tuple[YearLine, ...]
    assumptions: tuple[AssumptionView, ...]
    """Those that nobody has confirmed."""
    orphans: tuple[OrphanView, ...]
    unreachable: tuple[str, ...] = ()
    """Short names of the units without a contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoredNotice(ToHead):
    """Tells the head that the record was put back from a backup: what is not known, and that nothing else is sent."""

    kind = "restored_notice"

    taken_at: datetime
    restored_at: datetime


class _Problems:
    """Several problems in one letter."""

    __slots__ = ()
    problems: tuple[ProblemView, ...]

    @property
    def is_urgent(self) -> bool:
        return any(problem.severity is Severity.URGENT for problem in self.problems)

    @property
    def reminder(self) -> int:
        """For which time the most often told of them is repeated; 0: all are new."""
        return max(problem.times for problem in self.problems) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemsNotice(ToHead, _Problems):
    """Tells the head of one or several problems."""

    kind = "problems_notice"

    problems: tuple[ProblemView, ...]
    rest: int = 0
    """How many more are told by this letter, but only shown on the board."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemToUnit(ToUnit, _Problems):
    """Tells a unit's contact or secretary of problems about the unit."""

    kind = "problem_to_unit"

    problems: tuple[ProblemView, ...]
    rest: int = 0
    to_secretary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReport(Letter):
    """Reports a problem to those above the cluster; only the head sends it there."""

    kind = "problem_report"

    recipient: str
    unit_full: str | None
    occurrence_title: str | None
    problem: ProblemView
    comment: str
    """What the head adds: what is done about it, what is asked for."""
    approved_at: datetime
