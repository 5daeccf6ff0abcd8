"""How dates and money are written in Vietnamese."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dondoc.clock import ZONE
from dondoc.domain import wording
from dondoc.domain.plan import Announced, Contribution, OnDay, Place, Window
from dondoc.domain.proposal import Aspect
from dondoc.domain.states import Channel, Decision, Severity, Verdict
from dondoc.errors import Unreadable

DEADLINE = datetime(2024, 1, 9, 17, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng"),
        (1, "Một đồng"),
        (10, "Mười đồng"),
        (11, "Mười một đồng"),
        (15, "Mười lăm đồng"),
        (21, "Hai mươi mốt đồng"),
        (24, "Hai mươi tư đồng"),
        (55, "Năm mươi lăm đồng"),
        (100, "Một trăm đồng"),
        (101, "Một trăm linh một đồng"),
        (104, "Một trăm linh bốn đồng"),
        (105, "Một trăm linh năm đồng"),
        (111, "Một trăm mười một đồng"),
        (1_000, "Một nghìn đồng"),
        (1_005_000, "Một triệu không trăm linh năm nghìn đồng"),
        (1_000_005, "Một triệu không trăm linh năm đồng"),
        (1_750_000, "Một triệu bảy trăm năm mươi nghìn đồng"),
        (3_500_000, "Ba triệu năm trăm nghìn đồng"),
        (6_998_350, "Sáu triệu chín trăm chín mươi tám nghìn ba trăm năm mươi đồng"),
        (7_000_000, "Bảy triệu đồng"),
        (49_000_000, "Bốn mươi chín triệu đồng"),
        (2_000_000_021, "Hai tỷ không trăm hai mươi mốt đồng"),
        (10**12, "Một nghìn tỷ đồng"),
    ],
)
def test_an_amount_is_read_as_on_a_receipt(amount: int, words: str) -> None:
    assert wording.bang_chu(amount) == words


@given(st.integers(0, wording.LARGEST_IN_WORDS))
@example(wording.LARGEST_IN_WORDS - 1)
def test_an_amount_in_words_can_be_read_back(amount: int) -> None:
    words = wording.bang_chu(amount)

    assert words[0].isupper()
    assert read(words) == amount


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_two_amounts_never_read_alike(one: int, other: int) -> None:
    assert (wording.bang_chu(one) == wording.bang_chu(other)) == (one == other)


@pytest.mark.parametrize("amount", [-1, 10**12 + 1])
def test_an_amount_that_has_no_words_is_refused(amount: int) -> None:
    with pytest.raises(Unreadable) as refused:
        wording.bang_chu(amount)

    assert str(refused.value) == f"{amount} cannot be written in words: only 0 to 1.000.000.000.000 đồng can"


def read(words: str) -> int:
    """The amount that the words stand for: every word adds to, or multiplies, what was said before it."""
    digits = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]
    values = {word: value for value, word in enumerate(digits)} | {"mốt": 1, "tư": 4, "lăm": 5, "mười": 10, "linh": 0}
    total = group = digit = 0
    for word in words.lower().removesuffix(" đồng").split():
        if word in values:
            group, digit = group + digit, values[word]
        elif word in ("trăm", "mươi"):
            group, digit = group + digit * {"trăm": 100, "mươi": 10}[word], 0
        elif word == "tỷ":
            total, group, digit = (total + group + digit) * 10**9, 0, 0
        else:
            total, group, digit = total + (group + digit) * {"nghìn": 10**3, "triệu": 10**6}[word], 0, 0
    return total + group + digit


@pytest.mark.parametrize(
    ("write", "value", "expected"),
    [
        (wording.dong, 7_000_000, "7.000.000 đồng"),
        (wording.dong, 0, "0 đồng"),
        (wording.ngay, date(2024, 3, 15), "15/03/2024"),
        (wording.ngay_chu, date(2024, 6, 1), "ngày 01 tháng 6 năm 2024"),
        (wording.ngay_chu, date(2024, 3, 4), "ngày 04 tháng 3 năm 2024"),
        (wording.ngay_chu, date(2024, 2, 29), "ngày 29 tháng 02 năm 2024"),
        (wording.ngay_chu, date(2024, 12, 9), "ngày 09 tháng 12 năm 2024"),
        (wording.thu, date(2024, 3, 15), "thứ Sáu"),
        (wording.thu, date(2024, 3, 17), "Chủ nhật"),
        (wording.han, DEADLINE, "17 giờ 00, thứ Ba, ngày 09/01/2024"),
        (wording.han_gon, DEADLINE, "17 giờ 00 ngày 09/01"),
        (wording.luc, datetime(2024, 3, 4, 9, 10, tzinfo=ZONE), "09 giờ 10, ngày 04/03/2024"),
        (wording.quy, "2024-Q1", "quý I/2024"),
        (wording.quy, "2024-Q2", "quý II/2024"),
        (wording.quy, "2024-Q3", "quý III/2024"),
        (wording.quy, "2025-Q4", "quý IV/2025"),
        (wording.danh_sach, ["A", "B", "C"], "A, B và C"),
        (wording.danh_sach, ["A", "B"], "A và B"),
        (wording.danh_sach, ["A"], "A"),
        (wording.danh_sach, [], ""),
        (wording.cap_uy, "Đoàn Sở Y tế Thành phố", "Cấp ủy phụ trách Đoàn Sở Y tế Thành phố"),
        (wording.viet_hoa, "đoàn Sở Y tế", "Đoàn Sở Y tế"),
    ],
)
def test_it_is_written_as_in_an_official_letter(write: Callable[[Any], str], value: object, expected: str) -> None:
    assert write(value) == expected


def test_a_moment_is_written_in_the_time_of_viet_nam() -> None:
    evening = datetime(2024, 1, 8, 17, 30, tzinfo=UTC)

    assert wording.han(evening) == "00 giờ 30, thứ Ba, ngày 09/01/2024"
    assert wording.ngay(evening) == "09/01/2024"
    assert wording.ngay_chu(evening) == "ngày 09 tháng 01 năm 2024"


@pytest.mark.parametrize("written", ["2024-Q5", "2024-Q", "2024"])
def test_what_is_no_quarter_is_named(written: str) -> None:
    with pytest.raises(Unreadable) as refused:
        wording.quy(written)

    assert str(refused.value) == f"'{written}' is not a quarter such as 2024-Q1"


CITY = "Ban Thường vụ Thành Đoàn"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (OnDay(day=date(2024, 3, 15)), "thứ Sáu, ngày 15/03/2024"),
        (OnDay(day=date(2024, 3, 15), at=time(8)), "08 giờ 00, thứ Sáu, ngày 15/03/2024"),
        (
            OnDay(day=date(2024, 3, 15), alternatives=(date(2024, 3, 18), date(2024, 3, 19))),
            "thứ Sáu, ngày 15/03/2024 (có thể thay bằng ngày 18/03/2024 hoặc 19/03/2024)",
        ),
        (
            OnDay(day=date(2024, 3, 15), alternatives=(date(2024, 3, 18),)),
            "thứ Sáu, ngày 15/03/2024 (có thể thay bằng ngày 18/03/2024)",
        ),
        (
            OnDay(day=date(2024, 3, 15), alternatives=(date(2024, 3, 18), date(2024, 3, 19), date(2024, 3, 20))),
            "thứ Sáu, ngày 15/03/2024 (có thể thay bằng ngày 18/03/2024, 19/03/2024 hoặc 20/03/2024)",
        ),
        (Window(first=date(2024, 8, 1), last=date(2024, 8, 31)), "tháng 8 năm 2024"),
        (
            Window(first=date(2024, 6, 1), last=date(2024, 8, 31), announced_by=CITY),
            f"từ tháng 6 đến tháng 8 năm 2024 (ngày cụ thể theo phân công của {CITY})",
        ),
        (Window(first=date(2024, 6, 3), last=date(2024, 6, 30)), "từ ngày 03/06/2024 đến ngày 30/06/2024"),
        (Window(first=date(2024, 6, 1), last=date(2024, 6, 15)), "từ ngày 01/06/2024 đến ngày 15/06/2024"),
        (Window(first=date(2024, 12, 1), last=date(2025, 1, 31)), "từ ngày 01/12/2024 đến ngày 31/01/2025"),
    ],
)
def test_the_time_of_an_occurrence_is_told(when: OnDay | Window, expected: str) -> None:
    assert wording.thoi_gian(when) == expected


def test_the_place_of_an_occurrence_is_told() -> None:
    hall = Place(name="Hội trường 272", address="Số 272, đường Võ Thị Sáu, phường Võ Thị Sáu, Quận 3")

    assert wording.dia_diem(hall) == "Hội trường 272 (Số 272, đường Võ Thị Sáu, phường Võ Thị Sáu, Quận 3)"
    assert wording.dia_diem(Place(name="huyện Củ Chi")) == "huyện Củ Chi"
    assert wording.dia_diem(Announced(announced_by=CITY)) == f"theo phân công của {CITY}"


def test_a_contribution_tells_who_pays_how_much() -> None:
    names = {"khoi-dcd": "Đoàn Khối DCĐ", "so-y-te": "Đoàn Sở Y tế", "so-gtvt": "Đoàn Sở GTVT"}
    shares = {"so-y-te": 1_750_000, "khoi-dcd": 2_250_000, "so-gtvt": 1_750_000}

    assert wording.kinh_phi(Contribution(each=7_000_000), str) == "7.000.000 đồng/đơn vị"
    assert wording.kinh_phi(Contribution(basis="year", shares=shares), names.__getitem__) == (
        "Đoàn Khối DCĐ: 2.250.000 đồng; Đoàn Sở Y tế và Đoàn Sở GTVT: 1.750.000 đồng, đóng góp một lần cho cả năm"
    )
    assert wording.kinh_phi(Contribution(basis="instalments", each=2_000_000), str) == (
        "2.000.000 đồng/đơn vị, chia đều cho các đợt"
    )


def test_of_many_units_it_is_told_how_many_pay_how_much() -> None:
    shares = {f"don-vi-{n}": 1_750_000 if n % 3 else 1_500_000 for n in range(30)}

    assert wording.kinh_phi(Contribution(shares=shares), str) == (
        "20 đơn vị: 1.750.000 đồng/đơn vị; 10 đơn vị: 1.500.000 đồng/đơn vị"
    )


def test_as_many_units_as_a_sentence_bears_are_named() -> None:
    shares = {f"don-vi-{n}": 1_500_000 for n in range(wording.NAMED)}

    told = wording.kinh_phi(Contribution(shares=shares), str)

    assert all(unit in told for unit in shares)


def test_a_long_text_is_cut_at_a_word() -> None:
    assert wording.rut_gon(" một\n hai  ba ", 10) == "một hai ba"
    assert wording.rut_gon("một hai, ba bốn", 10) == "một hai …"
    assert wording.rut_gon("x" * 20, 10) == "x" * 10 + " …"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (wording.VERDICTS, Verdict),
        (wording.CHANNELS, Channel),
        (wording.DECISIONS, Decision),
        (wording.ASPECTS, Aspect),
        (wording.SEVERITIES, Severity),
    ],
)
def test_every_term_has_its_word(words: Mapping[StrEnum, str], kind: type[StrEnum]) -> None:
    assert set(words) == set(kind)
