"""Reading a verdict out of an officer's own words: only what is clear, never a guess (scenario 4)."""

from __future__ import annotations

import re
import unicodedata

from dondoc.domain.states import Verdict

_OPENING = re.compile(r"^(kinh gui|kinh thua|thua|da|vang|em chao|chao)\b[^.,:;!\n]*[.,:;!\n]\s*")
_WHO = r"(em|minh|toi|don vi|ben em|ben minh|doan [a-z ]{2,40}?|chung toi)"
_AGREE = re.compile(
    rf"^({_WHO}\s+)?(hoan toan\s+)?(dong y|nhat tri|thong nhat|ok|oke|okay|tan thanh|dong thuan)"
    r"(\s+(hoan toan|cao|a|em|nhe|nha|anh|chi|dong chi|voi [a-z0-9 ]{2,60}|noi dung [a-z0-9 ]{0,60}))*$"
)
_OBJECT = re.compile(
    rf"^({_WHO}\s+)?(khong dong y|khong nhat tri|khong thong nhat|khong tan thanh|chua thong nhat|chua dong y|"
    r"chua nhat tri|phan doi)\b"
)
_REASON = re.compile(r"\b(vi|do|boi|ly do)\b")


def understand(text: str) -> Verdict | None:
    """The verdict that `text` (the new words only, nothing quoted) clearly gives; None when a person must read it.

    An objection is understood only with its reason; an agreement only when nothing else is said.
    """
    folded = _fold(text)
    folded = _OPENING.sub("", folded)
    sentence = folded.strip(" .!,;:")
    if _OBJECT.match(sentence):
        return Verdict.OBJECT if _REASON.search(sentence) else None
    return Verdict.AGREE if _AGREE.match(sentence) else None


def _fold(text: str) -> str:
    """Lower case without diacritics, spaces folded: officers type both "nhất trí" and "nhat tri"."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[ \t]+", " ", plain).strip()
