"""Files before anything in them is believed: names, text, workbooks."""

from __future__ import annotations

import io
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, BadZipFile, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.received import Flaw, flaw_in, plain_name, text_in

WORKBOOK = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


def package(parts: dict[str, bytes], kind: int = ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", kind) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        pytest.param(package(WORKBOOK), None, id="a workbook"),
        pytest.param(package(WORKBOOK | {"bomb": bytes(2_000_000)}), Flaw.TOO_LARGE, id="a bomb"),
        pytest.param(package(WORKBOOK | {f"p{n}": b"" for n in range(600)}), Flaw.TOO_LARGE, id="very many parts"),
        pytest.param(package({"a.txt": b"a"}), Flaw.NO_WORKBOOK, id="another archive"),
        pytest.param(package(WORKBOOK, ZIP_BZIP2), Flaw.NO_WORKBOOK, id="packed as no office packs"),
        pytest.param(package(WORKBOOK | {"e": b'<!DOCTYPE a [<!ENTITY b "c">]>'}), Flaw.NO_WORKBOOK, id="entities"),
        pytest.param(
            package(WORKBOOK | {"e": '<!DOCTYPE a [<!ENTITY b "c">]>'.encode("utf-16")}), Flaw.NO_WORKBOOK, id="hidden"
        ),
        pytest.param(package(WORKBOOK | {"../../etc/cron.d/x": b"x"}), None, id="a part that is never written out"),
    ],
)
def test_a_workbook_is_judged_by_what_is_inside(content: bytes, flaw: Flaw | None) -> None:
    assert flaw_in(content, max_unpacked=1_000_000) is flaw


def test_a_part_that_lies_about_its_size_is_not_unpacked_further() -> None:
    honest = package(WORKBOOK | {"bomb": bytes(2_000_000)})
    lying = honest.replace((2_000_000).to_bytes(4, "little"), (2_000).to_bytes(4, "little"))

    assert lying != honest
    with pytest.raises(BadZipFile):
        flaw_in(lying, max_unpacked=1_000_000)


@pytest.mark.parametrize("content", [b"\0\1\2", b"PK\3\4\0\0", b"\x81"])
def test_what_is_no_text_is_none(content: bytes) -> None:
    assert text_in(content) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Nguyễn".encode(), id="UTF-8"),
        pytest.param("Nguyễn".encode("utf-8-sig"), id="UTF-8 with a mark"),
        pytest.param("Nguyễn".encode("utf-16"), id="UTF-16"),
        pytest.param("Nguyê\u0303n".encode("cp1258"), id="Windows-1258"),
    ],
)
def test_text_is_read_however_it_was_saved(content: bytes) -> None:
    assert text_in(content) == "Nguyễn"


@pytest.mark.parametrize(
    ("given_name", "plain"),
    [
        ("danh sách.xlsx", "danh sách.xlsx"),
        ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\An\\danh-sach.csv", "danh-sach.csv"),
        ("/", ""),
        ("..", ""),
        ("anh\u202egnp.exe", "anhgnp.exe"),
        ("a\0b\r\nc.pdf", "abc.pdf"),
        ("x" * 500 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_only_a_word(given_name: str, plain: str) -> None:
    assert plain_name(given_name) == plain


@given(st.text())
def test_no_name_leads_anywhere(name: str) -> None:
    plain = plain_name(name)

    assert len(plain) <= 141
    assert not {"/", "\\", "\0", "\n", "\r"} & set(plain)
    assert plain not in (".", "..")
