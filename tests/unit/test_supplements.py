"""Lists that come by mail: what stands in a letter, and whether it takes the place of the list before."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.documents.letter_names import names_in_file, names_in_letter
from dondoc.documents.names import Reason
from dondoc.documents.sheets import NotAList
from dondoc.domain.ids import UnitId
from dondoc.domain.supplements import Coming, coming

UNIT = UnitId("so-y-te")


def names(text: str) -> list[str]:
    return [person.name for person in names_in_letter(text, UNIT).people]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1. Nguyễn Thị Hoa\n2. trần văn bình", ["Nguyễn Thị Hoa", "trần văn bình"], id="numbered"),
        pytest.param("- Nguyễn Thị Hoa\n- Trần Văn Bình", ["Nguyễn Thị Hoa", "Trần Văn Bình"], id="bullets"),
        pytest.param("Nguyễn Thị Hoa\nTrần Văn Bình", ["Nguyễn Thị Hoa", "Trần Văn Bình"], id="plain lines"),
        pytest.param("Họ và tên\tNăm sinh\nNguyễn Thị Hoa\t1990", ["Nguyễn Thị Hoa"], id="copied from a sheet"),
        pytest.param("1. Nguyễn Thị Hoa\n\nTrân trọng\nTrần Văn Bình\nPhó Bí thư", ["Nguyễn Thị Hoa"], id="signed"),
        pytest.param("Cảm ơn anh, đơn vị cử:\n1. Nguyễn Thị Hoa", ["Nguyễn Thị Hoa"], id="thanks come first"),
        pytest.param("Đồng ý", [], id="an opinion"),
        pytest.param("Nhất trí với phương án", [], id="a sentence"),
        pytest.param("Xin gửi sau ạ.\nTrân trọng.\nNguyễn Thị Hoa", [], id="only a signature"),
    ],
)
def test_who_is_named_in_a_letter(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60), max_size=12))
def test_no_line_of_a_letter_vanishes(lines: list[str]) -> None:
    text = "\n".join(["Nguyễn Thị Hoa", *lines])

    found = names_in_letter(text, UNIT)

    written = [line for line in text.splitlines() if line.strip()]
    assert len(found.people) + len(found.rejected) == len(written)


@given(st.binary(max_size=400), st.sampled_from(["a.xlsx", "a.csv", "a.xls", "a.pdf", "a", "a.txt"]))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes, name: str) -> None:
    with suppress(NotAList):
        found = names_in_file(name, content, UNIT)
        assert all(line.reason in Reason for line in found.rejected)


@pytest.mark.parametrize(
    ("words", "count", "before", "expected"),
    [
        pytest.param("", 30, 0, Coming.REPLACES, id="the first list"),
        pytest.param("Bổ sung", 2, 0, Coming.REPLACES, id="nothing to add to"),
        pytest.param("Danh sách chính thức", 30, 34, Coming.REPLACES, id="a corrected list"),
        pytest.param("Đơn vị xin bổ sung", 2, 20, Coming.ADDS, id="said to be added"),
        pytest.param("Cử thêm hai đồng chí", 2, 20, Coming.ADDS, id="more"),
        pytest.param("Xin thay đồng chí Hoa", 1, 2, Coming.UNCLEAR, id="one for another"),
        pytest.param("Đồng chí Hoa không tham gia được", 1, 2, Coming.UNCLEAR, id="somebody drops out"),
        pytest.param("Xin thay danh sách", 2, 2, Coming.REPLACES, id="as many as before: the whole list anew"),
        pytest.param("", 15, 30, Coming.REPLACES, id="half of them"),
        pytest.param("", 2, 30, Coming.UNCLEAR, id="most people would be lost"),
    ],
)
def test_how_a_list_comes(words: str, count: int, before: int, expected: Coming) -> None:
    assert coming(words, count, before) is expected


@pytest.mark.parametrize("word", ["thay", "đổi", "xin rút", "rút tên", "bỏ tên", "không tham gia"])
def test_who_goes_is_for_a_person_to_read_whoever_comes(word: str) -> None:
    assert coming(f"Bổ sung hai đồng chí, {word} đồng chí Hoa", 2, 3) is Coming.UNCLEAR


@given(st.text(max_size=80), st.integers(1, 300), st.integers(0, 300))
def test_a_list_never_replaces_one_more_than_twice_as_long(words: str, count: int, before: int) -> None:
    if coming(words, count, before) is Coming.REPLACES:
        assert count * 2 >= before
