"""Reading a verdict out of an officer's own words: only what is clear, never a guess (scenarios 2 to 4).

Every word is looked up, the answer becomes a line of senses, and a verdict is understood only where the whole line
has one of a few shapes. A word that is not known leaves an agreement open, because it may turn it into anything.

What is not obvious was decided so: "không có ý kiến gì thêm" supports an agreement and alone is none, for it may be
an abstention. A bare "không đồng ý" needs its reason first (R2). "Chưa thống nhất" is an objection when a reason
follows, and none yet while the unit still confers. "ok" counts alone, and not beside "đã nhận được thư".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from dondoc.domain import opinion_figures as figures
from dondoc.domain.opinion_figures import Asked, Figure
from dondoc.domain.opinion_words import ASKS, OTHERWISE, SAME, TAKES_BACK, TOPIC, UNKNOWN, sense_at
from dondoc.domain.states import Verdict

__all__ = ["Asked", "Condition", "Doubt", "Opinion", "Unclear", "Understood", "understand"]


class Condition(StrEnum):
    """Why an agreement is not simply one: the head decides."""

    BUT = "but"
    """It asks for something else: "đồng ý nhưng đề nghị …"."""
    OTHER_AMOUNT = "other_amount"
    OTHER_DAY = "other_day"
    SAYS_MORE = "says_more"
    """Something follows that only a person can weigh."""


class Doubt(StrEnum):
    """Why no verdict was understood."""

    EMPTY = "empty"
    FORWARDED = "forwarded"
    QUESTION = "question"
    IRONY = "irony"
    TAKEN_BACK = "taken_back"
    """It speaks of an earlier opinion, or of a mistake."""
    PENDING = "pending"
    NEEDS_REASON = "needs_reason"
    """An objection, but without the reason that it must have (III.2)."""
    PARTLY = "partly"
    """An agreement to one aspect only, such as the day."""
    NO_VERDICT = "no_verdict"


@dataclass(frozen=True, slots=True)
class Understood:
    """A verdict; `comment` is all that was said, empty where that was nothing but the verdict."""

    verdict: Verdict
    comment: str = ""
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """A person must read it."""

    why: Doubt


Opinion: TypeAlias = Understood | Unclear

_MOST = 4000
"""Characters beyond which nobody gives a mere verdict."""

_FORWARDED = re.compile(
    r"^\s*>|forwarded message|thư chuyển tiếp|thư đã chuyển tiếp|được chuyển tiếp"
    r"|^\s*(fwd?|từ|from|gửi|sent|tiêu đề|subject):|-{4,}",
    re.MULTILINE | re.IGNORECASE,
)
_IRONY = re.compile(
    r"=\)|:\){2,}|:[dp]\b|\b(?:ha){2,}|\b(?:hi){2,}|\b(?:he){2,}|\bk{3,}\b|\blol\b|[🙄😂🤣😏🙃😅🤔😒]", re.IGNORECASE
)
_HEART = re.compile(r"<3")
"""The one cheerful sign that holds a figure; all others are no words and fall away by themselves."""
_QUOTED = re.compile(r"“([^”\n]{0,300})”|\"([^\"\n]{0,300})\"|«([^»\n]{0,300})»")
_SHORT = ((re.compile(r"\b(?:đ/c|d/c)\b"), "đồng chí"), (re.compile(r"\ba/c\b"), "anh chị"))
_WORD = re.compile(r"#\w+|v/v|\d+%|[^\W\d_]+|\d+")
_IN_NAMES = r"(?!chính|đảng|vận|van|thương|thuong|sự|su)"
_PARTING = re.compile(rf"[.,;:!\n()…]|\s[-–—+*•]\s{_IN_NAMES}")

# The shapes, in the letters of opinion_words. A stroke parts the clauses.
_LEAD: Final = r"(?:[KEFUWDTMPYXx|]|S[^ANJOBCGQKR|]*\|)*"
_AGREED: Final = rf"{_LEAD}A[AKEFUDTMPYXx]*(?:\|[UPDF]*W*[AKEFUDTMPYXx]*)*"
_AGREE = re.compile(_AGREED)
_OKAYED: Final = r"[UWP|]*K[KFUDP|]*"
_WEAK = re.compile(_OKAYED)
_COMMENT = re.compile(rf"{_AGREED}\|?G[^AOBJ]*")
_BUT = re.compile(rf"(?:{_AGREED}|{_OKAYED})\|?C[^AOB]*")
_MORE = re.compile(rf"{_AGREED}\|[^ANJOBK]*")
_OBJECT = re.compile(rf"{_LEAD}(?:(?P<not_yet>J)A|NA|O)[FUDTMPXx]*(?P<reason>\|*(?:R|\|).*)?")
_ABSTAIN = re.compile(rf"{_LEAD}B[EFUDTP|]*")
_CLOSING = re.compile(r"\|F[FUWDTP]*\|[^ANJOBCGQRK]*$")
_REASON = re.compile(r"(?!R+Q)(?:[^ABO]|(?<=[NJ])A)*")


def understand(text: str, asked: Asked | None = None) -> Opinion:
    """The opinion that `text` (the new words only, nothing quoted) clearly gives on what was `asked`.

    Without `asked`, an agreement that names any amount or day is conditional.
    """
    said = unicodedata.normalize("NFC", text).strip()
    if not said:
        return Unclear(Doubt.EMPTY)
    if _FORWARDED.search(said):
        return Unclear(Doubt.FORWARDED)
    if "?" in said:
        return Unclear(Doubt.QUESTION)
    if _IRONY.search(said):
        return Unclear(Doubt.IRONY)
    if len(said) > _MOST:
        return Unclear(Doubt.NO_VERDICT)
    senses, different = _senses(said, asked or Asked())
    return _opinion(senses, said, different)


def _opinion(senses: str, said: str, different: frozenset[Figure]) -> Opinion:
    if TAKES_BACK in senses:
        return Unclear(Doubt.TAKEN_BACK)
    if found := _OBJECT.fullmatch(senses):
        return _objection(found, said)
    if _ABSTAIN.fullmatch(senses):
        return Understood(Verdict.ABSTAIN)
    if ASKS in senses:
        return Unclear(Doubt.QUESTION)
    if _WEAK.fullmatch(senses):
        return Understood(Verdict.AGREE)
    if _AGREE.fullmatch(senses):
        return _agreement(senses, said, different)
    if _COMMENT.fullmatch(senses):
        return Understood(Verdict.COMMENT, said, _condition(different))
    if _BUT.fullmatch(senses):
        return Understood(Verdict.COMMENT, said, _condition(different) or Condition.BUT)
    if _MORE.fullmatch(senses):
        return Understood(Verdict.COMMENT, said, _condition(different) or Condition.SAYS_MORE)
    return Unclear(Doubt.NO_VERDICT)


def _objection(found: re.Match[str], said: str) -> Opinion:
    reason = (found["reason"] or "").strip("|FPU")
    if len(reason) < 2 or not set(reason) - set("RFPUWD|"):
        return Unclear(Doubt.NEEDS_REASON)
    if found["not_yet"] and "Z" in reason:
        return Unclear(Doubt.PENDING)
    if not _REASON.fullmatch(reason) or "C" in reason.split("R")[0]:
        return Unclear(Doubt.NO_VERDICT)
    return Understood(Verdict.OBJECT, said)


def _agreement(senses: str, said: str, different: frozenset[Figure]) -> Opinion:
    if condition := _condition(different):
        return Understood(Verdict.COMMENT, said, condition)
    if senses.count("M") == 1 and "X" not in senses:
        return Unclear(Doubt.PARTLY)
    return Understood(Verdict.AGREE)


def _condition(different: frozenset[Figure]) -> Condition | None:
    if Figure.AMOUNT in different:
        return Condition.OTHER_AMOUNT
    return Condition.OTHER_DAY if different else None


def _senses(said: str, asked: Asked) -> tuple[str, frozenset[Figure]]:
    """One letter a phrase, clauses parted by strokes, names and closing formulas left out."""
    lines = (line.strip(" \t.,!") for line in _sentences(said))
    text = "\n".join(line for line in lines if not _is_name(line)).lower()
    for pattern, words in _SHORT:
        text = pattern.sub(words, text)
    text, different = figures.mark(_HEART.sub(" ", text), asked)
    clauses = (_clause(each) for each in _PARTING.split(_QUOTED.sub(_title, text)))
    senses = "|".join(clause for clause in clauses if clause)
    return _CLOSING.sub("", senses), different


def _sentences(said: str) -> list[str]:
    """The lines; one that begins with a small letter goes on with the line before it, which a mail program broke."""
    lines: list[str] = []
    for line in said.splitlines():
        if lines and line[:1].islower():
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _is_name(line: str) -> bool:
    """Two to five words that mean nothing else, each with a capital letter and only one: "Nguyễn Văn An"."""
    words = line.split()
    looks_so = 2 <= len(words) <= 5 and all(len(word) > 1 and word.isalpha() and word.istitle() for word in words)
    return looks_so and set(_clause(line.lower())) == {UNKNOWN}


def _title(found: re.Match[str]) -> str:
    """A quoted title stands for a topic; quoted words that could be an opinion stand for nothing that is known."""
    inner = _clause(" ".join(filter(None, found.groups())))
    return " #verdict " if set(inner) & set("AKNJOBQ") else " #title "


def _clause(text: str) -> str:
    words = _WORD.findall(text)
    senses, at = "", 0
    while at < len(words):
        match words[at]:
            case figures.SAME:
                sense, length = SAME, 1
            case figures.OTHER:
                sense, length = OTHERWISE, 1
            case "#title":
                sense, length = TOPIC, 1
            case _:
                sense, length = sense_at(words, at)
        senses, at = senses + sense, at + length
    return senses
