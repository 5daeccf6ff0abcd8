"""What somebody sent as a file, before anything in it is believed: by mail, on a page, from a bank.

A file may be made to hurt. Its name is only a word, its kind is what its bytes say, and nothing of it is unpacked whose
size is not known before.
"""

from __future__ import annotations

import io
import re
import unicodedata
from enum import Enum, auto
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

MAX_PARTS: Final = 500
_NEEDED: Final = {"[Content_Types].xml", "xl/workbook.xml"}


class Flaw(Enum):
    """Why bytes are no workbook that may be opened."""

    TOO_LARGE = auto()
    """It would unpack to more than anybody sends."""
    NO_WORKBOOK = auto()


def flaw_in(workbook: bytes, max_unpacked: int) -> Flaw | None:
    """What keeps a workbook (.xlsx) from being unpacked safely; raises what zipfile does when it is damaged."""
    with ZipFile(io.BytesIO(workbook)) as package:
        parts = package.infolist()
        # zipfile never unpacks more of a deflated part than the directory claims, so the claims are a bound.
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > max_unpacked:
            return Flaw.TOO_LARGE
        # No office program packs otherwise or writes a document type, which entities that multiply need.
        is_odd = any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts)
        if is_odd or not set(package.namelist()) >= _NEEDED:
            return Flaw.NO_WORKBOOK
        has_type = any(b"<!DOCTYPE" in package.read(part).replace(b"\0", b"") for part in parts)
        return Flaw.NO_WORKBOOK if has_type else None


def text_in(content: bytes) -> str | None:
    """Text in NFC from UTF-8, UTF-16 with a mark, or cp1258, which an older Vietnamese Excel writes; None: no text."""
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1258"):
        try:
            text = unicodedata.normalize("NFC", content.decode(encoding))
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1f]", text):
            return text
    return None


def plain_name(name: str) -> str:
    """A file's own name without folders, control characters and tricks with the direction of writing."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    name = re.split(r"[/\\]", name)[-1].strip(". ")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[:120]}{dot}{ending[:20]}" if dot else name[:120]
