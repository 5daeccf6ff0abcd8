"""Lists of names as units send them: pasted into a form or a letter, as CSV, or as a workbook (R15, R18, R21).

Every line that has anything in it is either a person or rejected with a reason, so that nothing vanishes unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dondoc.documents.sheets import MAX_CELL, MAX_ROWS, NotAList, Row, Why, csv_rows, decoded, table, xlsx_rows
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person, fold_name, plain_name


class Kind(StrEnum):
    TEXT = "text"
    CSV = "csv"
    XLSX = "xlsx"


class Reason(StrEnum):
    """Why a line is not a person; `templates/emails/_base/names.txt` has the sentence for each."""

    AROUND = "around"
    """A heading, a greeting, a total, a signature."""
    NO_NAME = "no_name"
    NOT_A_NAME = "not_a_name"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Rejected:
    line: int
    text: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Names:
    people: tuple[Person, ...]
    rejected: tuple[Rejected, ...]


_COLUMNS: Final[Mapping[str, str]] = {
    "number": r"stt|tt|so tt|so thu tu|no",
    "name": r"ho va ten|ho ten|ho & ten|ho, ten|ten doan vien|ho va ten doan vien|ho ten doan vien",
    "family": r"ho|ho dem|ho va dem|ho lot|ho va ten dem|ho va ten lot|ho va chu lot|ho va lot|ho chu lot",
    "given": r"ten",
    "unit": r"don vi( cong tac)?|chi doan|noi cong tac|co quan|phong|phong, ban|bo phan",
    "role": r"chuc vu.*|chuc danh.*",
    "phone": r"so dien thoai.*|dien thoai.*|so dt|sdt|dt|dtdd|di dong|so di dong",
    "email": r"e-?mail|dia chi e-?mail|thu dien tu",
    "born": r"(ngay, thang, |ngay thang |ngay )?nam sinh|ngay,? thang,? nam sinh|ngay sinh|sinh nam|ns",
    "note": r"ghi chu|noi dung khac",
}
_HEADER_WITHIN = 30

_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w+])(?:\+?84|0)(?:[ .-]?\d){9,10}(?!\w)")
_YEAR = re.compile(r"(?<!\d)(19[3-9]\d|20[0-2]\d)(?!\d)")
_BORN = re.compile(
    r"(?:\b(?:sinh năm|năm sinh|ngày sinh|sinh ngày|sn|ns)\b[\s.:]*)?(?:\d{1,2}[/.-]\d{1,2}[/.-])?" + _YEAR.pattern,
    re.IGNORECASE,
)
_LABEL = re.compile(r"\b(?:sđt|đt|điện thoại|số điện thoại|tel|e-?mail)\b\s*[.:]?\s*", re.IGNORECASE)
_MARK = re.compile(r"\A\s*(?:[(\[]?\d{1,4}\s*[.)\]:/-]+\s*|\d{1,4}\s+(?=\D)|[-+*•●▪◦–—]\s*)")
# "Ông" is a family name as well: it is a title only before a name that is whole without it.
_TITLE = re.compile(r"\A(?:(?:đ/c|đc|đồng chí)[\s.:]+|(?:ông|bà|anh|chị)[\s.:]+(?=\S+ \S+ \S))+", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [\w'’.-]+){1,7}")
# With their diacritics, because "Trần Trọng" and "Công Hòa" are names where "trân trọng" and "cộng hòa" are not.
_AROUND = re.compile(
    r"\b(danh sách|kính (gửi|thưa|chào)|trân trọng|cảm ơn|cám ơn|tổng (cộng|số)|tổng:|họ (và )?tên|nơi nhận|"
    r"người lập|lập (bảng|danh sách)|ban (chấp hành|thường vụ)|bch|btv|đề nghị|xin gửi|em gửi|gửi (anh|chị|cụm)|"
    r"bí thư|thủ trưởng|đoàn tncs|cộng (hòa|hoà)|độc lập [-–]|ngày \d+ tháng|đơn vị|xác nhận|ký tên|lưu:|số:)|"
    r"^(chi )?đoàn (sở|khối|cơ sở|thanh niên|lực lượng|xã|phường|trường|cơ quan)\b|^(chi đoàn|phòng|ban|sở)\b|"
    r"\b(danh sach|kinh gui|tong cong|tong so|ho va ten|nguoi lap|ban chap hanh|em gui|xin gui)\b"
)
_SIGNED = re.compile(
    r"\b(người lập|lập bảng|tổng cộng|tổng số|trân trọng|nơi nhận|xác nhận|thủ trưởng|nguoi lap|tong cong)\b|"
    r"^(tm\.|t/m|bí thư\b)|danh sách (này |trên )?(có|gồm)\b"
)


def read_names(content: bytes, kind: Kind, unit: UnitId) -> Names:
    """The people on `unit`'s list, in its order. Raises NotAList for a file that cannot be read at all.

    What a file's column for units says stands behind the position: a list names its own sections there.
    """
    match kind:
        case Kind.XLSX:
            rows = xlsx_rows(content)
        case Kind.CSV:
            rows = csv_rows(content)
        case Kind.TEXT:
            return _from_text(decoded(content), unit)
    return _from_rows(rows, unit) or _from_lines(["\t".join(row) for row in rows], unit)


def _from_text(text: str, unit: UnitId) -> Names:
    lines = text.splitlines()
    if len(lines) > MAX_ROWS:
        raise NotAList(Why.TOO_LONG)
    # What is copied out of a workbook arrives with tabs, and often with its header.
    pasted = _from_rows(table(text), unit) if "\t" in text and '"' not in text else None
    return pasted or _from_lines(lines, unit)


def _from_lines(lines: Sequence[str], unit: UnitId) -> Names:
    """Where lines are numbered or have bullets, only those name people; anything may stand around them."""
    marked = sum(1 for line in lines if _MARK.match(line) and isinstance(_person_in(line, unit), Person))
    people: list[Person] = []
    rejected: list[Rejected] = []
    is_over = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        person = _person_in(line, unit)
        if is_over or isinstance(person, Reason) or (marked > 1 and not _MARK.match(line)):
            reason = person if isinstance(person, Reason) else Reason.AROUND
            rejected.append(Rejected(number, line.strip()[:MAX_CELL], reason))
            is_over = is_over or (bool(people) and bool(_SIGNED.search(fold_name(_unmarked(line)))))
        else:
            people.append(person)
    return Names(tuple(people), tuple(rejected))


def _person_in(line: str, unit: UnitId) -> Person | Reason:
    """Name first, then in any order: telephone number, address, birth year, and what is left is the position."""
    if len(line) > MAX_CELL:
        return Reason.TOO_LONG
    rest = _unmarked(line)
    email, rest = _cut(_EMAIL, rest)
    phone, rest = _cut(_PHONE, rest)
    name, *others = _pieces(_LABEL.sub("", rest)) or [""]
    born, name = _cut(_BORN, name)
    if born is None:
        born, tail = _cut(_BORN, " – ".join(others))
        others = _pieces(tail)
    if name == name.lower() and not _MARK.match(line):
        return Reason.NOT_A_NAME  # a sentence, unless its place in a list says otherwise
    return _person(name, unit, phone=phone, email=email, born=born, role=", ".join(others))


def _from_rows(rows: Sequence[Row], unit: UnitId) -> Names | None:
    """None when no row is a header."""
    header = next((n for n, row in enumerate(rows[:_HEADER_WITHIN]) if "name" in _columns(row)), None)
    if header is None:
        return None
    columns = _columns(rows[header])
    people: list[Person] = []
    rejected: list[Rejected] = []
    is_over = False
    for number, row in enumerate(rows, start=1):
        written = " ".join(filter(None, row))
        if not written:
            continue
        person = Reason.AROUND if number <= header + 1 else _person_of(row, columns, unit)
        is_numbered = any(cell.rstrip(".").isdigit() for cell in _cells(row, columns, "number"))
        if isinstance(person, Reason) or (is_over and not is_numbered):
            reason = person if isinstance(person, Reason) else Reason.AROUND
            is_around = reason is Reason.NO_NAME and (not people or is_over or _AROUND.search(fold_name(written)))
            rejected.append(Rejected(number, written[:MAX_CELL], Reason.AROUND if is_around else reason))
            is_over = is_over or (bool(people) and bool(_SIGNED.search(fold_name(written))))
        else:
            people.append(person)
    return Names(tuple(people), tuple(rejected))


def _person_of(row: Row, columns: Mapping[str, Sequence[int]], unit: UnitId) -> Person | Reason:
    if any(len(cell) > MAX_CELL for cell in row):
        return Reason.TOO_LONG
    said = {column: " ".join(filter(None, _cells(row, columns, column))) for column in _COLUMNS}
    phone = re.sub(r"[^\d+]", "", said["phone"])
    if re.fullmatch(r"[1-9]\d{8}", phone):
        phone = f"0{phone}"  # a spreadsheet that takes a telephone number for a number drops its zero
    email = _EMAIL.search(said["email"])
    role = ", ".join(filter(None, (said["role"], said["unit"])))
    return _person(
        _unmarked(said["name"]), unit, phone=phone, email=email[0] if email else None, born=said["born"], role=role
    )


def _person(
    name: str, unit: UnitId, *, phone: str | None, email: str | None, born: str | None, role: str
) -> Person | Reason:
    full = " ".join(_TITLE.sub("", name, count=1).split()) if _TITLE.match(name) else name.strip(" .,;:-–")
    if not full:
        return Reason.NO_NAME
    if _AROUND.search(fold_name(full)):
        return Reason.AROUND
    if not _NAME.fullmatch(full) or len(full) > 80:
        return Reason.NOT_A_NAME
    year = _YEAR.search(born or "")
    return Person(full, unit, phone or None, email, int(year[0]) if year else None, role or None)


def _columns(header: Row) -> dict[str, list[int]]:
    """Which columns say what. A birth year may have two, one for men and one for women, under one heading."""
    found: dict[str, list[int]] = {}
    for n, cell in enumerate(header):
        heading = plain_name(cell).strip(" .:*")
        column = next((name for name, pattern in _COLUMNS.items() if re.fullmatch(pattern, heading)), None)
        if column is None and not heading and n and n - 1 in found.get("born", ()):
            column = "born"
        if column is not None:
            found.setdefault(column, []).append(n)
    # A heading over two columns, family name and given name, may also stand over the first only.
    if "name" in found and "family" not in found and (nameless := found["name"][0] + 1) < len(header):
        if not header[nameless]:
            found["name"].append(nameless)
    elif "family" in found and "given" in found:
        found["name"] = [*found["family"], *found["given"]]
    return found


def _cells(row: Row, columns: Mapping[str, Sequence[int]], column: str) -> Iterable[str]:
    return (row[n] for n in columns.get(column, ()) if n < len(row))


def _pieces(text: str) -> list[str]:
    parts = (part.strip(" .,;:()-–") for part in re.split(r"[\t;,|()]| [-–] ", text))
    return [" ".join(part.split()) for part in parts if part]


def _unmarked(line: str) -> str:
    return _TITLE.sub("", _MARK.sub("", line, count=1).strip(), count=1)


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str | None, str]:
    """What matches, if anything, and the text without it."""
    found = pattern.search(text)
    return (found[0], f"{text[: found.start()]} {text[found.end() :]}") if found else (None, text)
