"""A round of consultation: when it ends, how, and what is said until then."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from dondoc.clock import ZONE
from dondoc.domain.calendar import vietnam
from dondoc.domain.consultation import Close, Round, beside_tet, next_actions, timetable
from dondoc.domain.ids import OccurrenceId, UnitId
from dondoc.domain.plan import OnDay, Place, PlannedOccurrence, Policy, RequestPolicy, Window
from dondoc.domain.requests import Remind, Request, TellSecretary, request_key
from dondoc.domain.states import Decision, Outcome, RequestKind, RequestState, RoundState, Verdict

CALENDAR = vietnam()
FIVE_DAYS = RequestPolicy(answer_within=5)
POLICY = Policy(
    opinion=FIVE_DAYS, contribution=FIVE_DAYS, participants=FIVE_DAYS, assignment=FIVE_DAYS, report=FIVE_DAYS
)
UNITS = (UnitId("so-y-te"), UnitId("so-gtvt"), UnitId("tnxp"))
YES, BUT, NO, PASS = Verdict.AGREE, Verdict.COMMENT, Verdict.OBJECT, Verdict.ABSTAIN
OPENED = date(2024, 4, 1)
DUE = datetime(2024, 4, 8, 17, tzinfo=ZONE)
DURING = datetime(2024, 4, 2, 8, 15, tzinfo=ZONE)
AFTER = datetime(2024, 4, 8, 17, 5, tzinfo=ZONE)


def asked(*verdicts: Verdict | None, **facts: object) -> Round:
    given = dict(zip(UNITS, verdicts, strict=False))
    known: dict[str, object] = {
        "occurrence": OccurrenceId("visit-2024-q2"),
        "number": 1,
        "version": 1,
        "due_at": DUE,
        "state": RoundState.OPEN,
        "requests": tuple(
            Request(
                key=request_key(RequestKind.OPINION, "visit-2024-q2", unit),
                kind=RequestKind.OPINION,
                occurrence=OccurrenceId("visit-2024-q2"),
                unit=unit,
                round=1,
                asked_on=OPENED,
                due_on=DUE.date(),
                state=RequestState.OPEN if given.get(unit) is None else RequestState.ANSWERED,
            )
            for unit in UNITS
        ),
        "verdicts": {unit: verdict for unit, verdict in given.items() if verdict is not None},
    }
    return Round(**(known | facts))  # type: ignore[arg-type]


def closings(round_: Round, now: datetime, policy: Policy = POLICY) -> list[Outcome]:
    return [a.outcome for a in next_actions(round_, now, policy, CALENDAR) if isinstance(a, Close)]


@pytest.mark.parametrize(
    ("verdicts", "now", "expected"),
    [
        pytest.param((YES, YES, YES), DURING, [Outcome.AGREED], id="everyone agrees: it need not wait"),
        pytest.param((YES, BUT, PASS), DURING, [Outcome.AGREED], id="comments and abstentions do not block"),
        pytest.param((YES, YES, None), DURING, [], id="someone has not answered: wait"),
        pytest.param((YES, YES, NO), DURING, [], id="an objector may change its mind until the deadline"),
        pytest.param((YES, YES, NO), AFTER, [Outcome.OBJECTED], id="an objection at the deadline is for the head"),
        pytest.param((YES, NO, None), AFTER, [Outcome.OBJECTED], id="an objection weighs more than silence"),
        pytest.param((YES, YES, None), AFTER, [Outcome.SILENT], id="silence is not consent"),
        pytest.param((), DUE, [Outcome.SILENT], id="the deadline itself is the end"),
    ],
)
def test_how_a_round_ends(verdicts: tuple[Verdict, ...], now: datetime, expected: list[Outcome]) -> None:
    assert closings(asked(*verdicts), now) == expected


def test_an_objection_decides_as_soon_as_nobody_else_is_waited_for() -> None:
    assert asked(YES, YES, NO).outcome(at_close=False, silence="ask_head") is Outcome.OBJECTED
    assert asked(YES, None, NO).outcome(at_close=False, silence="ask_head") is Outcome.WAITING
    assert asked(YES, None, YES).outcome(at_close=False, silence="consent") is Outcome.WAITING


def test_the_silent_are_chased_on_while_the_head_decides_and_not_where_silence_agrees() -> None:
    lenient = POLICY.model_copy(update={"silence": "consent"})
    morning = datetime(2024, 4, 9, 8, 15, tzinfo=ZONE)

    for_the_head, agreed = (
        list(next_actions(asked(YES, YES, None), morning, policy, CALENDAR)) for policy in (POLICY, lenient)
    )

    assert for_the_head[0] == Close(Outcome.SILENT)
    assert [a.request.unit for a in for_the_head[1:] if isinstance(a, Remind)] == ["tnxp"]
    assert agreed == [Close(Outcome.AGREED)]


def test_silence_is_consent_only_where_the_plan_says_so() -> None:
    lenient = POLICY.model_copy(update={"silence": "consent"})

    assert closings(asked(YES, YES, None), AFTER, lenient) == [Outcome.AGREED]
    assert closings(asked(YES, NO, None), AFTER, lenient) == [Outcome.OBJECTED]
    assert closings(asked(YES, YES, None), DURING, lenient) == [], "and not before the deadline"


def test_only_those_who_owe_are_reminded() -> None:
    three_days_before = datetime(2024, 4, 3, 8, 15, tzinfo=ZONE)

    actions = list(next_actions(asked(YES, None, NO), three_days_before, POLICY, CALENDAR))

    assert [a.request.unit for a in actions if isinstance(a, Remind)] == ["so-gtvt"]


def test_the_secretary_is_told_of_a_contact_whom_no_letter_reaches_and_of_no_other() -> None:
    round_ = asked(YES, None, None)

    actions = list(next_actions(round_, DURING, POLICY, CALENDAR, unreached={UNITS[0], UNITS[2]}))

    assert actions == [TellSecretary(round_.requests[2])]


def test_who_has_only_just_been_written_to_is_not_chased() -> None:
    round_ = asked(YES, None, None)
    three_days_before = datetime(2024, 4, 3, 8, 15, tzinfo=ZONE)

    actions = list(next_actions(round_, three_days_before, POLICY, CALENDAR, being_told={round_.requests[1].key}))

    assert [a.request.unit for a in actions if isinstance(a, Remind)] == ["tnxp"]


@pytest.mark.parametrize("facts", [{"ended": Outcome.AGREED}, {"ended": Outcome.SILENT, "decision": Decision.PROCEED}])
def test_nobody_is_chased_once_it_is_decided(facts: dict[str, object]) -> None:
    decided = asked(YES, None, None, state=RoundState.CLOSED, **facts)

    assert list(next_actions(decided, datetime(2024, 4, 9, 8, 15, tzinfo=ZONE), POLICY, CALENDAR)) == []


def test_after_the_close_the_silent_are_reminded_until_the_head_decides() -> None:
    undecided = asked(YES, None, YES, state=RoundState.CLOSED, ended=Outcome.SILENT)

    actions = list(next_actions(undecided, datetime(2024, 4, 9, 8, 15, tzinfo=ZONE), POLICY, CALENDAR))

    assert [a.request.unit for a in actions if isinstance(a, Remind)] == ["so-gtvt"]


def planned(day: date, quarter: str = "2024-Q2") -> PlannedOccurrence:
    return PlannedOccurrence(
        id="visit-2024-q2",
        title="Thăm Mẹ Việt Nam Anh hùng quý II",
        when=OnDay(day=day, at=time(8)),
        place=Place(name="Huyện Củ Chi"),
        consult_on=date(2024, 4, 1),
        quarter=quarter,
    )


@pytest.mark.parametrize(
    ("today", "day", "due", "proposed"),
    [
        pytest.param(date(2024, 4, 1), date(2024, 6, 14), date(2024, 4, 8), date(2024, 6, 14), id="as planned"),
        pytest.param(
            date(2024, 6, 10), date(2024, 6, 14), date(2024, 6, 13), date(2024, 6, 14), id="late: a short round"
        ),
        pytest.param(
            date(2024, 6, 12), date(2024, 6, 14), date(2024, 6, 13), date(2024, 6, 14), id="a day between is enough"
        ),
        pytest.param(
            date(2024, 6, 13), date(2024, 6, 14), date(2024, 6, 20), date(2024, 6, 24), id="too late: another day"
        ),
        pytest.param(
            date(2024, 6, 26), date(2024, 6, 14), date(2024, 6, 27), date(2024, 6, 28), id="the quarter's last days"
        ),
    ],
)
def test_a_round_that_opens_late_still_leaves_time_to_answer(today: date, day: date, due: date, proposed: date) -> None:
    times = timetable(planned(day), datetime.combine(today, time(8), ZONE), POLICY, CALENDAR)

    assert times is not None
    assert times.when is not None
    assert (times.due_at, times.when.day) == (datetime.combine(due, time(17), ZONE), proposed)


def test_a_quarter_without_a_working_day_left_is_for_the_head() -> None:
    assert timetable(planned(date(2024, 6, 14)), datetime(2024, 6, 28, 8, tzinfo=ZONE), POLICY, CALENDAR) is None


@pytest.mark.parametrize(
    ("day", "proposed", "otherwise"),
    [
        pytest.param(date(2024, 2, 7), date(2024, 2, 7), (), id="the day before Tết"),
        pytest.param(date(2024, 2, 8), date(2024, 2, 7), (date(2024, 2, 15),), id="its first day"),
        pytest.param(date(2024, 2, 11), date(2024, 2, 15), (date(2024, 2, 7),), id="in its middle: afterwards"),
        pytest.param(date(2024, 2, 14), date(2024, 2, 15), (date(2024, 2, 7),), id="its last day"),
        pytest.param(date(2024, 2, 15), date(2024, 2, 15), (), id="the day after"),
        pytest.param(date(2024, 2, 18), date(2024, 2, 18), (), id="a Sunday is for the plan to choose"),
    ],
)
def test_a_day_in_tet_gives_way_to_the_nearer_working_day_beside_it(
    day: date, proposed: date, otherwise: tuple[date, ...]
) -> None:
    when = beside_tet(planned(day, "2024-Q1"), CALENDAR).when

    assert when == OnDay(day=proposed, at=time(8), alternatives=otherwise)


def test_a_window_over_tet_stays() -> None:
    spring = planned(date(2024, 2, 1), "2024-Q1").model_copy(
        update={"when": Window(first=date(2024, 2, 1), last=date(2024, 2, 29))}
    )

    assert beside_tet(spring, CALENDAR) == spring


@pytest.mark.parametrize(
    ("today", "due"),
    [
        pytest.param(date(2024, 8, 27), date(2024, 8, 29), id="answers are in a working day before the window ends"),
        pytest.param(date(2024, 8, 28), date(2024, 8, 29), id="a day to answer is a round"),
        pytest.param(date(2024, 8, 29), None, id="less is for the head"),
    ],
)
def test_a_window_that_ends_soon_leaves_less_time_to_answer(today: date, due: date | None) -> None:
    august = planned(date(2024, 8, 1), "2024-Q3").model_copy(
        update={"when": Window(first=date(2024, 8, 1), last=date(2024, 8, 30)), "quarter": None}
    )

    times = timetable(august, datetime.combine(today, time(8), ZONE), POLICY, CALENDAR)

    assert (times.due_at.date() if times else None) == due


def test_a_window_keeps_its_days_open() -> None:
    august = planned(date(2024, 8, 1), "2024-Q3").model_copy(
        update={"when": Window(first=date(2024, 8, 1), last=date(2024, 8, 31)), "quarter": None}
    )

    times = timetable(august, datetime(2024, 7, 1, 8, tzinfo=ZONE), POLICY, CALENDAR)

    assert times is not None
    assert (times.due_at.date(), times.when) == (date(2024, 7, 8), None)
