"""Matching: the scenarios with money, one line each, and what never happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.accounts import TransferId
from dondoc.domain.dues import Due
from dondoc.domain.ids import ActivityId, Dong, OccurrenceId, UnitId
from dondoc.domain.matching import Candidate, Incoming, Known, Limits, Match, Payable, Reason, match
from dondoc.domain.payment_code import make
from dondoc.domain.reversals import Booked, Outgoing, Reversal, reversal_in
from dondoc.domain.unit_names import units_named

YTE, GTVT, TNMT, HEAD = UnitId("so-y-te"), UnitId("so-gtvt"), UnitId("khoi-tnmt"), UnitId("khoi-dcd")
SPELLINGS = {
    YTE: ("đoàn sở y tế thành phố", "đoàn sở y tế", "sở y tế"),
    GTVT: ("đoàn sở giao thông vận tải thành phố", "sở gtvt"),
    TNMT: ("đoàn khối bộ tài nguyên và môi trường", "bộ tnmt", "tnmt"),
}
KNOWN = Known(SPELLINGS, {"CONG DOAN SO GTVT": GTVT, "BA THU QUY": GTVT})
LIMITS = Limits(tolerance=5_000, fees=frozenset({1_650, 11_000}))


def payable(unit: UnitId, activity: str, amount: int, number: int) -> Payable:
    due = Due(OccurrenceId(f"{activity}-2024"), ActivityId(activity), unit, Dong(amount), is_internal=unit == HEAD)
    return Payable(due, make("hcsn", 2024, activity, unit, number), due.amount)


SEVEN, ONE = payable(YTE, "ky-nghi-hong", 7_000_000, 1), payable(YTE, "seminar", 1_000_000, 2)
GTVT_SEVEN, GTVT_ONE = payable(GTVT, "ky-nghi-hong", 7_000_000, 3), payable(GTVT, "seminar", 1_200_000, 4)
OWN = payable(HEAD, "ky-nghi-hong", 7_000_000, 5)
DUES = (SEVEN, ONE, GTVT_SEVEN, GTVT_ONE, OWN)
PAID_SEVEN = (replace(SEVEN, lacks=Dong(0)), ONE, GTVT_SEVEN, GTVT_ONE, OWN)


def matched(amount: int, remark: str, payer: str | None = None, dues: tuple[Payable, ...] = DUES) -> Match:
    return match(Incoming(amount, remark, payer), dues, KNOWN, LIMITS)


def parts(candidate: Candidate) -> dict[str, int]:
    return {due.key.removeprefix("due/"): amount for due, amount in candidate.parts}


CAMPAIGN, SEMINAR = "ky-nghi-hong-2024/so-y-te", "seminar-2024/so-y-te"


@pytest.mark.parametrize(
    ("amount", "codes", "dues", "expected", "rest", "short", "reasons"),
    [
        pytest.param(
            7_000_000, (SEVEN,), PAID_SEVEN, {}, 7_000_000, 0, {Reason.ALREADY_PAID, Reason.OVER}, id="5: paid twice"
        ),
        pytest.param(
            6_999_000, (SEVEN,), DUES, {CAMPAIGN: 6_999_000}, 0, 1_000, {Reason.TOLERANCE}, id="6: short, tolerable"
        ),
        pytest.param(
            6_995_000,
            (SEVEN,),
            DUES,
            {CAMPAIGN: 6_995_000},
            0,
            5_000,
            {Reason.TOLERANCE},
            id="6: all that is tolerable",
        ),
        pytest.param(
            6_999_999, (SEVEN,), DUES, {CAMPAIGN: 6_999_999}, 0, 1, {Reason.TOLERANCE}, id="6: a single dong short"
        ),
        pytest.param(6_998_350, (SEVEN,), DUES, {CAMPAIGN: 6_998_350}, 0, 1_650, {Reason.FEE}, id="7: a bank fee"),
        pytest.param(
            6_989_000, (SEVEN,), DUES, {CAMPAIGN: 6_989_000}, 0, 11_000, {Reason.FEE}, id="7: a fee beyond tolerance"
        ),
        pytest.param(
            8_000_000,
            (SEVEN, ONE),
            DUES,
            {CAMPAIGN: 7_000_000, SEMINAR: 1_000_000},
            0,
            0,
            {Reason.EXACT, Reason.SPLIT},
            id="8: one transfer for two dues",
        ),
        pytest.param(
            8_000_000,
            (SEVEN,),
            DUES,
            {CAMPAIGN: 7_000_000, SEMINAR: 1_000_000},
            0,
            0,
            {Reason.EXACT, Reason.SPLIT},
            id="9: with the code of one",
        ),
        pytest.param(3_000_000, (SEVEN,), DUES, {CAMPAIGN: 3_000_000}, 0, 4_000_000, {Reason.PART}, id="a part"),
        pytest.param(7_500_000, (SEVEN,), DUES, {CAMPAIGN: 7_000_000}, 500_000, 0, {Reason.OVER}, id="too much"),
        pytest.param(
            14_000_000,
            (SEVEN,),
            DUES,
            {CAMPAIGN: 7_000_000},
            7_000_000,
            0,
            {Reason.OVER},
            id="5: twice in one transfer",
        ),
        pytest.param(
            1_000_000,
            (SEVEN, ONE),
            PAID_SEVEN,
            {SEMINAR: 1_000_000},
            0,
            0,
            {Reason.EXACT},
            id="the codes of a due that is paid and of one that is not",
        ),
        pytest.param(
            7_000_000,
            (SEVEN,),
            (replace(SEVEN, is_frozen=True), ONE),
            {},
            7_000_000,
            0,
            {Reason.FROZEN, Reason.OVER},
            id="21: a frozen due",
        ),
        pytest.param(
            1_000_000,
            (SEVEN, ONE),
            (replace(SEVEN, is_frozen=True), ONE),
            {SEMINAR: 1_000_000},
            0,
            0,
            {Reason.FROZEN, Reason.EXACT},
            id="21: a frozen due and one that is not",
        ),
    ],
)
def test_a_code_with_another_amount_is_proposed_not_booked(
    amount: int,
    codes: tuple[Payable, ...],
    dues: tuple[Payable, ...],
    expected: dict[str, int],
    rest: int,
    short: int,
    reasons: set[Reason],
) -> None:
    found = matched(amount, f"CT DEN {' VA '.join(p.code for p in codes)}", dues=dues)

    (candidate,) = found.candidates
    assert not found.is_certain
    assert (parts(candidate), candidate.rest, candidate.short) == (expected, rest, short)
    assert set(candidate.reasons) == {Reason.CODE} | reasons
    assert candidate.unit == YTE


def test_a_code_with_the_exact_amount_needs_nobody() -> None:
    found = matched(7_000_000, f"MBVCB.123.{SEVEN.code[:9].lower()} {SEVEN.code[9:]}.CT tu 0351", "NGUOI NOP TIEN")

    (candidate,) = found.candidates
    assert found.is_certain
    assert parts(candidate) == {CAMPAIGN: 7_000_000}
    assert candidate.score == 100


def test_what_completes_a_part_that_was_paid_is_exact() -> None:
    rest = (replace(SEVEN, lacks=Dong(4_000_000)), ONE)

    assert matched(4_000_000, SEVEN.code, dues=rest).is_certain


def test_a_due_that_lacks_one_dong_is_still_to_be_paid() -> None:
    assert matched(1, SEVEN.code, dues=(replace(SEVEN, lacks=Dong(1)), ONE)).is_certain


def test_a_unit_that_said_it_paid_and_did_needs_nobody_either() -> None:
    known = replace(KNOWN, claimed={SEVEN.due.key})

    assert match(Incoming(7_000_000, SEVEN.code), DUES, known, LIMITS).is_certain


def test_paying_two_dues_with_their_codes_is_as_good_as_paying_one() -> None:
    (candidate,) = matched(8_000_000, f"{SEVEN.code} {ONE.code}").candidates

    assert candidate.score == 100


def test_what_is_left_of_money_with_the_codes_of_two_units_is_the_first_ones() -> None:
    (candidate,) = matched(14_500_000, f"{GTVT_SEVEN.code} {SEVEN.code}").candidates

    assert parts(candidate) == {"ky-nghi-hong-2024/so-gtvt": 7_000_000, CAMPAIGN: 7_000_000}
    assert (candidate.unit, candidate.rest) == (GTVT, 500_000)


@pytest.mark.parametrize(
    ("lacking", "may_be_let_go"),
    [(-1, False), (0, False), (1, True), (5_000, True), (5_001, False), (11_000, True), (12_650, False)],
)
def test_only_a_little_or_a_banks_fee_may_be_let_go(lacking: int, may_be_let_go: bool) -> None:
    assert LIMITS.forgive(lacking) is may_be_let_go


@pytest.mark.parametrize(
    ("amount", "remark", "payer", "best", "reasons", "score"),
    [
        pytest.param(
            7_000_000, "DOAN SO Y TE NOP KINH PHI", None, YTE, {Reason.UNIT_NAMED, Reason.EXACT}, 55,
            id="the unit's name",
        ),
        pytest.param(
            7_000_000, "NOPKINHPHIDOANSOYTETPHCM", None, YTE, {Reason.UNIT_NAMED, Reason.EXACT}, 55, id="without spaces"
        ),
        pytest.param(
            7_000_000, "nop tien", "Công Đoàn Sở GTVT", GTVT, {Reason.PAYER_KNOWN, Reason.UNIT_NAMED, Reason.EXACT}, 75,
            id="a known payer",
        ),
        pytest.param(
            1_200_000, "nop tien", None, GTVT, {Reason.ONLY_UNIT, Reason.EXACT}, 40, id="an amount of its own"
        ),
        pytest.param(
            8_000_000, "so y te", None, YTE, {Reason.UNIT_NAMED, Reason.EXACT, Reason.SPLIT, Reason.ONLY_UNIT}, 65,
            id="8: split by the unit's name",
        ),
        pytest.param(
            6_998_350, "so y te", None, YTE, {Reason.UNIT_NAMED, Reason.FEE}, 45, id="a fee, by the unit's name"
        ),
        pytest.param(
            6_999_000, "so gtvt", None, GTVT, {Reason.UNIT_NAMED, Reason.TOLERANCE}, 45, id="a little less, by name"
        ),
        pytest.param(
            1_198_350, "nop tien", None, GTVT, {Reason.ONLY_UNIT, Reason.FEE}, 30, id="an amount of its own, less a fee"
        ),
        pytest.param(
            2_000_000, "SO Y TE", None, YTE, {Reason.UNIT_NAMED, Reason.SPLIT, Reason.PART}, 25, id="a part, by name"
        ),
        pytest.param(
            2_000_000, "nop tien", "BA THU QUY", GTVT, {Reason.PAYER_KNOWN, Reason.PART}, 20,
            id="a part, by a known payer",
        ),
        pytest.param(
            500_000, "nop tien TNMT", None, TNMT, {Reason.UNIT_NAMED, Reason.EXACT, Reason.ONLY_UNIT}, 65,
            id="a short name at the end",
        ),
    ],
)  # fmt: skip
def test_without_a_code_the_likeliest_unit_comes_first(
    amount: int, remark: str, payer: str | None, best: UnitId, reasons: set[Reason], score: int
) -> None:
    found = matched(amount, remark, payer, (*DUES, payable(TNMT, "seminar", 500_000, 6)))

    assert not found.is_certain
    assert (found.candidates[0].unit, found.candidates[0].score) == (best, score)
    assert set(found.candidates[0].reasons) - {Reason.SPLIT} == reasons - {Reason.SPLIT}
    assert list(found.candidates) == sorted(found.candidates, key=lambda candidate: -candidate.score)


def test_a_personal_payer_without_a_code_brings_every_unit_with_that_amount() -> None:
    found = matched(7_000_000, "chuyen tien", "NGUOI NOP TIEN")

    assert [candidate.unit for candidate in found.candidates] == [YTE, GTVT]
    assert {candidate.score for candidate in found.candidates} == {30}


def test_a_unit_that_said_it_paid_comes_before_the_others() -> None:
    known = replace(KNOWN, claimed={GTVT_SEVEN.due.key})

    found = match(Incoming(7_000_000, "chuyen tien"), DUES, known, LIMITS)

    assert [(candidate.unit, candidate.score) for candidate in found.candidates] == [(GTVT, 40), (YTE, 30)]


def test_of_two_units_as_likely_the_one_that_owes_it_as_a_single_due_comes_first() -> None:
    dues = (payable(YTE, "visit", 3, 1), payable(YTE, "seminar", 4, 2), payable(GTVT, "visit", 7, 3))

    assert [candidate.unit for candidate in matched(7, "nop tien", dues=dues).candidates] == [GTVT, YTE]


def test_of_many_candidates_the_ten_best_are_shown() -> None:
    many = tuple(payable(UnitId(f"don-vi-{n}"), "seminar", 1_000_000, n) for n in range(12))
    known = replace(KNOWN, payers={"BA THU QUY": UnitId("don-vi-11")})

    found = match(Incoming(1_000_000, "nop tien", "Bà Thủ quỹ"), many, known, LIMITS)

    assert [candidate.unit for candidate in found.candidates] == ["don-vi-11", *(f"don-vi-{n}" for n in range(9))]


def test_of_a_unit_that_owes_very_much_only_its_eight_oldest_dues_are_combined() -> None:
    many = tuple(payable(YTE, f"hoat-dong-{n}", 10**n, n) for n in range(1, 10))

    assert match(Incoming(10**8 + 10, "nop tien"), many, KNOWN, LIMITS).candidates != ()
    assert match(Incoming(10**9 + 10, "nop tien"), many, KNOWN, LIMITS).candidates == ()


def test_money_that_fits_nothing_has_no_candidate() -> None:
    assert matched(123_456, "chuyen tien").candidates == ()


def test_a_code_that_was_never_issued_is_shown_and_matches_nothing() -> None:
    other = make("khac", 2024, "visit", "tnxp", 9)

    found = matched(123_456, f"nop {other}")

    assert (found.candidates, found.unknown_codes) == ((), (other,))


def test_an_unknown_code_beside_a_known_one_is_for_a_person() -> None:
    other = make("khac", 2024, "visit", "tnxp", 9)

    found = matched(7_000_000, f"{SEVEN.code} {other}")

    assert not found.is_certain
    assert found.unknown_codes == (other,)


def test_the_heads_own_share_is_never_proposed() -> None:
    found = matched(7_000_000, "DOAN KHOI DAN CHINH DANG", dues=(OWN,))

    assert found.candidates == ()
    assert not matched(7_000_000, OWN.code).is_certain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đoàn Sở Giao thông – Vận tải Thành phố nộp", {GTVT}),
        ("DOAN KHOI BO TNMT", {TNMT}),
        ("so y te va so gtvt", {YTE, GTVT}),
        ("NOPKINHPHIDOANTNXP3", {UnitId("tnxp-3")}),
        ("NOP KINH PHI D O A N S O Y TE", {YTE}),
        ("btnmtx", set()),
        ("", set()),
    ],
)
def test_units_are_known_by_their_names(text: str, expected: set[UnitId]) -> None:
    assert units_named(text, SPELLINGS | {UnitId("tnxp-3"): ("TNXP 3",)}) == expected


def test_a_spelling_of_signs_alone_names_nobody() -> None:
    assert units_named("", {YTE: ("–",)}) == set()
    assert units_named("TNMT nop tien", {TNMT: ("(TNMT)", "–")}) == {TNMT}


def test_a_name_inside_a_longer_one_does_not_count() -> None:
    spellings = {YTE: ("sở y tế",), UnitId("so-y-te-quan-3"): ("sở y tế quận 3",)}

    assert units_named("SO Y TE QUAN 3 nop tien", spellings) == {"so-y-te-quan-3"}


def test_a_unit_is_known_by_the_longest_of_its_names_that_stands_there() -> None:
    ways = ("sở y tế", "y tế", "y tế thành phố", "đoàn sở y tế thành phố", "sở y tế thành phố", "đoàn sở")
    spellings = {YTE: ways, UnitId("so-y-te-cu"): ("đoàn sở y tế",)}

    assert units_named("DOAN SO Y TE THANH PHO nop tien", spellings) == {YTE}


remarks = st.lists(st.sampled_from(["so y te", "nop tien", SEVEN.code, ONE.code, GTVT_SEVEN.code, "2024"]), max_size=4)


@given(st.integers(1, 16_000_000) | st.sampled_from([7_000_000, 8_000_000, 6_998_350]), remarks, st.booleans())
def test_every_proposal_uses_each_dong_once_and_none_is_booked_without_its_code(
    amount: int, said: list[str], twice: bool
) -> None:
    found = matched(amount, " ".join(said), dues=PAID_SEVEN if twice else DUES)

    lacking = {p.due: p.lacks for p in (PAID_SEVEN if twice else DUES)}
    for candidate in found.candidates:
        assert sum(part for _, part in candidate.parts) + candidate.rest == amount
        assert all(0 < part <= lacking[due] for due, part in candidate.parts)
        assert len({due for due, _ in candidate.parts}) == len(candidate.parts)
        assert 0 <= candidate.score <= 100
    if found.is_certain:
        ((due, part),) = found.candidates[0].parts
        assert part == amount == lacking[due]
        assert any(p.code in said for p in DUES if p.due == due)


T1, T2, T3 = TransferId("t1"), TransferId("t2"), TransferId("t3")
BOOKED = (
    Booked(T1, 7_000_000, date(2024, 6, 3), f"CT DEN {SEVEN.code}", "FT24155001"),
    Booked(T2, 7_000_000, date(2024, 6, 4), f"CT DEN {GTVT_SEVEN.code}", "FT24156002"),
    Booked(T3, 500_000, date(2024, 6, 4), "TNMT NOP TIEN"),
)
WORDS = ("Hoàn trả", "Reversal")


@pytest.mark.parametrize(
    ("amount", "remark", "expected"),
    [
        pytest.param(7_000_000, f"HOAN TRA CT DEN {SEVEN.code}", Reversal((T1,), True), id="its word and its code"),
        pytest.param(7_000_000, "REVERSAL OF FT24156002", Reversal((T2,), True), id="its word and its document"),
        pytest.param(7_000_000, f"CT {SEVEN.code}", Reversal((T1,), False), id="only its code: perhaps a return"),
        pytest.param(7_000_000, "HOAN TRA", Reversal((T2, T1), False), id="only the word: one of two"),
        pytest.param(6_000_000, f"HOAN TRA {SEVEN.code}", None, id="another amount"),
        pytest.param(7_000_000, "THUE XE", None, id="an expense"),
        pytest.param(500_000, "HOAN TRA TNMT", Reversal((T3,), False), id="only the word, of one without a document"),
    ],
)
def test_a_bank_that_takes_a_transfer_back_names_it(amount: int, remark: str, expected: Reversal | None) -> None:
    assert reversal_in(Outgoing(amount, date(2024, 6, 5), remark), BOOKED, WORDS) == expected


def test_which_of_two_transfers_with_one_code_was_taken_back_is_for_a_person() -> None:
    again = replace(BOOKED[0], transfer=T2, on=date(2024, 6, 4), document=None)
    taken = Outgoing(7_000_000, date(2024, 6, 5), f"HOAN TRA {SEVEN.code}")

    assert reversal_in(taken, (BOOKED[0], again), WORDS) == Reversal((T2, T1), False)


def test_nothing_is_taken_back_before_it_came() -> None:
    taken = Outgoing(7_000_000, date(2024, 6, 2), f"HOAN TRA {SEVEN.code}")

    assert reversal_in(taken, BOOKED, WORDS) is None
    assert reversal_in(replace(taken, on=date(2024, 6, 3)), BOOKED, WORDS) == Reversal((T1,), True), "on the same day"
