"""Payment codes: found in whatever a bank made of them, and nowhere else."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.domain.payment_code import ALPHABET, LARGEST_NUMBER, find_codes, initials, make
from dondoc.errors import Unreadable

KNOWN = "HCSN24KNHSYT7F3K"
"""From the requirements."""

words = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz-"), min_size=1, max_size=12)
codes = st.builds(make, words, st.integers(2000, 2100), words, words, st.integers(0, LARGEST_NUMBER))

REMARKS = (
    "CHUYEN TIEN",
    "Đoàn Sở Y tế chuyển kinh phí Kỳ Nghỉ Hồng năm 2024",
    "DOAN SO GTVT NOP KINH PHI SINH HOAT CHUYEN DE THANG 08/2024",
    "MBVCB.4525077405.9P0019630833 CT tu 0351000646393 toi 0071000123456",
    "//SAL2023304S037001180096//THANH TOAN LUONG NHAN VIEN T10.2023",
    "POS79900019.881867.20231101.121709 97043686Ve85cd40000000001c8996",
    "IBFT 24030412345678 NOP TIEN DONG GOP QUY I NAM 2024",
    "FT24064123456789 DOAN KHOI BO TNMT NOP 1500000D THAM ME VNAH",
    "Ủng hộ 7.000.000đ (bảy triệu đồng) theo KH 24/KH-ĐTN",
)
NEARLY = ("THANG08 NOP KINH PHI 1D5 QUAN 3", "NHNG24 KTSHBT 7A3 B")
"""Made up, in the shape of a code."""


def test_the_largest_number_uses_up_what_a_code_has_for_it() -> None:
    assert make("hcsn", 2024, "visit", "tnxp", LARGEST_NUMBER)[12:15] == f"9{ALPHABET[-1]}9"


def test_the_code_of_the_requirements_is_valid() -> None:
    number = 7 * 220 + ALPHABET[10:].index("F") * 10 + 3

    assert make("hcsn", 2024, "ky-nghi-hong", "so-y-te", number) == KNOWN
    assert find_codes(KNOWN) == (KNOWN,)


@pytest.mark.parametrize(
    "remark",
    [
        pytest.param("hcsn24knhsyt7f3k", id="small letters"),
        pytest.param("HCSN24 KNHSYT 7F3K", id="spaces"),
        pytest.param("MBVCB.123.HCSN24KNH\nSYT7F3K.CT tu 0351 toi 0071", id="a line break, the bank's own text"),
        pytest.param("CT DEN:406412345678HCSN24-KNH-SYT-7F3KGD", id="glued to its neighbours"),
        pytest.param("H C S N 2 4 K N H S Y T 7 F 3 K", id="spelled out"),
        pytest.param("Đoàn Sở Y tế nộp, mã HCSN24KNHSYT7F3K, cảm ơn", id="in a sentence"),
        pytest.param("ＨＣＳＮ２４ＫＮＨＳＹＴ７Ｆ３Ｋ", id="wide letters"),
    ],
)
def test_a_code_is_found_however_the_bank_broke_it(remark: str) -> None:
    assert find_codes(remark) == (KNOWN,)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    code = make("hcsn", 2010, "visit", "tnxp", 0)

    assert "10" in code
    assert find_codes(code.replace("0", "O").replace("1", "l")) == (code,)


@given(st.lists(codes, min_size=1, max_size=3, unique=True), st.sampled_from(["", " ", "-", ". ", "\n", " va "]))
def test_several_codes_are_found_in_order(made: list[str], between: str) -> None:
    assert find_codes(f"CK {between.join(made)} {made[0]}") == tuple(made)


def test_a_letter_belongs_to_one_code_only() -> None:
    other = make("kcsn", 2024, "visit", "tnxp", 5)

    assert find_codes(f"{KNOWN}{other}") == (KNOWN, other)
    assert (KNOWN[-1], find_codes(f"CK {KNOWN}{other[1:]}")) == (other[0], (KNOWN,))


@given(codes, st.lists(st.sampled_from(["", "", " ", "-", "\r\n", "\u00a0"]), min_size=16, max_size=16))
def test_diacritics_spaces_hyphens_and_case_do_not_matter(code: str, between: list[str]) -> None:
    broken = "".join(char + sign for char, sign in zip(code, between, strict=True))

    assert find_codes(f"đã nộp {broken.lower()} ạ") == (code,)


@given(codes, st.integers(0, 15), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, char: str) -> None:
    wrong = code[:place] + char + code[place + 1 :]

    assert find_codes(wrong) == ((code,) if wrong == code else ())


@given(codes, st.integers(0, 14))
def test_two_swapped_neighbours_are_noticed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert find_codes(swapped) == ((code,) if swapped == code else ())


@pytest.mark.parametrize("remark", REMARKS + NEARLY)
def test_ordinary_remarks_have_no_code(remark: str) -> None:
    assert find_codes(remark) == ()


def test_ten_thousand_mixtures_of_what_people_write_have_no_code() -> None:
    words = [word for remark in REMARKS for word in remark.split()]
    mixed = random.Random(2024)  # noqa: S311 - the same mixtures each time

    assert not any(find_codes(" ".join(mixed.choices(words, k=25))) for _ in range(10_000))


@given(codes)
def test_a_code_is_at_most_sixteen_letters_and_digits_that_nobody_confuses(code: str) -> None:
    assert re.fullmatch(r"[A-Z0-9]{16}", code)
    assert not set(code) & set("ILOU")


def test_every_number_has_a_code_of_its_own() -> None:
    made = {make("hcsn", 2024, "visit", "tnxp", number) for number in range(LARGEST_NUMBER + 1)}

    assert len(made) == LARGEST_NUMBER + 1


@pytest.mark.parametrize("number", [-1, LARGEST_NUMBER + 1])
def test_a_number_without_room_is_refused(number: int) -> None:
    says = rf"^no payment code has the number {number}: only 0 to {LARGEST_NUMBER} fit$"

    with pytest.raises(Unreadable, match=says):
        make("hcsn", 2024, "visit", "tnxp", number)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("so-y-te", "SYT"),
        ("so-gtvt", "SGT"),
        ("so-ldtbxh", "SDT"),
        ("khoi-nnptnt", "KNN"),
        ("tnxp", "TNX"),
        ("ky-nghi-hong", "KNH"),
        ("Đoàn Sở Y tế", "DSY"),
        ("u1", "ZZZ"),
    ],
)
def test_initials_remind_of_the_name(name: str, expected: str) -> None:
    assert initials(name, 3) == expected
