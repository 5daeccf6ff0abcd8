"""A plan as a file: what is read, and how every mistake is told."""

import json
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError

from dondoc.domain.plan import ActivityKind, Announced, Plan, Role, Window
from dondoc.errors import Unreadable
from dondoc.planfile import load_holidays, load_plan, plan_from_json, plan_to_json, schema_text
from tests.work import calls_in

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "config" / "plans" / "hcsn-2024.yaml"
TEXT = FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(FILE)


def refusal(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is said about a file with this text, a line a finding, without the folder."""
    path = tmp_path / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Unreadable) as refused:
        load_plan(path)
    return str(refused.value).replace(f"{tmp_path}/", "").splitlines()


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def test_the_plan_of_2024_asks_for_the_sums_of_its_clauses(plan: Plan) -> None:
    sums = {a.id: sum(a.owed_in_year_by(unit.id) for unit in plan.units) for a in plan.activities}

    assert sums == {"ky-nghi-hong": 49_000_000, "seminar": 7_000_000, "visit": 12_000_000}


def test_the_plan_of_2024_has_its_units_people_and_days(plan: Plan) -> None:
    assert [unit.id for unit in plan.units] == [
        "khoi-dcd", "so-y-te", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt",
    ]  # fmt: skip
    assert plan.head_on(date(2024, 1, 1)).name == "Bùi Hữu Hồng Hải"
    assert [o.id for _, o in plan.occurrences()] == [
        "visit-2024-q1", "visit-2024-q2", "ky-nghi-hong-2024", "seminar-2024", "visit-2024-q3", "visit-2024-q4",
    ]  # fmt: skip
    kinds = {activity.kind: [content.text for content in activity.contents] for activity in plan.activities}
    assert {kind: len(texts) for kind, texts in kinds.items()} == {
        ActivityKind.CAMPAIGN: 6,
        ActivityKind.SEMINAR: 0,
        ActivityKind.VISITS: 1,
    }
    _, campaign = plan.occurrence("ky-nghi-hong-2024")
    assert campaign.when == Window(
        first=date(2024, 6, 1), last=date(2024, 8, 31), announced_by="Ban Thường vụ Thành Đoàn"
    )
    assert campaign.place == Announced(announced_by="Ban Thường vụ Thành Đoàn")


def test_only_letters_to_the_city_and_the_party_committees_wait_for_approval(plan: Plan) -> None:
    assert {r.group for r in plan.recipients if r.needs_approval} == {"city", "party_committees"}
    assert {r.group for r in plan.recipients if not r.needs_approval} == {"units", "archive"}


@pytest.mark.parametrize(
    ("spelling", "unit"),
    [
        ("Đoàn Khối Dân - Chính - Đảng Thành phố", "khoi-dcd"),
        ("ĐKDCĐ", "khoi-dcd"),
        ("Đoàn Sở Y tế", "so-y-te"),
        ("Đoàn Sở Giao thông – Vận tải", "so-gtvt"),
        ("Đoàn Sở Giao thông Vận tải Thành phố", "so-gtvt"),
        ("Đoàn Sở Lao động – Thương binh và Xã hội", "so-ldtbxh"),
        ("Đoàn Sở Lao động, Thương binh và Xã hội Thành phố", "so-ldtbxh"),
        ("Đoàn Lực lượng Thanh niên Xung phong", "tnxp"),
        ("Đoàn Lực lượng Thanh niên xung phong", "tnxp"),
        ("Đoàn Khối Bộ Tài nguyên và Môi trường", "khoi-tnmt"),
        ("Đoàn Khối Bộ Nông nghiệp và Phát triển nông thôn", "khoi-nnptnt"),
        ("ĐOÀN KHỐI BỘ NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN", "khoi-nnptnt"),
        ("so-ldtbxh", "so-ldtbxh"),
    ],
)
def test_every_spelling_of_the_plan_finds_its_unit(plan: Plan, spelling: str, unit: str) -> None:
    found = plan.unit_called(spelling)

    assert found is not None
    assert found.id == unit


def test_an_unknown_spelling_finds_nobody(plan: Plan) -> None:
    assert plan.unit_called("Đoàn Sở Nội vụ") is None


def test_a_mailbox_is_its_units_however_the_plan_capitalises_it(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(changed("email: so-y-te@example.org", "email: So-Y-Te@example.org"), encoding="utf-8")
    plan = load_plan(path)

    ((unit, contact),) = plan.contacts_at("so-y-te@example.org")

    assert (unit.id, contact.role) == ("so-y-te", Role.CONTACT)
    assert plan.contacts_at("ai-do@example.org") == ()
    assert [plan.has_unit(unit) for unit in ("so-y-te", "so-noi-vu", None)] == [True, False, False]


def test_every_unit_has_a_mailbox_and_a_secretary_but_no_invented_person(plan: Plan) -> None:
    day = date(2024, 1, 2)

    assert all(unit.addresses_of(role, day) for unit in plan.units for role in Role)
    assert not any(contact.name for unit in plan.units for contact in unit.contacts)


def test_the_record_gives_back_what_it_was_given(plan: Plan) -> None:
    assert plan_from_json(plan_to_json(plan)) == plan


def test_the_schema_in_config_is_the_models_own() -> None:
    written = (ROOT / "config" / "plan.schema.json").read_text(encoding="utf-8")

    assert written == schema_text(), (
        "run: python -c 'from dondoc.planfile import *; write_schema(Path(\"config/plan.schema.json\"))'"
    )


def test_the_plan_points_editors_to_its_schema() -> None:
    first = TEXT.splitlines()[0]

    assert first == "# yaml-language-server: $schema=../plan.schema.json"
    assert json.loads((FILE.parent / "../plan.schema.json").read_text(encoding="utf-8"))["title"] == "Plan"


MISTAKES = [
    pytest.param("email: so-y-te@example.org", "email: abc",
                 'units.1.contacts.0.email: expected an e-mail address, found "abc"', id="an address without @"),
    pytest.param("email: so-y-te@example.org", "emial: abc@example.org",
                 "units.1.contacts.0: expected the key 'email', found nothing", id="a missing key"),
    pytest.param("tolerance: 5000", "tolerence: 5000",
                 "policy.tolerence: expected no such key, did you mean 'tolerance'?", id="a misspelt key"),
    pytest.param("consult_on: 2024-01-02", "consult_on: 2024-02-30",
                 "activities.2.occurrences.0.consult_on: expected a valid date in the format YYYY-MM-DD, day value is "
                 'outside expected range, found "2024-02-30"', id="a day that does not exist"),
    pytest.param("each: 7000000", "each: 7.000.000",
                 'activities.0.contribution.each: expected a valid integer, found "7.000.000"', id="a sum with points"),
    pytest.param("each: 7000000", "each: -1",
                 "activities.0.contribution.each: expected greater than 0, found -1", id="a negative sum"),
    pytest.param("- unit: khoi-dcd", "- unit: so-noi-vu",
                 'heads.0.unit: there is no unit "so-noi-vu"', id="a head of an unknown unit"),
    pytest.param("units: [so-ldtbxh, tnxp]", "units: [so-ldtbxh, txp]",
                 'activities.0.assignments.1.units: there is no unit "txp"', id="an assignment to an unknown unit"),
    pytest.param("id: san-choi, text", "id: kham-benh, text",
                 'activities.0.contents.2.id: "kham-benh" is already the id of another of the contents',
                 id="two contents of one id"),
    pytest.param("    party_committee: cap-uy.tnxp@example.org",
                 "    relations: [{kind: merged_into, on: 2024-06-01, unit: so-noi-vu}]",
                 'units.4.relations.0.unit: there is no other unit "so-noi-vu"', id="merged into an unknown unit"),
    pytest.param("    party_committee: cap-uy.tnxp@example.org",
                 "    relations: [{kind: merged_into, on: 2024-06-01, unit: tnxp}]",
                 'units.4.relations.0.unit: there is no other unit "tnxp"', id="merged into itself"),
    pytest.param("when: {first: 2024-08-01, last: 2024-08-31}", "when: {first: 2024-08-01, last: 2025-08-31}",
                 "activities.1.occurrences.0.when: expected a day in the plan's year 2024, found 2025-08-31",
                 id="a day of another year"),
    pytest.param("when: {first: 2024-08-01, last: 2024-08-31}", "when: {first: 2023-12-31, last: 2024-08-31}",
                 "activities.1.occurrences.0.when: expected a day in the plan's year 2024, found 2023-12-31",
                 id="a window from another year"),
    pytest.param("short: Đoàn Sở Giao thông Vận tải", "short: Đoàn Sở Y tế",
                 'units.2.names.0.short: "Đoàn Sở Y tế" already stands for so-y-te: a spelling names one unit',
                 id="a name that is another unit's"),
    pytest.param("contents: [kham-benh]", "contents: [kham]",
                 'activities.0.assignments.5.contents: there is no content of this activity "kham"',
                 id="an unknown content"),
    pytest.param("        tnxp: 1500000", "        txp: 1500000",
                 'activities.2.contribution.shares.txp: there is no unit "txp"', id="a share of an unknown unit"),
    pytest.param("text: Phụ trách tổ chức sân chơi thiếu nhi.", "lead: so-y-te\n        text: Sân chơi",
                 'activities.0.assignments.1.lead: expected one of its units, found "so-y-te"',
                 id="a lead from outside"),
    pytest.param("id: so-gtvt", "id: so-y-te",
                 'units.2.id: "so-y-te" is already the id of another of the units', id="a unit twice"),
    pytest.param("id: so-gtvt", "id: syt",
                 'units.2.id: "syt" already stands for so-y-te: a spelling names one unit',
                 id="an id that is another unit's alias"),
    pytest.param("id: visit-2024-q2", "id: visit-2024-q1",
                 'activities.2.occurrences.1.id: "visit-2024-q1" is already the id of another occurrence',
                 id="an occurrence twice"),
    pytest.param("when: {day: 2024-06-14}", "when: {day: 2024-07-14}",
                 "activities.2.occurrences.1.when: expected a day in its quarter 2024-Q2, found 2024-07-14",
                 id="a visit outside its quarter"),
    pytest.param("consult_on: 2024-10-01", "consult_on: 2024-12-24",
                 "activities.2.occurrences.3.consult_on: expected a day not after the occurrence (2024-12-20), "
                 "found 2024-12-24", id="a consultation after the visit"),
    pytest.param("aliases: [Đoàn Sở Giao thông – Vận tải,", "aliases: [SỞ Y-TẾ –,",
                 'units.2.aliases.0: "SỞ Y-TẾ –" already stands for so-y-te: a spelling names one unit',
                 id="a spelling of two units"),
    pytest.param("    party_committee: cap-uy.tnxp@example.org", "    relations: [{kind: merged_into, on: 2024-06-01}]",
                 "units.4.relations.0: 'unit' is given with 'merged_into', and only there", id="merged into nothing"),
    pytest.param("    ky-nghi-hong-2024: 2024-05-15", "    ky-nghi-xanh-2024: 2024-05-15",
                 'policy.place_known_by.ky-nghi-xanh-2024: there is no occurrence "ky-nghi-xanh-2024"',
                 id="a date for an unknown occurrence"),
    pytest.param("when: {first: 2024-08-01, last: 2024-08-31}", "when: {first: 2024-08-31, last: 2024-08-01}",
                 "activities.1.occurrences.0.when: the window ends (01/08/2024) before it begins (31/08/2024)",
                 id="a window backwards"),
    pytest.param("when: {day: 2024-06-14}", "when: 14",
                 "activities.2.occurrences.1.when: expected an object, found 14", id="a day alone"),
    pytest.param("place: {name: Huyện Củ Chi}", "place: 272",
                 "activities.2.occurrences.0.place: expected an object, found 272", id="a place that is a number"),
    pytest.param("- id: seminar\n", "- id: ky-nghi-hong\n",
                 'activities.1.id: "ky-nghi-hong" is already the id of another of the activities',
                 id="an activity twice"),
    pytest.param("- id: thanh-doan-ban-cnld", "- id: thanh-doan-thuong-truc",
                 'recipients.1.id: "thanh-doan-thuong-truc" is already the id of another of the recipients',
                 id="a recipient twice"),
    pytest.param("- id: A2\n", "- id: A1\n",
                 'assumptions.1.id: "A1" is already the id of another of the assumptions', id="an assumption twice"),
    pytest.param("- id: phong-tranh-xam-hai\n", "- id: san-choi\n",
                 'activities.0.assignments.2.id: "san-choi" is already the id of another of the assignments',
                 id="an assignment twice"),
    pytest.param("units: [so-ldtbxh, tnxp]", "units: [tnxp, tnxp]",
                 "activities.0.assignments.1.units: names a unit twice", id="a unit assigned twice"),
    pytest.param("full: Đoàn Sở Giao thông Vận tải Thành phố", "full: Đoàn SYT",
                 'units.2.names.0.full: "Đoàn SYT" already stands for so-y-te: a spelling names one unit',
                 id="a full name that is another unit's alias"),
    pytest.param("aliases: [Đoàn Sở Giao thông – Vận tải,", "aliases: [So y te,",
                 'units.2.aliases.0: "So y te" already stands for so-y-te: a spelling names one unit',
                 id="an alias that is another unit's id"),
    pytest.param("year: 2024\n", "year: 2024\nyear: 2025\n", "year: expected each key once, found it again",
                 id="a key twice"),
    pytest.param("tolerance: 5000", "tolerance: !!python/name:os.system ''",
                 "policy.tolerance: expected a plain value, found the YAML tag tag:yaml.org,2002:python/name:os.system",
                 id="a tag"),
    pytest.param("since: 2024-01-01", "since: 1704067200",
                 "heads.0.since: expected a valid date, found 1704067200", id="a day as a number"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_told_with_its_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = changed(old, new)
    lines = zip(TEXT.splitlines(), text.splitlines(), strict=False)
    number = next(n for n, (before, after) in enumerate(lines, start=1) if before != after)

    assert refusal(tmp_path, text)[0] == f"x.yaml:{number}: {said}"


def test_a_mistake_within_a_value_is_told_with_its_place_as_well(plan: Plan) -> None:
    document = plan.model_dump(mode="json")
    document["heads"][0]["unit"] = document["activities"][2]["assignments"][0]["units"][0] = "so-noi-vu"

    with pytest.raises(ValidationError) as refused:
        Plan.model_validate(document)

    assert (
        'heads.0.unit: there is no unit "so-noi-vu"; '
        'activities.2.assignments.0.units: there is no unit "so-noi-vu"' in str(refused.value)
    )


def test_a_lead_may_be_any_of_the_units_and_an_activity_may_cost_nothing(plan: Plan) -> None:
    document = plan.model_dump(mode="json")
    document["activities"][0]["assignments"][1]["lead"] = "tnxp"
    document["activities"][1]["contribution"] = None

    campaign, seminar, _ = Plan.model_validate(document).activities

    assert campaign.assignments[1].leader == "tnxp"
    assert seminar.owed_in_year_by("tnxp") == 0


@pytest.mark.parametrize("day", ["2024-04-01", "2024-06-30"])
def test_a_visit_may_be_on_the_first_or_the_last_day_of_its_quarter(tmp_path: Path, day: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(changed("when: {day: 2024-06-14}", f"when: {{day: {day}}}"), encoding="utf-8")

    _, visit = load_plan(path).occurrence("visit-2024-q2")

    assert visit.first_day.isoformat() == day


def test_every_mistake_has_its_own_line(tmp_path: Path) -> None:
    text = TEXT.replace("so-y-te@example.org", "abc").replace("tolerance: 5000", "tolerance: many")

    told = refusal(tmp_path, text)

    first, secretary, committee = (line_of(text, part) for part in ("email: abc", "bi-thu.abc", "cap-uy.abc"))
    assert told == [
        f'x.yaml:{first}: units.1.contacts.0.email: expected an e-mail address, found "abc"',
        f'x.yaml:{secretary}: units.1.contacts.1.email: expected an e-mail address, found "bi-thu.abc"',
        f'x.yaml:{committee}: units.1.party_committee: expected an e-mail address, found "cap-uy.abc"',
        f'x.yaml:{line_of(text, "tolerance")}: policy.tolerance: expected a valid integer, found "many"',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "x.yaml: the file is empty", id="empty"),
        pytest.param("# only a comment\n", "x.yaml: the file is empty", id="only a comment"),
        pytest.param("- a\n", "x.yaml:1: expected an object, found a list of 1", id="a list"),
        pytest.param(b"PK\x03\x04\xff\xfe", "x.yaml: expected text in UTF-8, found something else at byte 4",
                 id="a binary"),
        pytest.param("id: a\nyear: \x07\n", "x.yaml:2: expected text, found a control character",
                 id="control characters"),
        pytest.param("id: 'a\n", "x.yaml:2: expected YAML: while scanning a quoted scalar, found unexpected "
                     "end of stream", id="a quote left open"),
        pytest.param("[" * 100_000, "x.yaml:1: expected YAML: nested too deeply", id="nested without end"),
        pytest.param("id: a\n---\nid: b\n", "x.yaml:2: expected YAML: expected a single document in the stream, but "
                     "found another document", id="two documents"),
    ],
)  # fmt: skip
def test_what_is_no_plan_at_all_is_refused_in_one_sentence(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert refusal(tmp_path, text) == [said]


def test_an_alias_bomb_does_not_go_off(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))

    told = refusal(tmp_path, bomb)

    assert told[0] == "x.yaml:2: a1.0: expected the value itself, found a YAML alias (*)"


def test_a_missing_file_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(100_000_000)

    for path, reason in (
        (tmp_path / "no.yaml", "expected a file that can be read: No such file or directory"),
        (tmp_path, "expected a file that can be read: Is a directory"),
        (huge, "expected at most 32 MB, found 100000000 bytes"),
    ):
        with pytest.raises(Unreadable) as refused:
            load_plan(path)
        assert str(refused.value) == f"{path}: {reason}"


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(lambda text: "\ufeff" + text, id="a byte order mark"),
        pytest.param(lambda text: text.replace('close_at: "17:00"', "close_at: 17:00"), id="a time without quotes"),
        pytest.param(lambda text: text.replace('"0071000123456"', "0071000123456"), id="an account without quotes"),
    ],
)  # fmt: skip
def test_what_editors_do_to_a_file_changes_nothing(tmp_path: Path, plan: Plan, edit: object) -> None:
    assert callable(edit)
    path = tmp_path / "x.yaml"
    path.write_text(edit(TEXT), encoding="utf-8", newline="")

    assert load_plan(path) == plan


def test_seven_thousand_units_load_and_twice_the_units_are_twice_the_work(tmp_path: Path) -> None:
    assert len(load_plan(_with_more(tmp_path, 7_000)).units) == 7_007

    few, many = (calls_in(partial(load_plan, _with_more(tmp_path, units))) for units in (500, 1_000))

    assert many < 2.2 * few


def _with_more(folder: Path, units: int) -> Path:
    unit = (
        "  - id: don-vi-{0}\n    names:\n      - full: Đoàn cơ sở số {0}\n        short: Cơ sở {0}\n"
        "    contacts:\n      - {{role: contact, email: u{0}@example.org}}\n"
        "      - {{role: secretary, email: s{0}@example.org}}\n\n"
    )
    path = folder / "x.yaml"
    path.write_text(
        changed("# III.1 Cụm trưởng", "".join(map(unit.format, range(units))) + "# III.1"), encoding="utf-8"
    )
    return path


def test_local_holidays_say_who_works(tmp_path: Path) -> None:
    path = tmp_path / "holidays.yaml"
    path.write_text("off: [2027-04-30]\nworking: [2027-05-08]\n", encoding="utf-8")

    assert load_holidays(path) == {date(2027, 4, 30): False, date(2027, 5, 8): True}


def test_a_day_cannot_be_off_and_worked(tmp_path: Path) -> None:
    path = tmp_path / "holidays.yaml"
    path.write_text("off: [2027-04-30]\nworking: [2027-04-30]\n", encoding="utf-8")

    with pytest.raises(Unreadable, match="2027-04-30 stands under 'off' and under 'working'"):
        load_holidays(path)


def test_the_shipped_holidays_are_readable() -> None:
    assert load_holidays(ROOT / "config" / "holidays.yaml") == {}
