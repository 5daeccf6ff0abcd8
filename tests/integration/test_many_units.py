"""More units than SQLite takes values in one statement: what asks about all of them asks in parts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert

from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Plan
from dondoc.domain.states import ProblemState, RequestKind, Severity
from dondoc.services.case import open_case, unreached
from dondoc.services.ladder import climb
from dondoc.services.money_views import standings_in
from dondoc.store.history import raise_problem, resolve_problems
from dondoc.store.people import latest_lists
from dondoc.store.tables import ProblemRow, RequestRow, SuppressionRow
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024

MANY = 33_001
MOST = 32_766
"""What SQLite takes by default; some systems build it for more."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        event.listen(desk.office.sessions.engine, "checkout", as_by_default)
        yield desk


def as_by_default(connection: sqlite3.Connection, *_: object) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, MOST)


def with_many_units() -> Plan:
    """As the rules want it; not a plan that could be loaded."""
    plan = plan_2024()
    unit = plan.units[1]
    contact = unit.contacts[0]
    units = (
        unit.model_copy(
            update={"id": f"unit-{n}", "contacts": (contact.model_copy(update={"email": f"u{n}@example.org"}),)}
        )
        for n in range(MANY)
    )
    return Plan.model_construct(**dict(plan) | {"units": tuple(units)})


def test_whose_mailbox_refused_is_found_among_all(desk: Desk) -> None:
    with desk.office.sessions.writing() as session:
        session.add(SuppressionRow(address="u32999@example.org", since=desk.clock.now(), reason="550 no such user"))
        case = replace(open_case(session, PLAN, "visit-2024-q2", desk.clock.now()), plan=with_many_units())

        found = unreached(session, case, [UnitId(f"unit-{n}") for n in range(MANY)])

    assert found == {"unit-32999"}


def test_problems_are_resolved_for_all(desk: Desk) -> None:
    now = desk.clock.now()
    keys = [f"silence/visit-2024-q2/unit-{n}" for n in range(MANY)]
    with desk.office.sessions.writing() as session:
        for key in (keys[32_999], keys[7]):
            raise_problem(session, PLAN, now, key, kind="silence", detail="no answer")
        session.flush()

        assert resolve_problems(session, PLAN, now, keys, by=HEAD) == 2

    assert list(desk.problems().values()) == ["resolved", "resolved"]
    assert desk.events()[-2:] == ["problem.resolved", "problem.resolved"]


def test_lists_and_dues_of_all_are_read(desk: Desk) -> None:
    requests = [RequestRow(id=n, unit=f"unit-{n}", kind=RequestKind.PARTICIPANTS) for n in range(1, MANY + 1)]
    with desk.office.sessions.reading() as session:
        assert latest_lists(session, requests) == {}
        assert standings_in(session, PLAN, [f"due/visit-2024-q2/unit-{n}" for n in range(MANY)]) == {}


def test_the_ladder_looks_at_problems_of_all_that_were_raised_one_after_the_other(desk: Desk) -> None:
    now = desk.clock.now()
    with desk.office.sessions.writing() as session:
        session.execute(
            insert(ProblemRow),
            [
                {
                    "plan_id": PLAN,
                    "key": f"silence/visit-2024-q2/unit-{n}",
                    "kind": "silence",
                    "severity": Severity.NORMAL,
                    "state": ProblemState.OPEN,
                    "unit": "so-y-te",
                    "detail": "no answer",
                    "raised_at": now + timedelta(minutes=1, seconds=n),
                    "told": 0,
                    "held_because": None,
                }
                for n in range(MANY)
            ],
        )

    assert climb(desk.office) == 0
