"""What must hold of asking and telling whatever happens, compared before and after everything ran."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, time
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import select

from dondoc.clock import local
from dondoc.domain.states import (
    LetterState,
    OccurrenceState,
    Outcome,
    ProblemState,
    RequestKind,
    RoundState,
    Severity,
    Verdict,
)
from dondoc.store.queries import asked
from dondoc.store.tables import HistoryRow, LetterRow, OccurrenceRow, RequestRow, ResponseRow, RoundRow
from tests.integration.office import HEAD
from tests.machine import acts, record
from tests.machine.core import a_core

MAY_LAUNCH = (OccurrenceState.AGREED, OccurrenceState.LAUNCHED)
FOLLOWS_AGREEMENT = ("invitation", "contribution_request", "participants_request", "assignment_request")
EXAMPLES = int(os.environ.get("DONDOC_EXAMPLES", "0"))


def plays(examples: int, steps: int) -> settings:
    """So many plays, the same ones each time; with `DONDOC_EXAMPLES` as many as it says, and others each time."""
    return settings(
        max_examples=EXAMPLES or examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not EXAMPLES,
        print_blob=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


class Claims(RuleBasedStateMachine):
    """An office, and what is claimed of it; what happens there is for those that inherit."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.stack = ExitStack()

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.folder)

    def begins(self, moment: str) -> None:
        """The plan is loaded then, and everything runs for the first time."""
        self.core = self.stack.enter_context(a_core(self.folder, moment))
        self.desk = self.core.desk
        self.latest = self.desk.clock.at
        self.everything_runs()

    def everything_runs(self) -> None:
        """A minute later; what was true before is kept, because the claims compare."""
        self.core.minute_passes()
        self.latest = max(self.latest, self.desk.clock.at)
        self.before = record.requests(self.desk)
        self.settled_before = {p.key: p.detail for p in record.settled_problems(self.desk, by=HEAD.who)}
        self.returned_before = set(self.core.returned)
        sent_before = {letter.id for letter in record.sent(self.desk)}
        self.desk.run()
        self.new = [letter for letter in record.sent(self.desk) if letter.id not in sent_before]
        """What left in the last run."""
        self.chases = [letter for letter in self.new if record.is_chase(letter)]

    def the_last_run_was_right(self) -> None:
        """What is claimed of each run; a rule in which several happen says it between them."""
        self.who_answered_is_not_chased()
        self.nobody_is_chased_who_left()
        self.nobody_is_chased_for_what_waits_for_a_person_to_read()
        self.nobody_is_chased_twice_at_once_for_one_thing()
        self.nothing_is_sent_where_a_letter_came_back()
        self.nobody_is_invited_to_or_asked_to_pay_for_what_was_not_agreed()

    @invariant()
    def a_rerun_changes_nothing(self) -> None:
        before = record.everything(self.desk)
        self.desk.run()
        after = record.everything(self.desk)
        assert {name: set(rows) ^ set(after[name]) for name, rows in before.items() if rows != after[name]} == {}

    @invariant()
    def who_answered_is_not_chased(self) -> None:
        now = record.requests(self.desk)
        for letter in self.chases:
            was, is_ = self.before.get(letter.request_id), now[letter.request_id]
            is_settled = was is not None and was.is_settled and is_.is_settled
            assert not (is_settled and was and letter.asking == was.asking == is_.asking), letter.key

    @invariant()
    def what_was_answered_is_asked_no_more(self) -> None:
        answered = record.answered(self.desk, self.core.plan)
        assert [row.key for row in acts.asked(self.core) if row.id in answered] == []

    @invariant()
    def nobody_is_chased_who_left(self) -> None:
        day, plan = self.core.today, self.core.plan
        assert [x.key for x in self.chases if not plan.heir_of(x.addressee, day).is_member_on(day)] == []

    @invariant()
    def nobody_is_chased_for_what_waits_for_a_person_to_read(self) -> None:
        now = record.requests(self.desk)
        for letter in self.chases:
            was = self.before.get(letter.request_id)
            assert not (was and was.is_held and now[letter.request_id] == was), letter.key

    @invariant()
    def nobody_is_chased_on_a_day_off(self) -> None:
        if not self.desk.office.calendar.is_working(self.core.today):
            assert [letter.key for letter in self.chases] == []

    @invariant()
    def nobody_is_chased_twice_at_once_for_one_thing(self) -> None:
        chased = Counter((x.request_id, x.address) for x in self.chases)
        assert [key for key, times in chased.items() if times > 1] == []

    @invariant()
    def nothing_is_sent_where_a_letter_came_back(self) -> None:
        assert [letter.key for letter in self.new if letter.address in self.returned_before] == []

    @invariant()
    def nothing_launches_unless_all_agreed_or_the_head_said_so(self) -> None:
        with self.desk.office.sessions.reading() as session:
            for occurrence in session.scalars(select(OccurrenceRow).where(OccurrenceRow.state.in_(MAY_LAUNCH))):
                state = asked(session, occurrence)
                assert state is not None
                assert state.row.state is RoundState.CLOSED
                if state.row.decision is None:
                    assert state.row.outcome is Outcome.AGREED
                    assert state.round.waiting() == state.round.objecting() == ()

    @invariant()
    def nobody_is_invited_to_or_asked_to_pay_for_what_was_not_agreed(self) -> None:
        asked_for = {letter.occurrence for letter in self.new if letter.kind in FOLLOWS_AGREEMENT}
        with self.desk.office.sessions.reading() as session:
            agreed = set(
                session.scalars(
                    select(HistoryRow.occurrence).where(
                        HistoryRow.event.in_(["consultation.agreed", "consultation.proceed"])
                    )
                )
            )
        assert asked_for <= agreed

    @invariant()
    def silence_and_objections_reach_the_head_once_each_time_a_round_ends_with_them(self) -> None:
        with self.desk.office.sessions.reading() as session:
            told = Counter(session.scalars(select(LetterRow.occurrence).where(LetterRow.kind == "decision_needed")))
            events = ["consultation.silent", "consultation.objected"]
            ended = Counter(session.scalars(select(HistoryRow.occurrence).where(HistoryRow.event.in_(events))))
        assert told == ended

    @invariant()
    def every_objection_in_time_reaches_the_head_once(self) -> None:
        with self.desk.office.sessions.reading() as session:
            objected = session.execute(
                select(OccurrenceRow.key, RequestRow.unit, ResponseRow.number)
                .join(RequestRow, RequestRow.id == ResponseRow.request_id)
                .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
                .where(ResponseRow.verdict == Verdict.OBJECT, ~ResponseRow.late)
            ).tuples()
            wanted = Counter(f"objection_notice/{occurrence}/{unit}/{number}" for occurrence, unit, number in objected)
            told = Counter(session.scalars(select(LetterRow.key).where(LetterRow.kind == "objection_notice")))
        assert told == wanted

    @invariant()
    def what_is_overdue_is_a_problem(self) -> None:
        policy, calendar, today = self.core.plan.policy, self.desk.office.calendar, self.core.today
        known = {problem.key for problem in record.problems(self.desk) if problem.kind == "overdue"}
        rests = record.paused(self.desk)
        if not calendar.is_working(today) or self.desk.clock.at < self.latest:
            return
        for row in acts.asked(self.core):
            _, occurrence, unit = row.key.split("/")
            since = max(local(row.due_at), local(row.held_at or row.due_at)).date()
            late = calendar.working_days_between(since, today)
            if row.kind is RequestKind.CONTRIBUTION and late > policy.overdue_after and occurrence not in rests:
                assert f"overdue/{occurrence}/{unit}" in known

    @invariant()
    def what_the_head_settled_is_not_raised_again_in_the_same_words(self) -> None:
        unsettled = acts.unsettled(self.core)
        assert [p.key for p in unsettled if self.settled_before.get(p.key) == p.detail] == []

    @invariant()
    def every_problem_reaches_somebody_in_time_or_the_record_says_why_not(self) -> None:
        """At once, unless people of the unit come before the head, or it is not an hour to disturb anybody."""
        now = local(self.desk.clock.at)
        if not self._is_office_hour(now) or self.desk.clock.at < self.latest:
            return
        rests, ladders = record.paused(self.desk), self.core.plan.policy.ladders
        for problem in record.problems(self.desk):
            is_due = problem.kind not in ladders or local(problem.raised_at).date() < now.date()
            if problem.state is ProblemState.OPEN and is_due:
                is_told = problem.told_at is not None or problem.held_because is not None
                assert is_told or problem.occurrence in rests or problem.severity is Severity.NOTE, problem.key

    def _is_office_hour(self, now: datetime) -> bool:
        return time(7, 30) <= now.time() < time(17, 30) and self.desk.office.calendar.is_working(now.date())

    @invariant()
    def a_round_is_closed_or_in_time_or_rests(self) -> None:
        rests = record.paused(self.desk)
        with self.desk.office.sessions.reading() as session:
            overdue = session.scalars(
                select(OccurrenceRow.key)
                .join(RoundRow, RoundRow.occurrence_id == OccurrenceRow.id)
                .where(RoundRow.state == RoundState.OPEN, RoundRow.due_at <= self.desk.clock.at)
            )
            assert set(overdue) <= rests

    @invariant()
    def every_letter_left_or_rests_or_the_record_says_why_not(self) -> None:
        rests = record.paused(self.desk)
        for letter in record.letters(self.desk):
            left = letter.state in (LetterState.SENT, LetterState.WITHDRAWN, LetterState.FAILED) and letter.note
            is_late = local(letter.not_before) > self.desk.clock.at
            assert left or letter.occurrence in rests or is_late, (letter.key, letter.state)
