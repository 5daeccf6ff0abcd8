"""From a part's bytes to words: charsets as they are really used, encoded headers, and HTML as plain text.

Everything here takes time and memory in proportion to its input, whatever the input is.
"""

from __future__ import annotations

import binascii
import html
import re
import unicodedata
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header

# Only charsets of mail: Python also has codecs such as punycode, whose time grows with the square of the input.
_CHARSET = re.compile(
    r"(utf[-_]?(7|8|16|32)|iso[-_]?(8859|2022)|windows|cp\d|us-ascii|ascii|latin|gb|big5|euc|shift|koi8)"
)
_EIGHT_BITS = re.compile(r"(iso[-_]?8859|windows|cp\d|us-ascii|ascii|latin|koi8)")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u3000]")


def decode(content: bytes, charset: str | None) -> str:
    """The text in NFC, with plain line ends and spaces, nothing invisible: declared → UTF-8 → cp1258 → Latin-1.

    What declares an 8-bit charset but is valid UTF-8 is UTF-8: that hardly ever happens by chance.
    """
    declared = (charset or "").strip().lower()
    tried = ["utf-8", "cp1258"]
    if _CHARSET.match(declared):
        tried.insert(1 if _EIGHT_BITS.match(declared) else 0, declared)
    for name in tried:
        try:
            return clean(content.decode(name))
        except (LookupError, ValueError):
            continue
    return clean(content.decode("latin-1"))


def clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _SPACES.sub(" ", _INVISIBLE.sub("", text)))


def header_text(raw: str) -> str:
    """A header's words on one line; `raw` holds bytes beyond ASCII as surrogates, as the standard parser leaves them.

    A line break that an encoded word smuggles in becomes a space.
    """
    try:
        pieces = decode_header(raw.encode("ascii", "surrogateescape").decode("latin-1"))
    except (HeaderParseError, ValueError, binascii.Error):
        pieces = [(raw.encode("utf-8", "surrogateescape"), None)]
    words = (piece if isinstance(piece, bytes) else piece.encode("latin-1", "replace") for piece, _ in pieces)
    text = "".join(decode(word, charset) for word, (_, charset) in zip(words, pieces, strict=True))
    return " ".join(text.split())


_SILENT = {"script", "style", "head", "title", "template", "noscript", "svg"}
_BLOCKS = {
    *("p", "div", "br", "tr", "table", "ul", "ol", "blockquote", "hr", "section", "article", "header", "footer"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "li", "dl", "dt", "dd", "body", "center", "form"),
}


def html_text(source: str) -> str:
    """What a reader sees, a line a block; what stands in a <blockquote> begins with "> ", as in plain mail."""
    lines = [""]
    silent, quoted = "", 0
    for tag, closing, text in _tokens(source):
        if silent:
            silent = "" if closing and tag == silent else silent
        elif tag in _SILENT:
            silent = "" if closing else tag
        elif tag == "blockquote":
            quoted = max(0, min(quoted + (-1 if closing else 1), 5))
            lines.append("> " * quoted)
        elif tag in _BLOCKS:
            lines.append("> " * quoted)
        elif tag in ("td", "th"):
            lines[-1] += " "
        elif not tag:
            words = re.sub(r"\s+", " ", html.unescape(text))
            lines[-1] += words if lines[-1].strip("> ") else words.lstrip()
    folded = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines))
    return clean(folded).strip("\n")


_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:]*)")


def _tokens(source: str) -> Iterator[tuple[str, bool, str]]:
    """(tag, whether it closes, "") or ("", False, text).

    Not `html.parser`: its time grows with the square of some inputs. Every search here moves on or is the last.
    """
    at = 0
    while (start := source.find("<", at)) >= 0:
        if start > at:
            yield "", False, source[at:start]
        if source.startswith("<!--", start):
            end = source.find("-->", start + 4)
            at = end + 3 if end >= 0 else len(source)
            continue
        found = _TAG.match(source, start + 1)
        if found is None and source[start + 1 : start + 2] not in ("!", "?"):
            yield "", False, "<"
            at = start + 1
            continue
        end = source.find(">", start)
        if end < 0:
            return
        at = end + 1
        if found is not None:
            yield found[2].lower(), bool(found[1]), ""
    yield "", False, source[at:]
