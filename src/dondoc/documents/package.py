"""Office files whose bytes depend on what is in them alone, not on when they were made."""

from __future__ import annotations

import io
import re
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_CREATED = re.compile(rb"<dcterms:created[^>]*>([^<]*)</dcterms:created>")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def reproducible(content: bytes) -> bytes:
    """The same package with the dates of its parts left out, and last changed when it was created.

    A zip cannot do without dates: 1 January 1980 is the earliest that it knows.
    """
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as given, ZipFile(made, "w") as package:
        for name in given.namelist():
            part = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            part.compress_type, part.external_attr = ZIP_DEFLATED, 0o600 << 16
            package.writestr(part, _settled(given.read(name)) if name == "docProps/core.xml" else given.read(name))
    return made.getvalue()


def _settled(properties: bytes) -> bytes:
    created = _CREATED.search(properties)
    return _MODIFIED.sub(rb"\g<1>" + created[1] + rb"\g<2>", properties) if created else properties
