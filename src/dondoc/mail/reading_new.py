"""Only the words that the sender wrote: without quotes, signatures, and what mail programs add (scenario 3).

Two things work together. Patterns find where the usual programs begin to quote, in Vietnamese and English; and since
the letter that is answered is at hand, whatever also stands in that letter is no news, however it was quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from dondoc.domain.opinion import Doubt, Unclear, understand
from dondoc.mail.reading_patterns import (
    CLOSING,
    CONTACT,
    DISCLAIMER,
    FIELDS,
    MORE,
    RULE,
    SENT_FROM,
    SEPARATOR,
    WRITTEN,
    WROTE,
)

_LONG = 25
"""Letters from which on a line that stands in the answered letter cannot be the sender's own."""
_LONGEST_SIGNATURE = 10
_WRAPPED = 4
"""Over so many lines at most the one above a quote is wrapped."""


def new_text(text: str, answered: Callable[[], str] = str) -> str:
    """What the sender added to the letter that is answered.

    `text` is a message's whole text. `answered` fetches the letter's words, of several forms all together, and none
    where it is not known, so that only patterns help; it is called where they leave the question open.
    """
    lines = [line.rstrip() for line in text.split("\n")]
    known = cache(lambda: _squeezed(answered()))
    quotes = _without_quotes(lines, known)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_without_signature(quotes))).strip()


def _without_quotes(lines: Sequence[str], known: Callable[[], str]) -> list[str]:
    kept: list[str] = []
    may_end = [line.rstrip(" >").lower().endswith((":", *WRITTEN)) for line in lines]
    at = 0
    while at < len(lines):
        if any(may_end[at : at + _WRAPPED]) and (length := _attribution(lines[at : at + _WRAPPED])):
            following = next((line for line in lines[at + length :] if line.strip()), "")
            at += length
            if not following.lstrip().startswith(">"):
                rest = _answers_between(lines[at:], known)
                return [*_without_known(kept, known), *rest]
        elif length := _original(lines, at):
            rest = _answers_between(lines[at + length :], known)
            return [*_without_known(kept, known), *rest]
        elif lines[at].lstrip().startswith(">"):
            at += 1
        else:
            kept.append(lines[at])
            at += 1
    return _without_known(kept, known)


def _attribution(lines: Sequence[str]) -> int:
    """How many of the first lines say "On …, … wrote:"; they may be wrapped. 0 when they don't."""
    for length, last in enumerate(lines, 1):
        if not last.strip():
            return 0
        joined = " ".join(line.strip(" >") for line in lines[:length])
        ends = joined.rstrip(":").rstrip().lower().endswith(WRITTEN)  # a quick look, for it hardly ever does
        if ends and len(joined) <= 400 and WROTE.fullmatch(joined):
            return length
    return 0


def _original(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` are a separator or header block with which the rest is the earlier letter; 0: none."""
    line = lines[at].strip(" *>")
    if SEPARATOR.fullmatch(line):
        return 1
    if _field(line) is None:
        return 1 if RULE.fullmatch(line) and _begins_block(lines[at + 1 : at + 4]) else 0
    named = [(number, found[1].lower()) for number, each in enumerate(lines[at : at + 9]) if (found := _field(each))]
    return named[-1][0] + 1 if len({name for _, name in named}) >= 3 else 0


def _field(line: str) -> re.Match[str] | None:
    return FIELDS.match(line.strip(" *>"))


def _begins_block(lines: Sequence[str]) -> bool:
    return _field(next((line for line in lines if line.strip()), "")) is not None


def _answers_between(lines: Sequence[str], known: Callable[[], str]) -> list[str]:
    """What was written into an earlier letter that is quoted without marks.

    Only where it is the known letter, alone: else the words may be another person's.
    """
    told = [line for line in lines if line.strip()]
    if not told:
        return []
    is_nested = any(_attribution(lines[at : at + _WRAPPED]) or _original(lines, at) for at in range(9, len(lines)))
    rest = _without_known(lines, known)
    left = [line for line in rest if _squeezed(line)]
    is_known = bool(known()) and len(told) - len(left) >= max(3, len(told) // 2)
    return [line for line in left if not _field(line)] if is_known and not is_nested else []


def _without_known(lines: Sequence[str], known: Callable[[], str]) -> list[str]:
    """The lines that do not stand in the answered letter. A short one goes only together with a long one."""
    gone: set[int] = set()
    run: list[int] = []
    squeezed = [_squeezed(line) for line in lines]
    if all(len(line) < _LONG for line in squeezed):
        return list(lines)
    for at, line in enumerate(squeezed):
        if line and line in known():
            run.append(at)
        elif line:
            gone |= _quoted(run, lines, squeezed)
            run = []
    gone |= _quoted(run, lines, squeezed)
    return [line for at, line in enumerate(lines) if at not in gone]


def _quoted(run: Sequence[int], lines: Sequence[str], squeezed: Sequence[str]) -> set[int]:
    """Of lines that follow each other and all stand in the letter, those that were quoted.

    At either end, words such as "Nhất trí" are an answer, although the letter offers the very same.
    """
    inner = list(run)
    for end in (0, -1):
        while inner and len(squeezed[inner[end]]) < _LONG and _may_answer(lines[inner[end]]):
            inner.pop(end)
    is_quote = any(len(squeezed[at]) >= _LONG for at in inner)
    return set(range(inner[0], inner[-1] + 1)) if is_quote else set()


def _may_answer(line: str) -> bool:
    return understand(line.strip(" -")) != Unclear(Doubt.NO_VERDICT)


def _squeezed(text: str) -> str:
    """Letters and digits only: programs wrap lines anew, and change dashes and quotation marks."""
    return re.sub(r"[\W_]+", "", text).lower()


def _without_signature(lines: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for at, line in enumerate(lines):
        bare = line.strip(" *_\t")
        if line == "--" or DISCLAIMER.match(bare):
            break
        if SENT_FROM.match(bare):
            continue
        if CLOSING.fullmatch(bare) and any(kept) and _is_signature(lines[at + 1 : at + 2 + 4 * _LONGEST_SIGNATURE]):
            kept.append(line)
            break
        kept.append(line)
    return _without_contacts(kept)


def _is_signature(lines: Sequence[str]) -> bool:
    if len(lines) > 4 * _LONGEST_SIGNATURE:
        return False
    told = [line.strip() for line in lines if line.strip() and not SENT_FROM.match(line.strip(" *_\t"))]
    cut = next((at for at, line in enumerate(told) if line == "--" or DISCLAIMER.match(line)), len(told))
    return cut <= _LONGEST_SIGNATURE and not any(
        MORE.search(line) or len(line) > 110 or len(line.split()) > 16 for line in told[:cut]
    )


def _without_contacts(lines: Sequence[str]) -> list[str]:
    """A closing paragraph with telephone or address lines is a signature, unless nothing else was written."""
    text = "\n".join(lines).strip()
    paragraphs = re.split(r"\n\s*\n", text)
    while len(paragraphs) > 1 and any(CONTACT.match(line.strip()) for line in paragraphs[-1].split("\n")):
        paragraphs.pop()
    return "\n\n".join(paragraphs).split("\n")
