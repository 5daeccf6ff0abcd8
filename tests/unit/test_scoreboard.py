"""How each unit did, out of facts that bear their evidence (III.1 "đánh giá")."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.ids import UnitId
from dondoc.domain.scoreboard import Fact, Standing, Turnout, score
from dondoc.domain.states import RequestKind

YTE, GTVT, TNXP = UnitId("so-y-te"), UnitId("so-gtvt"), UnitId("tnxp")


def fact(
    standing: Standing, kind: RequestKind = RequestKind.OPINION, days: int | None = None, unit: UnitId = YTE
) -> Fact:
    return Fact(unit, kind, standing, days, f"{kind.value}/{unit}/{standing.value}/{days}")


def test_answers_in_time_and_how_long_they_took() -> None:
    found = score(YTE, [fact(Standing.IN_TIME, days=1), fact(Standing.LATE, days=8), fact(Standing.MISSING)], [])

    assert (found.asked, found.in_time, found.days) == (3, 1, 4.5)
    assert score(YTE, [fact(Standing.IN_TIME, days=days) for days in (1, 1, 2)], []).days == 1.3
    assert found.missing == ("opinion/so-y-te/missing/None",)


def test_what_is_not_due_yet_counts_for_nothing() -> None:
    found = score(YTE, [fact(Standing.OPEN), fact(Standing.OPEN, RequestKind.CONTRIBUTION)], [])

    assert (found.asked, found.days, found.paid, found.evidence) == (0, None, None, ())


def test_shares_are_of_what_was_asked_of_the_unit_itself() -> None:
    facts = [
        fact(Standing.IN_TIME, RequestKind.CONTRIBUTION),
        fact(Standing.LATE, RequestKind.CONTRIBUTION),
        fact(Standing.MISSING, RequestKind.CONTRIBUTION, unit=GTVT),
        fact(Standing.IN_TIME, RequestKind.REPORT),
    ]

    found = score(YTE, facts, [])

    assert (found.paid, found.reported, found.named, found.assigned) == (50, 100, None, None)
    assert (found.asked, found.in_time, found.days) == (0, 0, None), "no opinion was asked for"


def test_attendance_is_of_the_quota_and_never_more_than_all() -> None:
    came = [Turnout(YTE, 24, 30, "a"), Turnout(YTE, 2, 2, "b"), Turnout(GTVT, 40, 30, "c"), Turnout(TNXP, 0, 30, "d")]

    assert score(YTE, [], came).attendance == 81
    assert score(GTVT, [], came).attendance == 100
    assert score(YTE, [], came).evidence == ("a", "b")


facts = st.lists(
    st.builds(
        Fact,
        st.sampled_from([YTE, GTVT, TNXP]),
        st.sampled_from(RequestKind),
        st.sampled_from(Standing),
        st.none() | st.integers(0, 30),
        st.text(max_size=5),
    )
)


@given(facts, facts)
def test_another_units_facts_change_nothing(mine: list[Fact], others: list[Fact]) -> None:
    assert score(YTE, [*mine, *(one for one in others if one.unit != YTE)], []) == score(YTE, mine, [])


@given(facts)
def test_every_share_is_a_percentage_and_has_its_evidence(found: list[Fact]) -> None:
    one = score(YTE, found, [])

    for share in (one.paid, one.named, one.assigned, one.reported):
        assert share is None or 0 <= share <= 100
    assert set(one.missing) <= set(one.evidence)
    assert one.in_time <= one.asked
