"""What an operator fills in to start a run by hand; the descriptions are what Prefect's form shows.

Every parameter is optional and plain, because the form shows an optional date or choice as a pair of buttons.
An empty text, or the first choice of a list, means that nothing was said.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from dondoc.clock import local
from dondoc.domain.states import Channel, Verdict
from dondoc.errors import Unreadable


class Choice(StrEnum):
    """A list to choose from: the form shows the values; a program may give the word in brackets alone."""

    @property
    def code(self) -> str:
        return self.name.lower()

    @property
    def is_made(self) -> bool:
        return self.name != "NONE"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return next((choice for choice in cls if choice.code == value), None)


class Action(Choice):
    """What can be done with an occurrence."""

    NONE = "– chọn –"
    OPEN = "Mở đợt lấy ý kiến (open)"
    CLOSE = "Kết thúc đợt lấy ý kiến ngay (close)"
    REOPEN = "Mở lại đợt đã kết thúc (reopen)"
    PROCEED = "Quyết định triển khai (proceed)"
    REVISE = "Điều chỉnh phương án, lấy ý kiến lại (revise)"
    CANCEL = "Quyết định không tổ chức (cancel)"
    SET_DATE = "Ghi thời gian, địa điểm được ấn định (set_date)"
    POSTPONE = "Hoãn hoặc dời ngày (postpone)"
    SKIP = "Bỏ qua kỳ này (skip)"
    MERGE = "Gộp vào đợt khác (merge)"
    HELD = "Ghi nhận đã tổ chức (held)"
    EVALUATE = "Ghi đánh giá (evaluate)"
    PAUSE = "Tạm dừng cả hoạt động (pause)"
    RESUME = "Tiếp tục hoạt động đã tạm dừng (resume)"


class Opinion(Choice):
    """What a unit said."""

    NONE = "– chọn –"
    AGREE = "Nhất trí (agree)"
    COMMENT = "Nhất trí, có góp ý (comment)"
    OBJECT = "Không nhất trí (object)"
    ABSTAIN = "Không tham gia ý kiến (abstain)"

    @property
    def verdict(self) -> Verdict:
        return Verdict(self.code)


class Way(Choice):
    """How an answer came that a person writes down."""

    NONE = "– chọn –"
    PHONE = "Điện thoại (phone)"
    ZALO = "Zalo (zalo)"
    PAPER = "Văn bản giấy (paper)"

    @property
    def channel(self) -> Channel:
        return Channel(self.code)


def _field(default: object, description: str) -> Any:
    return Field(default, description=description)


AS_OF = _field("", "Chạy như thể đang ở thời điểm này, ví dụ 2026-10-02 08:00 (giờ Việt Nam). Để trống: bây giờ.")
PLAN = _field("", "Mã kế hoạch, ví dụ hcsn-2026. Chỉ cần ghi khi hệ thống có nhiều kế hoạch.")
QUARTER = _field("", "Quý cần mở lấy ý kiến ngay, ví dụ 2026-Q4. Để trống: theo ngày trong kế hoạch.")
YEAR = _field("", "Năm cần mở lấy ý kiến ngay, ví dụ 2026. Để trống: theo ngày trong kế hoạch.")

OCCURRENCE = _field("", "Bắt buộc. Mã đợt hoạt động, ví dụ visit-2026-q4.")
ACTION = _field(Action.NONE, "Bắt buộc. Việc cần làm với đợt hoạt động hoặc đợt lấy ý kiến.")
REASON = _field(
    "",
    "Lý do; các đơn vị sẽ đọc. Bắt buộc khi mở lại, triển khai, điều chỉnh, hoãn, gộp, bỏ qua, không tổ chức hoặc "
    "tạm dừng. Khi ghi đánh giá: lời đánh giá.",
)
DAY = _field("", "Khi điều chỉnh, ghi thời gian, dời ngày: ngày mới, ví dụ 2026-12-18. Để trống: giữ nguyên.")
UNTIL = _field("", "Khi ghi thời gian, dời ngày: ngày cuối, nếu hoạt động kéo dài nhiều ngày.")
PLACE = _field("", "Khi điều chỉnh hoặc ghi thời gian, địa điểm: địa điểm mới. Để trống: giữ nguyên.")
DECISION = _field("", "Khi ghi thời gian, địa điểm: số văn bản của cấp trên; có số văn bản thì không cần lý do.")
INTO = _field("", "Khi gộp: mã đợt hoạt động thay thế, ví dụ visit-2026-q3.")
AMOUNT = _field(0, "Khi điều chỉnh: mức đóng góp mới của mỗi đơn vị, tính bằng đồng. Ghi 0: giữ nguyên.")
NOTE = _field("", "Khi điều chỉnh: nội dung khác cần ghi vào phương án. Để trống: giữ nguyên.")
MATERIAL = _field(
    False,
    "Khi điều chỉnh hoặc ghi thời gian: bật lên nếu các đơn vị đã nhất trí cũng cần cho ý kiến lại. "
    "Đổi mức đóng góp thì luôn lấy ý kiến lại.",
)
DECIDED_BY = _field("Cụm trưởng", "Người quyết định; được lưu vào nhật ký.")

STATEMENT = _field(
    "",
    "Tệp sao kê ngân hàng trên máy chủ (CSV, XLSX, OFX, MT940), ví dụ /srv/dondoc/sao-ke.xlsx. "
    "Để trống: chỉ đề nghị và nhắc. Nhập lại một tệp không ghi trùng.",
)
IS_PREVIEW = _field(False, "Khi nhập sao kê: bật lên để chỉ xem trước, chưa ghi sổ.")

INCIDENT_FLOW = _field("", "Bắt buộc. Tên công việc gặp sự cố, ví dụ follow-up. Tự động hóa của Prefect điền.")
INCIDENT_RUN = _field("", "Bắt buộc. Tên lần chạy gặp sự cố, ví dụ follow-up · 02/10 08:15.")
INCIDENT_STATE = _field("", "Trạng thái kết thúc của lần chạy: Failed, Crashed, TimedOut.")
INCIDENT_MESSAGE = _field("", "Thông báo của lần chạy đó.")

UNIT = _field("", "Bắt buộc. Mã hoặc tên đơn vị, ví dụ so-y-te hoặc Đoàn Sở Y tế.")
OPINION = _field(Opinion.NONE, "Bắt buộc. Ý kiến của đơn vị.")
COMMENT = _field("", "Nội dung góp ý, hoặc lý do không nhất trí; khi đó bắt buộc.")
SAID_BY = _field("", "Bắt buộc. Họ tên, chức vụ của người đã thay mặt đơn vị cho ý kiến.")
WAY = _field(Way.NONE, "Bắt buộc. Ý kiến đến bằng cách nào.")
EVIDENCE = _field("", "Bắt buộc. Căn cứ: giờ gọi, số công văn, nơi lưu ảnh chụp tin nhắn …")


def moment(as_of: str | datetime | None) -> datetime | None:
    """The moment that a run is to act at; None is now. Raises Unreadable."""
    if not as_of:
        return None
    if isinstance(as_of, datetime):
        return local(as_of)
    try:
        return local(datetime.fromisoformat(as_of.strip()))
    except ValueError:
        raise Unreadable(f"as_of: “{as_of}” không phải là thời điểm; hãy ghi như 2026-10-02 08:00") from None


def require(**given: str) -> None:
    """Raises Unreadable, naming every parameter that was left out."""
    missing = [
        name for name, value in given.items() if not (value.is_made if isinstance(value, Choice) else value.strip())
    ]
    if missing:
        raise Unreadable(f"Còn thiếu: {', '.join(missing)}. Chưa có gì thay đổi.")
