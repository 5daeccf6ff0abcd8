"""Who is what to the cluster, by the plan and the day."""

from __future__ import annotations

from datetime import date

import pytest

from dondoc.domain.authority import Capacity, capacities_of, holder_of, speaks_for
from dondoc.domain.plan import Contact, Observer, Plan, Role, Substitute, Treasurer
from tests.unit.test_plan_dates import PLAN

HEAD, TREASURER, OBSERVER = Capacity.HEAD, Capacity.TREASURER, Capacity.OBSERVER
LEADER = PLAN.heads[0].email
DAY = date(2024, 4, 1)


def person(kind: type[Treasurer], email: str, since: str | None = None, until: str | None = None) -> Treasurer:
    days = {"since": since and date.fromisoformat(since), "until": until and date.fromisoformat(until)}
    return kind(name="Một người", title="Cán bộ", email=email, **days)


def plan(**changes: object) -> Plan:
    return PLAN.model_copy(update=changes)


def test_without_a_treasurer_the_head_keeps_the_money() -> None:
    assert capacities_of(PLAN, LEADER, DAY) == {HEAD, TREASURER}


def test_with_a_treasurer_the_part_is_theirs_while_it_lasts() -> None:
    kept = plan(treasurers=(person(Treasurer, "quy@example.org", "2024-02-01", "2024-03-31"),))

    assert capacities_of(kept, "quy@example.org", date(2024, 3, 31)) == {TREASURER}
    assert capacities_of(kept, LEADER, date(2024, 3, 31)) == {HEAD}
    assert capacities_of(kept, "quy@example.org", DAY) == frozenset()
    assert capacities_of(kept, LEADER, DAY) == {HEAD, TREASURER}


def test_one_person_may_have_several_parts() -> None:
    both = plan(
        treasurers=(person(Treasurer, "hai@example.org"),),
        observers=(Observer(name="Một người", title="Cán bộ", email="hai@example.org"),),
    )

    assert capacities_of(both, "hai@example.org", DAY) == {TREASURER, OBSERVER}


def test_who_stands_in_leads_beside_the_head_for_those_days() -> None:
    away = Substitute(name="Phó", title="Phó Bí thư", email="pho@example.org", since=DAY, until=DAY)
    led = plan(heads=(PLAN.heads[0].model_copy(update={"substitutes": (away,)}),))

    assert HEAD in capacities_of(led, "pho@example.org", DAY)
    assert HEAD in capacities_of(led, LEADER, DAY)
    assert capacities_of(led, "pho@example.org", date(2024, 4, 2)) == frozenset()


@pytest.mark.parametrize("written", [LEADER.upper(), LEADER.title(), LEADER])
def test_a_mailbox_is_known_however_it_is_capitalised(written: str) -> None:
    assert HEAD in capacities_of(PLAN, written, DAY)
    found = holder_of(PLAN, written, DAY)
    assert found is not None
    assert found[1].email == LEADER
    loud = plan(heads=(PLAN.heads[0].model_copy(update={"email": LEADER.upper()}),))
    assert HEAD in capacities_of(loud, written, DAY)


@pytest.mark.parametrize("stranger", ["", "so-y-te@example.org", "ai-do@example.org"])
def test_a_stranger_has_no_part(stranger: str) -> None:
    assert capacities_of(PLAN, stranger, DAY) == frozenset()
    assert holder_of(PLAN, stranger, DAY) is None


def test_who_may_look_does_so_from_the_first_to_the_last_day() -> None:
    guest = Observer(name="Một người", title="Cán bộ", email="xem@example.org", since=DAY, until=DAY)
    watched = plan(observers=(guest,))

    days = (date(2024, 3, 31), DAY, date(2024, 4, 2))
    assert [capacities_of(watched, "xem@example.org", day) for day in days] == [set(), {OBSERVER}, set()]


def test_a_unit_is_spoken_for_by_its_own_mailboxes_alone() -> None:
    assert speaks_for(PLAN, "so-y-te@example.org", "so-y-te", DAY)
    assert not speaks_for(PLAN, "so-y-te@example.org", "so-gtvt", DAY)
    assert not speaks_for(PLAN, "so-y-te@example.org", None, DAY)


def test_a_mailbox_speaks_for_its_unit_as_long_as_it_is_the_units() -> None:
    handed_over = Contact(role=Role.CONTACT, email="cu@example.org", until=date(2024, 3, 31))
    unit = PLAN.unit("so-y-te").model_copy(update={"contacts": (handed_over,)})
    kept = plan(units=(unit,))

    assert speaks_for(kept, "cu@example.org", "so-y-te", date(2024, 3, 31))
    assert not speaks_for(kept, "cu@example.org", "so-y-te", DAY)
