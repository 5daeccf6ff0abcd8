"""The words in which officers give an opinion, by what each says; written as they should be, read as they are typed.

A word typed with its marks must be the very word ("hoãn" is not "hoàn"); one typed without any may be either.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

AGREES, WEAKLY, NOT, NOT_YET, OBJECTS, ABSTAINS, NO_MORE = "A", "K", "N", "J", "O", "B", "E"
BUT, COMMENTS, BECAUSE, ASKS, TAKES_BACK, PENDING = "C", "G", "R", "Q", "I", "Z"
YOU, WHO, HOW, TOPIC, ASPECT, POLITE, OPENS, CLOSES, RECEIVED = "U", "W", "D", "T", "M", "P", "S", "F", "Y"
SAME, OTHERWISE, UNKNOWN = "X", "x", "~"
"""What a figure is that the proposal names, or another one; and what a word is that is not listed here."""

WORDS: Final[Mapping[str, str]] = {
    AGREES: "đồng ý | nhất trí | thống nhất | tán thành | đồng thuận | đồng tình | agree | agreed | i agree | we agree",
    WEAKLY: "ok | oke | okie | okay | okê | ô kê",
    NOT: "không | ko | k | kg | khg | hông | hổng | hok | chẳng | chả | đừng | không thể | ko thể | not | do not",
    NOT_YET: "chưa | chưa thể | chưa hoàn toàn | không hoàn toàn",
    OBJECTS: "phản đối | xin phản đối | disagree",
    ABSTAINS: """không tham gia ý kiến | xin không tham gia ý kiến | xin phép không tham gia ý kiến
        | ko tham gia ý kiến | không tham gia góp ý | xin phép không tham gia góp ý""",
    NO_MORE: """không có ý kiến | không có ý kiến khác | không có ý kiến gì khác | không có ý kiến gì thêm
        | không có ý kiến gì | không có ý kiến thêm | không có ý kiến bổ sung | không có ý kiến góp ý | không ý kiến
        | không có ý kiến gì bổ sung | không ý kiến gì thêm | không có góp ý | không có góp ý gì
        | không có góp ý gì thêm | không có góp ý thêm | không có đề xuất gì thêm | không có bổ sung gì
        | không có bổ sung | không có gì thêm | không có vướng mắc | không có vướng mắc gì | ko có ý kiến
        | ko có ý kiến gì | ko có ý kiến gì thêm | ko có ý kiến khác | ko có ý kiến thêm | không có điều chỉnh""",
    BUT: """nhưng | nhưng mà | tuy nhiên | song | với điều kiện | nếu | trừ | ngoại trừ | riêng | miễn là
        | đề nghị | kiến nghị | xin đề nghị | đề xuất thêm | mong | however | but | if""",
    COMMENTS: """có góp ý | góp ý | góp ý thêm | xin góp ý | xin góp ý thêm | có ý kiến góp ý | có góp ý thêm
        | có một số góp ý | có một góp ý | có góp ý sau | có góp ý như sau | góp ý như sau""",
    BECAUSE: "vì | do | bởi | bởi vì | do vì | tại vì | lý do | lí do | với lý do | với lí do | because",
    ASKS: """hay không | phải không | được không | thế nào | như thế nào | ra sao | tại sao | vì sao | sao | bao nhiêu
        | khi nào | bao giờ | nào | ai | hỏi | xin hỏi | cho hỏi | hả | đâu | gì""",
    TAKES_BACK: """rút lại | thu hồi | nhầm | đính chính | trước đây | trước đó | hồi trước | lúc trước | lúc đầu | đùa
        | ban đầu | hôm trước | tưởng | giả sử""",
    PENDING: """chờ | đợi | đang | chưa họp | xin ý kiến | trả lời sau | phúc đáp sau | báo lại | báo cáo lại
        | lãnh đạo | cấp ủy | họp | xem | nghiên cứu""",
    YOU: """chị | anh | em | đồng chí | bạn | các anh | các chị | anh chị | các anh chị | các bạn | các đồng chí
        | cụm trưởng | em nhé | chị nhé | anh nhé | em ơi | chị ơi | anh ơi | mọi người | you | sir | all""",
    WHO: """đơn vị | đơn vị em | đơn vị mình | đơn vị tôi | đơn vị chúng tôi | chúng tôi | chúng em | tôi | mình
        | bên em | bên mình | bên tôi | bên chị | bên anh | phía em | đoàn | sở | khối | bộ | ban | đoàn sở | đoàn khối
        | cơ sở đoàn | chi đoàn | đoàn cơ sở | ban thường vụ | ban chấp hành | btv | bch | thường trực | tập thể
        | toàn thể | thành phố | tp | hcm | tphcm | hồ chí minh | y tế | yte | giao thông | vận tải | gtvt | lao động
        | thương binh | xã hội | lđtbxh | tài nguyên | môi trường | tnmt | nông nghiệp | phát triển | nông thôn | nnptnt
        | nn | ptnt | lực lượng | thanh niên | xung phong | tnxp | dân | chính | đảng | hành chính | sự nghiệp
        | đại diện | đại diện cho | thay mặt | lãnh đạo đơn vị | bí thư | phó bí thư""",
    HOW: """hoàn toàn | tuyệt đối | rất | cũng | đã | đều | luôn | cao | cả | hết | rồi | vẫn | xin | là | cùng | tất cả
        | toàn bộ | thì | nhiệt liệt | 100%""",
    TOPIC: """với | theo | về | đối với | như | nội dung | nội dung này | kế hoạch | phương án | dự kiến | dự thảo
        | đề xuất | chương trình | bản kế hoạch | ý kiến | cho ý kiến | có ý kiến | có ý kiến như sau | như sau
        | xin có ý kiến | xin có ý kiến như sau | trả lời | xin trả lời | phúc đáp | trên | nêu trên | ở trên | này
        | đã nêu | của | cụm | với đề nghị | theo đề nghị | các | và | cho | trong | việc | tổ chức | triển khai
        | thực hiện | tham gia | hoạt động | chuyến thăm | chuyến đi | thăm | đi thăm | thăm hỏi | phụng dưỡng
        | mẹ | bà mẹ | việt nam anh hùng | vnah | củ chi | huyện | tại | chiến dịch | tình nguyện | kỳ nghỉ hồng
        | hội nghị | sinh hoạt | chuyên đề | hội trường | công văn | văn bản | thư | thư mời | email | mail
        | phân công | thành đoàn | định kỳ | hằng quý | hàng quý | lần này | đợt này | mọi nội dung
        | những nội dung | đã điều chỉnh | cho đơn vị
        | của đơn vị | cho đơn vị em | tổng thể | kèm theo | gửi kèm | the | plan | proposal | with | to""",
    ASPECT: """thời gian | địa điểm | kinh phí | mức | mức đóng góp | mức kinh phí | đóng góp | khoản đóng góp | ngày
        | thành phần | số lượng | nhân sự | lịch""",
    POLITE: """ạ | nhé | nha | nhá | nghen | nghe | hen | dạ | vâng | thưa | kính thưa | kính | vậy | đó | ơi
        | rất tiếc | tiếc là | xin lỗi | dear | hi | hello | thân gửi""",
    OPENS: """kính gửi | gửi | sau khi nghiên cứu | qua nghiên cứu | căn cứ | thực hiện | phúc đáp | tiếp theo
        | liên quan | về việc | v/v | sau khi xem | sau khi đọc | sau khi trao đổi | sau khi họp | qua xem xét
        | sau khi xem xét | theo | kính chào | chào | em chào | xin chào | chúc | kính chúc | dạ chào""",
    CLOSES: """trân trọng | trân trọng cảm ơn | xin trân trọng cảm ơn | xin cảm ơn | cảm ơn | cám ơn | thân mến
        | xin chân thành cảm ơn | chân thành cảm ơn | thân ái | thân | kính thư | trân trọng kính chào | thanks
        | thank you | tks | thks | best regards | regards | br | rất cảm ơn | em cảm ơn | em cám ơn | mến""",
    RECEIVED: """đã nhận được | đã nhận | nhận được | em nhận được | em đã nhận được | đơn vị đã nhận được | received
        | noted""",
}

_TONES = "\u0300\u0301\u0303\u0309\u0323"


def bare(word: str) -> str:
    """The word without any mark: "nhat" for "nhất"."""
    decomposed = unicodedata.normalize("NFD", word.replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@cache
def _marked(word: str) -> str:
    """The word with its tone at the end, so that "hoà" and "hòa" are one."""
    decomposed = unicodedata.normalize("NFD", word)
    tones = "".join(char for char in decomposed if char in _TONES)
    return "".join(char for char in decomposed if char not in _TONES) + tones


_Lexicon = dict[str, list[tuple[tuple[str, ...], str]]]


def spelled(senses: Mapping[str, Iterable[str]]) -> _Lexicon:
    """Phrases with their senses, the longest first, by the bare form of their first word.

    Of two senses of one phrase, the one that is listed first holds.
    """
    found: _Lexicon = {}
    for sense, phrases in senses.items():
        for words in (tuple(phrase.split()) for phrase in phrases):
            found.setdefault(bare(words[0]), []).append((words, sense))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return found


_LEXICON: Final = spelled({sense: phrases.split("|") for sense, phrases in WORDS.items()})


def _is(typed: str, word: str) -> bool:
    return typed == bare(word) or _marked(typed) == _marked(word)


def sense_at(words: Sequence[str], start: int) -> tuple[str, int]:
    """The sense of the longest phrase that begins at `start`, and how many words it has; `words` are in lower case."""
    for phrase, sense in _LEXICON.get(bare(words[start]), ()):
        here = words[start : start + len(phrase)]
        if len(here) == len(phrase) and all(map(_is, here, phrase)):
            return sense, len(phrase)
    return UNKNOWN, 1
