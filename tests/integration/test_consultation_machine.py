"""Answers, decisions and days in any order: what must hold of a consultation whatever happens."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, select

from dondoc.domain.proposal import Revision
from dondoc.domain.states import OccurrenceState, Outcome, RequestState, RoundState, Verdict
from dondoc.errors import Refused
from dondoc.services import decide
from dondoc.store.queries import asked, find_occurrence
from dondoc.store.tables import LetterRow, RequestRow, ResponseRow, RoundRow
from tests.integration.office import HEAD, PLAN, UNITS, an_office

Q2 = "visit-2024-q2"


class ConsultationMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.stack = ExitStack()
        self.desk = self.stack.enter_context(an_office(self.folder, "2024-04-01 08:00"))

    def teardown(self) -> None:
        self.stack.close()
        shutil.rmtree(self.folder)

    @initialize()
    def open(self) -> None:
        self.desk.run()

    @rule(hours=st.sampled_from([1, 9, 15, 24, 72]))
    def time_passes(self, hours: int) -> None:
        self.desk.clock.at += timedelta(hours=hours)
        self.desk.run()

    @rule(unit=st.sampled_from(UNITS), verdict=st.sampled_from(Verdict))
    def unit_answers(self, unit: str, verdict: Verdict) -> None:
        self.desk.answer(unit, verdict, "Ý kiến")
        self.desk.clock.at += timedelta(minutes=1)
        self.desk.run()

    @rule()
    def everyone_agrees(self) -> None:
        for unit in UNITS:
            self.desk.answer(unit)
        self.desk.clock.at += timedelta(minutes=1)
        self.desk.run()

    @rule(action=st.sampled_from(["close", "reopen", "proceed", "revise", "cancel"]), material=st.booleans())
    def head_decides(self, action: str, material: bool) -> None:
        later = Revision(day=date(2024, 6, 17) + timedelta(self.desk.clock.at.minute), material=material)
        try:
            decide.apply(self.desk.office, PLAN, Q2, action, "Lý do", later, HEAD)
        except Refused:
            return
        self.desk.run()

    @invariant()
    def running_again_changes_nothing(self) -> None:
        before = (self.desk.letters(), self.desk.events(), self.desk.problems())
        self.desk.run()
        assert (self.desk.letters(), self.desk.events(), self.desk.problems()) == before

    @invariant()
    def nobody_who_answered_is_chased(self) -> None:
        with self.desk.office.sessions.reading() as session:
            chased = session.execute(
                select(LetterRow.key, LetterRow.created_at, ResponseRow.received_at)
                .join(RequestRow, RequestRow.id == LetterRow.request_id)
                .join(ResponseRow, ResponseRow.request_id == RequestRow.id)
                .where(
                    LetterRow.kind.in_(["consultation_reminder", "consultation_escalation"]),
                    ResponseRow.received_at < LetterRow.created_at,
                    ResponseRow.received_at >= RequestRow.asked_at,
                    LetterRow.asking == RequestRow.asking,
                    RequestRow.state == RequestState.ANSWERED,
                )
            ).all()
        assert chased == []

    @invariant()
    def nothing_launches_unless_all_agreed_or_the_head_said_so(self) -> None:
        with self.desk.office.sessions.reading() as session:
            occurrence = find_occurrence(session, PLAN, Q2)
            if occurrence.state not in (OccurrenceState.AGREED, OccurrenceState.LAUNCHED):
                return
            state = asked(session, occurrence)
            assert state is not None
            assert state.row.state is RoundState.CLOSED
            if state.row.decision is None:
                assert state.row.outcome is Outcome.AGREED
                assert state.round.waiting() == state.round.objecting() == ()

    @invariant()
    def silence_and_objections_reach_the_head_once_each_time_a_round_ends_with_them(self) -> None:
        with self.desk.office.sessions.reading() as session:
            told = session.scalar(
                select(func.count()).select_from(LetterRow).where(LetterRow.kind == "decision_needed")
            )
            ended = sum(event in ("consultation.silent", "consultation.objected") for event in self.desk.events())
        assert told == ended

    @invariant()
    def a_round_is_closed_or_still_in_time(self) -> None:
        with self.desk.office.sessions.reading() as session:
            overdue = session.scalar(
                select(func.count())
                .select_from(RoundRow)
                .where(RoundRow.state == RoundState.OPEN, RoundRow.due_at <= self.desk.clock.at)
            )
        assert overdue == 0

    @invariant()
    def every_letter_was_sent_or_withdrawn_with_a_reason(self) -> None:
        with self.desk.office.sessions.reading() as session:
            states = session.execute(select(LetterRow.state, LetterRow.note)).all()
        assert all(state in ("sent", "withdrawn") and note for state, note in states)


ConsultationMachine.TestCase.settings = settings(
    max_examples=20, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestConsultationMachine = ConsultationMachine.TestCase
