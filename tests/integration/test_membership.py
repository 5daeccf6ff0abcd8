"""Units that leave, merge or come, a head that is another, and what is said before a changed plan is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT
from dondoc.domain.plan import Contact, Plan, Relation, Role, Unit, UnitName
from dondoc.domain.states import OccurrenceState, RequestState, Verdict
from dondoc.errors import Refused
from dondoc.services.links import Purpose, Unusable
from dondoc.services.plan_preview import preview
from dondoc.services.plans import load_plan
from dondoc.store.queries import find_request
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024
from tests.integration.signing_in import OBSERVER, TREASURER, with_others

Q2 = "visit-2024-q2"
GTVT, TNMT = "so-gtvt", "khoi-tnmt"
NEW = Unit(
    id="khoi-nnmt",
    names=(UnitName(full="Đoàn Khối Bộ Nông nghiệp và Môi trường", short="Đoàn Khối Bộ NN&MT"),),
    contacts=(Contact(role=Role.CONTACT, email="khoi-nnmt@example.org"),),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The units are asked about the second visit."""
    with an_office(tmp_path) as desk:
        desk.at("2024-04-01 08:15").run()
        yield desk


def changed(relations: dict[str, Relation], *more: Unit, **other: Any) -> Plan:
    plan = plan_2024()
    units = [
        unit.model_copy(update={"relations": (relations[unit.id],)}) if unit.id in relations else unit
        for unit in plan.units
    ]
    return plan.model_copy(update={"units": (*units, *more), **other})


def left(on: date) -> Relation:
    return Relation(kind="left", on=on)


def request(desk: Desk, unit: str, kind: str = "opinion", occurrence: str = Q2) -> RequestState:
    with desk.office.sessions.reading() as session:
        return find_request(session, PLAN, f"{kind}/{occurrence}/{unit}").state


def another_head(since: date) -> Plan:
    plan = plan_2024()
    [old] = plan.heads
    new = old.model_copy(
        update={"unit": "so-y-te", "name": "Trần Thị Mai", "email": "bi-thu.so-y-te@example.org", "since": since}
    )
    until = date.fromordinal(since.toordinal() - 1)
    return plan.model_copy(update={"heads": (old.model_copy(update={"until": until}), new)})


def test_a_unit_that_has_left_is_waited_for_no_more(desk: Desk) -> None:
    desk.everyone_answers(GTVT)
    load_plan(desk.office, changed({GTVT: left(date(2024, 4, 3))}), HEAD)
    desk.at("2024-04-02 17:05").run()
    assert request(desk, GTVT) is RequestState.OPEN

    desk.at("2024-04-03 08:15").run()

    assert request(desk, GTVT) is RequestState.WITHDRAWN
    assert desk.occurrence().state is OccurrenceState.LAUNCHED
    assert f"consultation_outcome/{Q2}/{GTVT}" not in desk.letters()
    assert f"participants_request/{Q2}/{GTVT}" not in desk.letters()


def test_the_objection_of_a_unit_that_has_left_stands_in_nobodys_way(desk: Desk) -> None:
    desk.everyone_answers(GTVT)
    desk.answer(GTVT, Verdict.OBJECT, "Trùng lịch")
    load_plan(desk.office, changed({GTVT: left(date(2024, 4, 3))}), HEAD)

    desk.at("2024-04-03 08:15").run()

    assert desk.problems()[f"objection/{Q2}/{GTVT}"] == "resolved"
    assert desk.occurrence().state is OccurrenceState.LAUNCHED


def test_a_new_unit_that_two_have_become_inherits_what_is_asked(desk: Desk) -> None:
    merged = Relation(kind="merged_into", on=date(2024, 4, 3), unit=NEW.id)
    load_plan(desk.office, changed({TNMT: merged, "khoi-nnptnt": merged}, NEW), HEAD)
    desk.at("2024-04-03 08:15").run()

    assert {request(desk, unit) for unit in (TNMT, "khoi-nnptnt")} == {RequestState.WITHDRAWN}
    assert request(desk, NEW.id) is RequestState.OPEN
    assert f"consultation_request/{Q2}/{NEW.id}" in desk.letters()
    desk.everyone_answers(TNMT, "khoi-nnptnt")
    desk.answer(NEW.id)
    desk.at("2024-04-03 17:05").run()
    assert desk.occurrence().state is OccurrenceState.LAUNCHED


def test_a_unit_that_comes_back_is_asked_again(desk: Desk) -> None:
    load_plan(desk.office, changed({GTVT: left(date(2024, 4, 2))}), HEAD)
    desk.at("2024-04-02 08:15").run()
    assert request(desk, GTVT) is RequestState.WITHDRAWN

    load_plan(desk.office, plan_2024(), HEAD)

    assert request(desk, GTVT) is RequestState.OPEN


def test_that_nobody_is_named_is_no_problem_once_the_unit_has_left(tmp_path: Path) -> None:
    with an_office(tmp_path, plan=with_nobody("tnxp")) as desk:
        desk.at("2024-04-01 08:15").run()
        desk.at("2024-04-02 08:15").run()
        assert desk.problems() == {"no_contact/tnxp": "open"}

        plan = with_nobody("tnxp", relations=(left(date(2024, 4, 3)),))
        load_plan(desk.office, plan, HEAD)
        desk.run()
        assert desk.problems() == {"no_contact/tnxp": "open"}
        desk.at("2024-04-03 08:15").run()

        assert desk.problems() == {"no_contact/tnxp": "resolved"}


def with_nobody(unit_id: str, **other: Any) -> Plan:
    """The plan without anybody to write to in a unit."""
    plan = plan_2024()
    nobody = {"contacts": (), **other}
    units = tuple(unit.model_copy(update=nobody) if unit.id == unit_id else unit for unit in plan.units)
    return plan.model_copy(update={"units": units})


def test_looking_again_changes_nothing(desk: Desk) -> None:
    load_plan(desk.office, changed({GTVT: left(date(2024, 4, 2))}), HEAD)
    desk.at("2024-04-02 08:15").run()
    before = desk.events()

    desk.at("2024-04-02 09:00").run()

    assert desk.events() == before


def test_another_head_gets_the_problems_and_the_old_links_end(desk: Desk) -> None:
    desk.answer(GTVT, Verdict.OBJECT, "Trùng lịch")
    with desk.office.sessions.writing() as session:
        url = desk.office.links.board(session, PLAN, "bi-thu.khoi-dcd@example.org", now=desk.clock.now())
    token = url.rpartition("/")[2]
    load_plan(desk.office, another_head(date(2024, 4, 4)), HEAD)
    desk.at("2024-04-03 17:05").run()
    assert desk.events().count("head.changed") == 0

    desk.at("2024-04-04 08:15").run()

    with desk.office.sessions.reading() as session:
        link = desk.office.links.read(session, token, Purpose.BOARD, desk.clock.now())
    assert isinstance(link, Unusable)
    assert link.reason == "revoked"
    notice = desk.letter(desk.letters("problems_notice")[-1])
    assert (notice.address, "head.changed" in desk.events()) == ("bi-thu.so-y-te@example.org", True)
    assert request(desk, "so-y-te") is RequestState.WITHDRAWN
    assert request(desk, "khoi-dcd") is RequestState.OPEN


def test_a_unit_that_was_asked_cannot_vanish_from_the_plan(desk: Desk) -> None:
    plan = plan_2024()
    without = plan.model_copy(update={"units": tuple(unit for unit in plan.units if unit.id != "khoi-tnmt")})

    with pytest.raises(Refused, match="unit khoi-tnmt is no longer in the plan, but was asked: keep it"):
        load_plan(desk.office, without, HEAD)

    assert [(e.key, e.refused) for e in preview(desk.office, without) if e.refused] == [("khoi-tnmt", True)]


def test_a_preview_says_what_would_happen_and_changes_nothing(desk: Desk) -> None:
    desk.everyone_answers(GTVT)
    desk.at("2024-04-01 17:05").run()
    before = desk.events()
    plan = changed({GTVT: left(date(2024, 4, 3))}, heads=another_head(date(2024, 4, 4)).heads)

    said = {(effect.about, effect.key): effect.text for effect in preview(desk.office, plan)}

    assert said == {
        ("unit", GTVT): "leaves the cluster on 03/04/2024",
        ("unit", "all"): "7 members become 6",
        ("head", "so-y-te"): "Trần Thị Mai leads from 04/04/2024; open problems move over, old links end",
        ("request", f"opinion/{Q2}/{GTVT}"): "is withdrawn on 03/04/2024",
        ("due", "ky-nghi-hong"): "49.000.000 đồng from all units in the year becomes 42.000.000 đồng, "
        "for what is not agreed yet",
        ("due", "seminar"): "7.000.000 đồng from all units in the year becomes 6.000.000 đồng, "
        "for what is not agreed yet",
        ("due", "visit"): "12.000.000 đồng from all units in the year becomes 10.250.000 đồng, "
        "for what is not agreed yet",
    }
    assert desk.events() == before


def test_what_a_leaving_unit_owes_is_named_in_the_preview(desk: Desk) -> None:
    desk.everyone_answers()
    desk.at("2024-04-01 17:05").run()

    effects = preview(desk.office, changed({GTVT: left(date(2024, 4, 3))}))

    [due] = [effect for effect in effects if effect.key == f"due/{Q2}/{GTVT}"]
    assert due.text == "1.750.000 đồng is frozen on 03/04/2024 until the head decides"


def test_the_command_previews_and_loads(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(tmp_path))
    document = yaml.safe_load((PROJECT / "config" / "plans" / "hcsn-2024.yaml").read_text("utf-8"))
    document["units"][2]["relations"] = [{"kind": "left", "on": "2024-04-03"}]
    file = tmp_path / "v2.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    words = ["plan", "load", str(file), "--as-of", "2024-04-02 09:00"]

    looked = CliRunner().invoke(group, [*words, "--preview"])
    assert (looked.exit_code, "leaves the cluster on 03/04/2024" in looked.output) == (0, True)
    assert desk.events().count("plan.loaded") == 1

    loaded = CliRunner().invoke(group, words)
    assert loaded.exit_code == 0, loaded.output
    assert "7 members become 6" in loaded.output
    assert desk.events().count("plan.loaded") == 2


def test_who_comes_to_keep_the_money_or_to_look_is_named_in_the_preview(desk: Desk) -> None:
    until = date(2024, 6, 30)
    load_plan(desk.office, with_others(until), HEAD)
    later = with_others().model_copy(update={"observers": ()})

    come = [(e.about, e.key, e.text) for e in preview(desk.office, later)]

    assert come == [
        ("treasurer", TREASURER, "Trần Thị Thu keeps the money from the first day"),
        ("observer", OBSERVER, "is no longer in the plan and can no longer sign in as that"),
    ]
