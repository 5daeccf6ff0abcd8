"""The letters to the operator: something is wrong, something else is over, all is well again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dondoc.clock import ZONE
from dondoc.mail.letters import Letter
from dondoc.mail.letters_operator import IncidentsNotice, IncidentView
from tests.samples.letters import HEAD


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 4, 3, hour, minute, tzinfo=ZONE)


_UNREAD = "Hộp thư trả lời chưa được đọc từ 09 giờ 00, ngày 03/04/2024: hãy xem lần chạy response-intake gần nhất."
_CRASHED = (
    "Lần chạy follow-up · 03/04 08:15 bị dừng giữa chừng (không còn tín hiệu của lần chạy): hãy xem nhật ký "
    "trên Prefect nếu lặp lại; lần chạy sau sẽ làm tiếp."
)
STANDING = IncidentsNotice(
    head=HEAD,
    change_recipient_url="mailto:van-phong@doan.example.org?subject=nguoi-van-hanh",
    standing=(IncidentView(_UNREAD, _at(9)), IncidentView(_CRASHED, _at(8, 15))),
)
_PAST = (IncidentView(_UNREAD, _at(9), _at(11, 20)),)
LETTERS: dict[str, Letter] = {
    "incidents_notice": STANDING,
    "incidents_notice-both": replace(STANDING, standing=STANDING.standing[1:], over=_PAST),
    "incidents_notice-over": replace(STANDING, standing=(), over=_PAST),
}
