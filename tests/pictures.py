"""Pictures as the programs that look at them want them."""

from __future__ import annotations

import binascii
import struct
import zlib


def pixels(png: bytes) -> memoryview:
    """The grey values of a PNG as segno writes it: one bit a pixel, each row filtered or not."""
    width, height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    assert (depth, colour, interlaced) == (1, 0, 0)
    packed, at = b"", 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert binascii.crc32(kind + data) == struct.unpack(">I", png[at + 8 + size : at + 12 + size])[0]
        packed += data if kind == b"IDAT" else b""
        at += size + 12
    rows = zlib.decompress(packed)
    line = (width + 7) // 8 + 1
    grey, above = bytearray(), bytes(line - 1)
    for n in range(height):
        filtered, *row = rows[n * line : (n + 1) * line]
        assert filtered in (0, 2)
        above = bytes((new + old) % 256 for new, old in zip(row, above, strict=True)) if filtered else bytes(row)
        grey += bytes(255 * (above[x // 8] >> (7 - x % 8) & 1) for x in range(width))
    return memoryview(bytes(grey)).cast("B", (height, width))
