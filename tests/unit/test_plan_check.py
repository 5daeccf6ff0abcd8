"""What a plan leaves open, and whether it can run."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dondoc.domain.calendar import vietnam
from dondoc.domain.plan import Plan
from dondoc.domain.plan_check import Code, Severity, check
from dondoc.planfile import load_plan

FILE = Path(__file__).resolve().parents[2] / "config" / "plans" / "hcsn-2024.yaml"
PLAN = load_plan(FILE)
VIETNAM = vietnam()
HEAD = PLAN.heads[0].model_dump(mode="json")
TREASURER = {"name": "Một người", "title": "Ủy viên", "email": "quy@example.org"}


def found(plan: Plan) -> set[tuple[str, str, str]]:
    """The findings that block or warn, without the words."""
    report = check(plan, VIETNAM)
    return {(f.severity.value, f.code.value, f.object) for f in report.findings if f.severity is not Severity.OPEN}


def altered(*path: str | int, to: Any) -> Plan:
    """The plan of 2024 with one value changed."""
    document = PLAN.model_dump(mode="json")
    part: Any = document
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = to
    return Plan.model_validate(document)


def visit_on(day: str, *alternatives: str) -> Plan:
    return altered("activities", 2, "occurrences", 0, "when", to={"day": day, "alternatives": alternatives})


def test_the_plan_of_2024_can_run_and_names_what_it_leaves_open() -> None:
    report = check(PLAN, VIETNAM)

    assert report.can_run
    assert [(f.severity.value, f.code.value, f.object) for f in report.findings] == [
        ("open", "orphan-content", "ky-nghi-hong/tang-qua"),
        ("open", "orphan-content", "ky-nghi-hong/ban-giao"),
        ("open", "orphan-content", "ky-nghi-hong/dich-vu-cong"),
        ("open", "orphan-assignment", "ky-nghi-hong/phong-tranh-xam-hai"),
        ("open", "orphan-assignment", "ky-nghi-hong/luat-giao-thong"),
        ("open", "orphan-assignment", "ky-nghi-hong/giay-phep-lai-xe"),
        ("open", "no-lead", "ky-nghi-hong/san-choi"),
        *(("open", "unconfirmed", f"A{n}") for n in range(1, 10)),
    ]


def test_a_finding_quotes_the_plan() -> None:
    report = check(PLAN, VIETNAM)

    assert [f.quote for f in report.coded(Code.ORPHAN_CONTENT)] == [
        "Thăm và tặng quà cho gia đình chính sách.",
        "Khánh thành, bàn giao các công trình xây dựng nông thôn mới.",
        "Tuyên truyền và hướng dẫn người dân sử dụng dịch vụ công trực tuyến.",
    ]
    assert all(f.message.isascii() for f in report.findings)


def test_units_that_share_two_tasks_are_asked_once_who_leads() -> None:
    (finding,) = check(PLAN, VIETNAM).coded(Code.NO_LEAD)

    assert finding.message == "II.1: no lead is named among so-ldtbxh, tnxp; until then so-ldtbxh leads"
    assert "sân chơi" in finding.quote
    assert "xâm hại" in finding.quote


def test_units_that_share_other_tasks_are_asked_for_themselves() -> None:
    document = PLAN.model_dump(mode="json")
    farming = next(a for a in document["activities"][0]["assignments"] if a["id"] == "nong-nghiep")
    farming["units"] = ["khoi-nnptnt", "tnxp"]

    messages = [finding.message for finding in check(Plan.model_validate(document), VIETNAM).coded(Code.NO_LEAD)]

    assert sorted(message.partition("among ")[2] for message in messages) == [
        "khoi-nnptnt, tnxp; until then khoi-nnptnt leads",
        "so-ldtbxh, tnxp; until then so-ldtbxh leads",
    ]


def test_a_committee_without_an_address_is_named_once() -> None:
    plan = altered("units", 1, "party_committee", to=None)

    assert [finding.object for finding in check(plan, VIETNAM).coded(Code.NO_ADDRESS)] == ["so-y-te"]


def test_a_visit_that_names_no_quarter_counts_for_that_of_its_day() -> None:
    document = PLAN.model_dump(mode="json")
    for visit in document["activities"][2]["occurrences"]:
        visit["quarter"] = None

    assert check(Plan.model_validate(document), VIETNAM).coded(Code.NO_VISIT) == ()


def test_a_head_who_leaves_is_told_once_for_all_the_days_that_follow() -> None:
    plan = altered("heads", 0, "until", to="2024-03-31")

    (finding,) = check(plan, VIETNAM).coded(Code.NO_HEAD)

    assert finding.message == "nobody is named as head on 2024-04-01; the last one named is taken"


@pytest.mark.parametrize("day", ["2024-01-02", "2024-01-03"])
def test_a_visit_on_the_day_of_asking_or_the_next_leaves_no_day_to_answer(day: str) -> None:
    (finding,) = check(visit_on(day), VIETNAM).coded(Code.SHORT_CONSULTATION)

    assert finding.message == f"0 working days remain to answer before {day}, the policy gives 5"


def test_a_consultation_that_opens_on_the_day_itself_leaves_none_and_not_less() -> None:
    document = visit_on("2024-01-05").model_dump(mode="json")
    document["activities"][2]["occurrences"][0]["consult_on"] = "2024-01-05"

    (finding,) = check(Plan.model_validate(document), VIETNAM).coded(Code.SHORT_CONSULTATION)

    assert finding.message == "0 working days remain to answer before 2024-01-05, the policy gives 5"


def test_what_keeps_a_plan_from_running_stands_before_what_may_go_wrong() -> None:
    document = altered("account", to=None).model_dump(mode="json")
    document["units"][1]["contacts"][1]["role"] = "contact"

    severities = [finding.severity for finding in check(Plan.model_validate(document), VIETNAM).findings]

    assert severities[:3] == [Severity.BLOCKS, Severity.WARNS, Severity.OPEN]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_quarter_without_a_visit_is_named(number: int) -> None:
    document = PLAN.model_dump(mode="json")
    visits = document["activities"][2]["occurrences"]
    document["activities"][2]["occurrences"] = [visit for visit in visits if visit["quarter"] != f"2024-Q{number}"]

    (finding,) = check(Plan.model_validate(document), VIETNAM).coded(Code.NO_VISIT)

    assert finding.message == f"II.3: no visit is planned for quarter {number}"


def test_a_confirmed_assumption_is_no_longer_open() -> None:
    document = PLAN.model_dump(mode="json")
    document["assumptions"][0] |= {"confirmed_by": "Cụm trưởng", "confirmed_on": "2024-01-05"}

    assert [f.object for f in check(Plan.model_validate(document), VIETNAM).coded(Code.UNCONFIRMED)] == [
        f"A{n}" for n in range(2, 10)
    ]


@pytest.mark.parametrize(
    ("plan", "findings"),
    [
        pytest.param(
            altered("units", 1, "contacts", 0, "role", to="secretary"),
            {("blocks", "no-contact", "so-y-te")},
            id="nobody to write to",
        ),
        pytest.param(
            altered("units", 1, "contacts", 0, "until", to="2024-06-30"),
            {("blocks", "no-contact", "so-y-te")},
            id="nobody to write to from July on",
        ),
        pytest.param(
            altered("units", 1, "contacts", 1, "role", to="contact"),
            {("warns", "no-secretary", "so-y-te")},
            id="no secretary",
        ),
        pytest.param(
            altered("units", 1, "party_committee", to=None),
            {("warns", "no-address", "so-y-te")},
            id="no party committee",
        ),
        pytest.param(
            altered("recipients", 0, "email", to=None),
            {("warns", "no-address", "thanh-doan-thuong-truc")},
            id="no address at the city",
        ),
        pytest.param(altered("account", to=None), {("blocks", "no-account", "hcsn-2024")}, id="no account"),
        pytest.param(
            altered("account", "until", to="2024-06-30"),
            {("blocks", "no-account", "hcsn-2024")},
            id="an account that ends before the year",
        ),
        pytest.param(
            altered("heads", 0, "until", to="2024-06-30"),
            {("warns", "no-head", "hcsn-2024")},
            id="no head from July on",
        ),
        pytest.param(visit_on("2024-02-10"), {("blocks", "in-tet", "visit-2024-q1")}, id="a visit in Tết"),
        pytest.param(
            visit_on("2024-03-15", "2024-02-14"), {("blocks", "in-tet", "visit-2024-q1")}, id="an alternative in Tết"
        ),
        pytest.param(
            visit_on("2024-03-16"), {("warns", "non-working-day", "visit-2024-q1")}, id="a visit on a Saturday"
        ),
        pytest.param(
            visit_on("2024-01-09"), {("warns", "short-consultation", "visit-2024-q1")}, id="four days to answer"
        ),
        pytest.param(visit_on("2024-01-10"), set(), id="five days to answer"),
        pytest.param(
            altered("activities", 2, "occurrences", 0, "consult_on", to="2024-01-01"),
            {("warns", "non-working-day", "visit-2024-q1")},
            id="a consultation that opens on a holiday",
        ),
        pytest.param(
            altered("activities", 2, "occurrences", 0, "place", to={"announced_by": "Thành Đoàn"}),
            {("warns", "announcement-undated", "visit-2024-q1")},
            id="a place that others announce, nobody knows by when",
        ),
        pytest.param(
            altered("policy", "place_known_by", to={}),
            {("warns", "announcement-undated", "ky-nghi-hong-2024")},
            id="nobody knows when the city announces",
        ),
        pytest.param(
            altered(
                "activities", 2, "occurrences", to=PLAN.model_dump(mode="json")["activities"][2]["occurrences"][:3]
            ),
            {("warns", "no-visit", "visit")},
            id="a quarter without a visit",
        ),
    ],
)
def test_what_goes_wrong_is_found(plan: Plan, findings: set[tuple[str, str, str]]) -> None:
    assert found(plan) == findings
    assert check(plan, VIETNAM).can_run is not any(severity == "blocks" for severity, _, _ in findings)


@pytest.mark.parametrize(
    ("plan", "code", "message"),
    [
        pytest.param(
            altered("units", 1, "contacts", 0, "until", to="2024-06-30"),
            Code.NO_CONTACT,
            "no address of its contact holds on 2024-07-01",
            id="no mailbox",
        ),
        pytest.param(
            altered("units", 1, "contacts", 1, "role", to="contact"),
            Code.NO_SECRETARY,
            "no address of its secretary holds on 2024-01-02",
            id="no secretary",
        ),
        pytest.param(
            altered("units", 1, "party_committee", to=None),
            Code.NO_ADDRESS,
            "no address of its party committee is given",
            id="no party committee",
        ),
        pytest.param(
            altered("recipients", 5, "email", to=None), Code.NO_ADDRESS, "no address is given", id="no archive"
        ),
        pytest.param(
            altered("account", to=None),
            Code.NO_ACCOUNT,
            "no account is given, and the units are to pay for ky-nghi-hong, seminar, visit",
            id="no account",
        ),
        pytest.param(
            altered("account", "until", to="2024-06-30"),
            Code.NO_ACCOUNT,
            "the account does not hold on 2024-07-25",
            id="the first of several days without an account",
        ),
        pytest.param(
            altered("treasurers", to=[TREASURER | {"until": "2024-06-30"}]),
            Code.NO_TREASURER,
            "nobody is named as treasurer on 2024-07-01; the head keeps the money meanwhile",
            id="the first of several days without a treasurer",
        ),
        pytest.param(visit_on("2024-02-10"), Code.IN_TET, "its day 2024-02-10 lies in Tết", id="in Tết"),
        pytest.param(
            visit_on("2024-03-16"), Code.NON_WORKING_DAY, "its day 2024-03-16 is not a working day", id="a Saturday"
        ),
        pytest.param(
            altered("activities", 2, "occurrences", 0, "consult_on", to="2024-01-01"),
            Code.NON_WORKING_DAY,
            "its consultation opens on 2024-01-01, which is not a working day",
            id="opened on a holiday",
        ),
        pytest.param(
            visit_on("2024-01-09"),
            Code.SHORT_CONSULTATION,
            "4 working days remain to answer before 2024-01-09, the policy gives 5",
            id="four days to answer",
        ),
        pytest.param(
            altered("policy", "place_known_by", to={}),
            Code.ANNOUNCEMENT_UNDATED,
            "policy.place_known_by does not say by when its time and place are to be announced",
            id="announced by others",
        ),
    ],
)
def test_what_goes_wrong_is_said_once_with_its_day(plan: Plan, code: Code, message: str) -> None:
    assert [finding.message for finding in check(plan, VIETNAM).coded(code)] == [message]


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(altered("treasurers", to=[TREASURER]), id="a treasurer all year"),
        pytest.param(
            altered("treasurers", to=[TREASURER | {"until": "2024-04-15"}, TREASURER | {"since": "2024-04-16"}]),
            id="one treasurer after another",
        ),
        pytest.param(
            altered("heads", to=[HEAD | {"since": None, "until": "2024-04-15"}, HEAD | {"since": "2024-04-16"}]),
            id="one head after another",
        ),
    ],
)
def test_a_part_that_somebody_has_on_every_day_of_asking_is_no_finding(plan: Plan) -> None:
    assert found(plan) == set()


def test_where_nobody_pays_no_account_is_wanted() -> None:
    document = PLAN.model_dump(mode="json") | {"account": None}
    for activity in document["activities"][1:]:
        activity["contribution"] = None
    (paid,) = check(Plan.model_validate(document), VIETNAM).coded(Code.NO_ACCOUNT)
    document["activities"][0]["contribution"] = None

    assert paid.message == "no account is given, and the units are to pay for ky-nghi-hong"
    assert found(Plan.model_validate(document)) == set()


def test_days_that_others_announce_need_a_date_even_where_the_place_is_known() -> None:
    document = PLAN.model_dump(mode="json")
    document["activities"][0]["occurrences"][0]["place"] = {"name": "Củ Chi"}
    document["policy"]["place_known_by"] = {}

    assert found(Plan.model_validate(document)) == {("warns", "announcement-undated", "ky-nghi-hong-2024")}


def test_what_is_left_open_says_what_and_in_whose_words() -> None:
    document = PLAN.model_dump(mode="json")
    games, prevention = document["activities"][0]["assignments"][1:3]
    document["activities"][0]["assignments"].append(
        games | {"id": "da-co", "lead": "tnxp", "text": "Đã có người chủ trì."}
    )
    report = check(Plan.model_validate(document), VIETNAM)

    assert {f.message for f in report.coded(Code.ORPHAN_CONTENT)} == {"II.1: no unit is assigned to this content"}
    assert report.coded(Code.ORPHAN_ASSIGNMENT)[0].message == (
        "II.1: no content of the plan names what so-ldtbxh, tnxp is assigned"
    )
    assert report.coded(Code.NO_LEAD)[0].quote == f"{games['text']} {prevention['text']}"
    assumption = PLAN.assumptions[0]
    assert report.coded(Code.UNCONFIRMED)[0].message == "nobody has confirmed this assumption"
    assert report.coded(Code.UNCONFIRMED)[0].quote == f"{assumption.question} → {assumption.value}"


def test_a_unit_that_has_left_needs_no_address() -> None:
    document = PLAN.model_dump(mode="json")
    document["units"][6] |= {"contacts": [], "relations": [{"kind": "left", "on": "2024-01-01"}]}
    plan = Plan.model_validate(document)

    assert not plan.unit("khoi-nnptnt").is_member_on(date(2024, 1, 2))
    assert check(plan, VIETNAM).can_run


def test_a_treasurer_whose_time_ends_is_named_once_and_none_at_all_is_no_finding() -> None:
    treasurer = {"name": "Thủ quỹ", "title": "Thủ quỹ", "email": "thu-quy@example.org", "until": "2024-03-31"}

    (finding,) = check(altered("treasurers", to=[treasurer]), VIETNAM).coded(Code.NO_TREASURER)

    assert finding.severity is Severity.WARNS
    assert "the head keeps the money meanwhile" in finding.message
    assert check(PLAN, VIETNAM).coded(Code.NO_TREASURER) == ()
