"""Who owes what: the sums of the 2024 plan, and each basis of the visits' shares."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.dues import DueKey, code_of, dues_of, total
from dondoc.domain.ids import OccurrenceId, UnitId
from dondoc.domain.payment_code import find_codes
from dondoc.domain.plan import Contribution, Plan, Relation
from dondoc.domain.proposal import Proposal, Revision, first_proposal, revise
from dondoc.errors import Refused
from dondoc.planfile import load_plan

PLAN = load_plan(Path(__file__).resolve().parents[2] / "config" / "plans" / "hcsn-2024.yaml")
DAY = date(2024, 3, 1)
CAMPAIGN, SEMINAR = OccurrenceId("ky-nghi-hong-2024"), OccurrenceId("seminar-2024")
VISITS = tuple(OccurrenceId(f"visit-2024-q{n}") for n in (1, 2, 3, 4))


def agreed(occurrence: OccurrenceId, **changes: object) -> Proposal:
    """The plan's own proposal, with `changes` to its contribution."""
    activity, planned = PLAN.occurrence(occurrence)
    proposal = first_proposal(activity, planned, when=None)
    assert proposal.contribution is not None
    return proposal.model_copy(update={"contribution": proposal.contribution.model_copy(update=changes)})


def test_the_campaign_collects_49_million_from_seven_units() -> None:
    dues = dues_of(PLAN, CAMPAIGN, agreed(CAMPAIGN), DAY)

    assert [due.amount for due in dues] == [7_000_000] * 7
    assert total(dues) == 49_000_000


def test_the_seminar_collects_7_million() -> None:
    assert total(dues_of(PLAN, SEMINAR, agreed(SEMINAR), DAY)) == 7_000_000


def test_the_visits_collect_12_million_once_a_year_before_the_first() -> None:
    raised = [dues_of(PLAN, visit, agreed(visit), DAY) for visit in VISITS]

    assert [total(dues) for dues in raised] == [12_000_000, 0, 0, 0]
    assert {due.unit: due.amount for due in raised[0]} == {
        "khoi-dcd": 2_250_000,
        **dict.fromkeys(("so-y-te", "so-gtvt", "so-ldtbxh"), 1_750_000),
        **dict.fromkeys(("tnxp", "khoi-tnmt", "khoi-nnptnt"), 1_500_000),
    }


def test_a_plan_activated_in_june_collects_the_year_before_the_third_visit() -> None:
    third, fourth = (dues_of(PLAN, visit, agreed(visit), DAY, VISITS[2:]) for visit in VISITS[2:])

    assert (total(third), total(fourth)) == (12_000_000, 0)


def test_a_visit_before_the_system_collects_nothing() -> None:
    refusal = "^visit-2024-q1 collects no contributions: it is not one of "

    with pytest.raises(Refused, match=f"{refusal}visit-2024-q3, visit-2024-q4$"):
        dues_of(PLAN, VISITS[0], agreed(VISITS[0]), DAY, VISITS[2:])
    with pytest.raises(Refused, match=f"{refusal}none$"):
        dues_of(PLAN, VISITS[0], agreed(VISITS[0]), DAY, ())


def test_by_visit_the_shares_are_owed_four_times() -> None:
    assert [total(dues_of(PLAN, v, agreed(v, basis="occurrence"), DAY)) for v in VISITS] == [12_000_000] * 4


def test_in_instalments_the_remainder_is_on_the_first() -> None:
    shares = {"so-y-te": 1_750_003, "tnxp": 3}

    parts = [dues_of(PLAN, v, agreed(v, basis="instalments", shares=shares), DAY) for v in VISITS]

    assert [[due.amount for due in dues] for dues in parts] == [[437_503, 3], [437_500], [437_500], [437_500]]


@given(
    st.dictionaries(st.sampled_from([unit.id for unit in PLAN.units]), st.integers(1, 10**9), min_size=1),
    st.integers(1, 4),
    st.sampled_from(["year", "instalments"]),
)
def test_however_it_is_divided_the_year_collects_what_the_plan_says(
    shares: dict[str, int], first: int, basis: str
) -> None:
    visits = VISITS[first - 1 :]

    dues = [due for v in visits for due in dues_of(PLAN, v, agreed(v, basis=basis, shares=shares), DAY, visits)]

    assert {unit: sum(due.amount for due in dues if due.unit == unit) for unit in shares} == shares


def test_the_heads_own_share_is_internal() -> None:
    internal = [due.unit for due in dues_of(PLAN, CAMPAIGN, agreed(CAMPAIGN), DAY) if due.is_internal]

    assert internal == ["khoi-dcd"]


def test_a_unit_that_left_owes_nothing_more() -> None:
    left = PLAN.unit("tnxp").model_copy(update={"relations": (Relation(kind="left", on=DAY),)})
    units = tuple(left if unit.id == left.id else unit for unit in PLAN.units)
    plan: Plan = PLAN.model_copy(update={"units": units})

    dues = dues_of(plan, CAMPAIGN, agreed(CAMPAIGN), DAY)

    assert total(dues) == 42_000_000
    assert "tnxp" not in {due.unit for due in dues}


def test_the_agreed_amount_counts_not_the_plans() -> None:
    revised = revise(agreed(SEMINAR), Revision(each=1_200_000))

    assert total(dues_of(PLAN, SEMINAR, revised, DAY)) == 7 * 1_200_000


def test_an_activity_without_contribution_has_no_dues() -> None:
    proposal = agreed(SEMINAR).model_copy(update={"contribution": None})

    assert dues_of(PLAN, SEMINAR, proposal, DAY) == ()


def test_a_due_has_a_key_and_a_code_by_which_a_person_knows_it() -> None:
    due = next(due for due in dues_of(PLAN, CAMPAIGN, agreed(CAMPAIGN), DAY) if due.unit == UnitId("so-y-te"))

    code = code_of(due, PLAN, 17)

    assert due.key == DueKey("due/ky-nghi-hong-2024/so-y-te")
    assert code.startswith("HCSN24KNHSYT")
    assert find_codes(code) == (code,)


def test_a_share_of_nothing_is_no_due() -> None:
    contribution = Contribution(shares={"so-y-te": 5})

    dues = dues_of(PLAN, SEMINAR, agreed(SEMINAR).model_copy(update={"contribution": contribution}), DAY)

    assert [(due.unit, due.amount) for due in dues] == [("so-y-te", 5)]
