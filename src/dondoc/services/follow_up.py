"""Everything that fell due (III.1 "theo dõi, đôn đốc"): letters not yet written, reminders, closings, launches.

Each step looks at what is recorded and says what is missing; running it twice, late, or after a kill is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.consultation import Action, Close, next_actions
from dondoc.domain.requests import Chase
from dondoc.domain.states import (
    OccurrenceState,
    Outcome,
    RequestKind,
    RequestState,
    RoundProblem,
    RoundState,
    step,
)
from dondoc.services import change_letters as changed
from dondoc.services import consult_letters as letters
from dondoc.services.asking import say
from dondoc.services.case import Case, cases, open_case, rests, unreached
from dondoc.services.consult import CHUNK, ask_waiting, lacks_letters
from dondoc.services.headship import keep_head
from dondoc.services.incidents import notice_pause
from dondoc.services.ladder import climb
from dondoc.services.matters import pursue
from dondoc.services.membership import keep_members
from dondoc.services.office import Draft, Office
from dondoc.services.round_problems import raise_about_round
from dondoc.services.work_views import unowned_in
from dondoc.store.history import RULES, Actor, note
from dondoc.store.outbox import being_told
from dondoc.store.parts import in_parts
from dondoc.store.queries import UNIT, Asked, asked, latest_round, lock_requests, may_be_chased
from dondoc.store.runs import completed
from dondoc.store.tables import RequestRow, RoundRow
from dondoc.store.tables_runs import Work


@dataclass(frozen=True, slots=True)
class Followed:
    """What one pass did."""

    asked: int = 0
    reminded: int = 0
    closed: int = 0
    announced: int = 0
    launched: int = 0

    def __add__(self, other: Followed) -> Followed:
        return Followed(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class _Work:
    """What is missing of one occurrence, as the record stands."""

    ask: bool = False
    actions: tuple[Action, ...] = ()
    announce: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()
    """Who has not heard of what became of it since."""
    launch: bool = False


def follow_up(office: Office) -> Followed:
    """Bring every occurrence that is under way up to date."""
    keep_head(office)
    keep_members(office)
    now = office.clock.now()
    with office.sessions.reading() as session:
        behind = [
            (case.plan_id, case.key)
            for case in cases(session, now, *UNDER_WAY)
            if _missing(office, session, case) != _NOTHING
        ]
    done = Followed()
    for plan_id, key in behind:
        done += follow(office, plan_id, key)
    asked_for, chased = pursue(office)
    climb(office)
    done += Followed(asked=asked_for, reminded=chased)
    with office.sessions.writing() as session:
        notice_pause(session, now, office.calendar)
        completed(session, Work.FOLLOW_UP, now, **asdict(done))
    return done


def follow(office: Office, plan_id: str, occurrence: str) -> Followed:
    """Bring one occurrence up to date: look what is missing, do it, and look again, for one thing leads to another."""
    done = Followed()
    for _ in range(_STAGES):
        with office.sessions.reading() as session:
            work = _missing(office, session, open_case(session, plan_id, occurrence, office.clock.now()))
        if work == _NOTHING:
            break
        done += _do(office, plan_id, occurrence, work)
    return done


_NOTHING = _Work()
_ANNOUNCED = (OccurrenceState.AGREED, OccurrenceState.CANCELLED)
"""How a consultation ended stands in letters of its own."""
UNDER_WAY = (
    OccurrenceState.CONSULTING,
    *_ANNOUNCED,
    OccurrenceState.LAUNCHED,
    OccurrenceState.POSTPONED,
    OccurrenceState.SKIPPED,
    OccurrenceState.MERGED,
)
_STAGES = 5
"""Asked, closed, announced, launched, and one look more."""


def _missing(office: Office, session: Session, case: Case) -> _Work:
    round_row = latest_round(session, case.row)
    if round_row is None or rests(session, case):
        return _NOTHING
    if case.row.state is OccurrenceState.CONSULTING:
        return _missing_of_round(office, session, case, round_row)
    tell = changed.untold(session, case, round_row)
    if case.row.state not in _ANNOUNCED:
        return _Work(tell=tell)
    untold = changed.without_letter(session, case, round_row, letters.outcome_key(case, round_row, UNIT))
    is_agreed = case.row.state is OccurrenceState.AGREED and case.proposal(session).is_settled(case.planned)
    may_launch = is_agreed and not unowned_in(session, case)
    return _Work(announce=untold, tell=tell, launch=may_launch and not untold and not tell)


def _missing_of_round(office: Office, session: Session, case: Case, round_row: RoundRow) -> _Work:
    """What is missing of a consultation; of one in which all was said, and on which the head must decide, nothing."""
    if round_row.state is RoundState.CLOSED and not _is_any_chased(session, case):
        return _NOTHING
    state = asked(session, case.row)
    if state is None:
        return _NOTHING
    lost = unreached(session, case, state.round.waiting())
    told = being_told(session, case.row, case.now)
    actions = tuple(next_actions(state.round, case.now, case.plan.policy, office.calendar, lost, told))
    return _Work(ask=lacks_letters(session, case, state), actions=actions)


def _is_any_chased(session: Session, case: Case) -> bool:
    mine = RequestRow.occurrence_id == case.row.id, RequestRow.kind == RequestKind.OPINION
    chased = select(RequestRow.id).where(*mine, may_be_chased(case.plan.policy.opinion))
    return session.scalar(chased.limit(1)) is not None


def _do(office: Office, plan_id: str, occurrence: str, work: _Work) -> Followed:
    written = ask_waiting(office, plan_id, occurrence) if work.ask else 0
    closed = any(isinstance(action, Close) and close(office, plan_id, occurrence, RULES) for action in work.actions)
    chases = [action for action in work.actions if not isinstance(action, Close)]
    reminded = sum(_chase(office, plan_id, occurrence, chunk) for chunk in in_parts(chases, CHUNK))
    announced = _announce(office, plan_id, occurrence, work.announce) if work.announce else 0
    announced += sum(_tell(office, plan_id, occurrence, chunk) for chunk in in_parts(work.tell, CHUNK))
    launched = _launch(office, plan_id, occurrence) if work.launch else False
    return Followed(written, reminded, int(closed), announced, int(launched))


def close(office: Office, plan_id: str, occurrence: str, by: Actor) -> bool:
    """End the open round with what was answered so far; what is not agreed goes to the head."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        state = asked(session, case.row)
        if state is None or state.row.state is not RoundState.OPEN:
            return False
        # Who was not reached cannot have consented by silence.
        silence = "ask_head" if unreached(session, case, state.round.waiting()) else case.plan.policy.silence
        outcome = state.round.outcome(at_close=True, silence=silence)
        end(state, outcome, case)
        note(
            session,
            plan_id,
            case.now,
            f"consultation.{outcome.value}",
            occurrence=occurrence,
            by=by,
            old=f"round {state.row.number}",
            new=outcome.value,
            detail=f"{len(state.counting)} of {len(state.requests)} answered",
        )
        if outcome is Outcome.AGREED:
            agree(case, state)
        else:
            _to_the_head(office, session, case, state)
    return True


def end(state: Asked, outcome: Outcome, case: Case) -> None:
    """Close the round."""
    row = state.row
    row.state, row.closed_at, row.outcome, row.endings = RoundState.CLOSED, case.now, outcome, row.endings + 1


def agree(case: Case, state: Asked) -> None:
    """The occurrence may launch; nobody is asked any more."""
    case.row.state, case.row.agreed_at = step(case.key, case.row.state, OccurrenceState.AGREED), case.now
    withdraw_open(case, state)


def withdraw_open(case: Case, state: Asked) -> None:
    for request in state.requests.values():
        if request.state is RequestState.OPEN:
            request.state, request.settled_at = RequestState.WITHDRAWN, case.now


def _to_the_head(office: Office, session: Session, case: Case, state: Asked) -> None:
    lost = unreached(session, case, state.round.waiting())
    for unit in state.round.waiting():
        kind = RoundProblem.UNDELIVERED if unit in lost else RoundProblem.SILENCE
        raise_about_round(session, case, unit, kind, f"no answer by {state.round.due_at:%d/%m/%Y %H:%M}")
    office.post(session, case.plan_id, [letters.decision_needed(office, session, case, state)], case.now)


def _chase(office: Office, plan_id: str, occurrence: str, chases: Sequence[Chase]) -> int:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        round_row = latest_round(session, case.row)
        rows = lock_requests(session, plan_id, [chase.request.key for chase in chases])
        drafts: list[Draft] = []
        for chase in chases:
            row = rows[chase.request.key]
            if round_row is None or row.state is not RequestState.OPEN or row.reminded != chase.request.reminded:
                continue  # answered, or said by another run, in the meantime
            draft = say(office, session, case, _Opinions(round_row), row, chase)
            if draft is not None:
                drafts.append(draft)
        return office.post(session, plan_id, drafts, case.now)


@dataclass(frozen=True, slots=True)
class _Opinions:
    """What is said to a unit that owes its opinion in a round."""

    round_row: RoundRow
    kind: RequestKind = RequestKind.OPINION
    letter: str = letters.REQUEST

    def ask(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        return letters.request(office, session, case, self.round_row, row)

    def remind(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        return letters.reminder(office, session, case, self.round_row, row)

    def tell_secretary(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None:
        return letters.to_secretary(office, session, case, self.round_row, row)


def _announce(office: Office, plan_id: str, occurrence: str, addressees: Sequence[str]) -> int:
    """Tell the head and the units how the consultation ended."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        state = asked(session, case.row)
        if state is None:
            return 0
        shown = letters.shown(case, state)
    return sum(_announce_to(office, plan_id, occurrence, shown, chunk) for chunk in in_parts(addressees, CHUNK))


def _announce_to(office: Office, plan_id: str, occurrence: str, shown: letters.Shown, addressees: Sequence[str]) -> int:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        round_row = latest_round(session, case.row)
        if round_row is None or case.row.state not in _ANNOUNCED:
            return 0  # it was taken up again meanwhile
        drafts = letters.outcomes(office, session, case, round_row, shown, addressees)
        return office.post(session, plan_id, drafts, case.now)


def _tell(office: Office, plan_id: str, occurrence: str, addressees: Sequence[str]) -> int:
    """Tell the head and the units what became of the occurrence since."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        return office.post(session, plan_id, changed.drafts(office, session, case, addressees), case.now)


def _launch(office: Office, plan_id: str, occurrence: str) -> bool:
    """Launch an agreed occurrence: its day and place are known, and the units have been told."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        if case.row.state is not OccurrenceState.AGREED:
            return False
        case.row.state, case.row.launched_at = step(case.key, case.row.state, OccurrenceState.LAUNCHED), case.now
        note(session, plan_id, case.now, "occurrence.launched", occurrence=occurrence)
    return True
