"""The history as others are told it: in order, nothing skipped, nothing forgotten by a teller that was killed."""

from __future__ import annotations

from pathlib import Path

from dondoc.services.relay import told, untold
from tests.integration.office import an_office


def test_every_line_is_told_in_order_however_small_the_steps(tmp_path: Path) -> None:
    with an_office(tmp_path) as desk:
        desk.at("2024-04-01 08:00").run()
        desk.everyone_answers()
        heard = []
        while lines := untold(desk.office, "ear", 2):
            heard += [line.event for line in lines]
            told(desk.office, "ear", lines[-1].id)

        assert heard == desk.events()
        assert len(heard) > 7


def test_a_teller_that_was_killed_is_repeated_and_a_slow_one_sets_nothing_back(tmp_path: Path) -> None:
    with an_office(tmp_path) as desk:
        desk.at("2024-04-01 08:00").run()
        first = untold(desk.office, "ear", 1)
        assert [line.id for line in untold(desk.office, "ear", 1)] == [line.id for line in first]

        told(desk.office, "ear", 2)
        told(desk.office, "ear", first[0].id)

        assert all(line.id > 2 for line in untold(desk.office, "ear", 10))
