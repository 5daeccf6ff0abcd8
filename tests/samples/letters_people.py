"""The letters about those who take part, as their golden files read; names are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from dondoc.clock import ZONE
from dondoc.domain.ids import OccurrenceId, UnitId
from dondoc.mail.letters import HeadView, Letter, OccurrenceView, UnitView
from dondoc.mail.letters_people import (
    EventReminder,
    Invitation,
    LikenessView,
    LineView,
    NamedView,
    NamesNoted,
    ParticipantsEscalation,
    ParticipantsReminder,
    ParticipantsRequest,
)

_SITE = "https://cum.example.org"
_URL = f"{_SITE}/cu-nguoi/MTI.k3v9x2ab"
_DUE = datetime(2024, 8, 6, 17, 0, tzinfo=ZONE)

SEMINAR = OccurrenceView(
    id=OccurrenceId("seminar-2024"),
    title="Sinh hoạt chuyên đề “Vai trò của thanh niên trong đấu tranh phản bác các quan điểm sai trái, thù địch trên "
    "không gian mạng”",
    short_title="Sinh hoạt chuyên đề",
    clause="II.2",
    when_text="08 giờ 00, thứ Năm, ngày 15/08/2024",
    place_text="Hội trường 272 (Số 272, đường Võ Thị Sáu, phường Võ Thị Sáu, Quận 3)",
    contents=(),
    contribution_text=None,
    version=1,
)
VISIT = OccurrenceView(
    id=OccurrenceId("visit-2024-q2"),
    title="Thăm hỏi và phụng dưỡng Mẹ Việt Nam Anh hùng Đặng Thị Thu, quý II năm 2024",
    short_title="Thăm Mẹ Việt Nam Anh hùng",
    clause="II.3",
    when_text="thứ Sáu, ngày 14/06/2024",
    place_text="Huyện Củ Chi",
    contents=(),
    contribution_text=None,
    version=1,
)
_TO_UNIT: dict[str, Any] = {
    "head": HeadView(
        name="Bùi Hữu Hồng Hải",
        title="Bí thư Đoàn Khối Dân – Chính – Đảng Thành phố",
        unit_full="Đoàn Khối Dân – Chính – Đảng Thành phố",
        cluster="Cụm Hành chính – Sự nghiệp",
    ),
    "unit": UnitView(UnitId("so-y-te"), "Đoàn Sở Y tế Thành phố", "Đoàn Sở Y tế"),
    "change_recipient_url": "mailto:cum-truong@doan.example.org?subject=so-y-te",
    "problem_url": f"{_SITE}/bao-van-de/MTc.3fd81",
}
_NAMES: dict[str, Any] = {
    **_TO_UNIT,
    "occurrence": SEMINAR,
    "due_at": _DUE,
    "quota": 30,
    "reserve": 5,
    "named": 0,
    "names_url": _URL,
}
_VISIT: dict[str, Any] = {
    "occurrence": VISIT,
    "quota": 2,
    "reserve": 0,
    "due_at": datetime(2024, 6, 7, 17, tzinfo=ZONE),
}
_PRACTICAL = (
    "Tập trung lúc 07 giờ 00 tại trụ sở Đoàn Khối Dân – Chính – Đảng Thành phố, xe xuất phát lúc 07 giờ 15",
    "Trang phục: áo Thanh niên Việt Nam",
)
_STAFF = (
    NamedView("Nguyễn Thị Hoa", "Phó Bí thư, sinh năm 1990, 0901234567"),
    NamedView("Trần Văn Bình", "Ủy viên Ban Chấp hành"),
)

_REMINDER = ParticipantsReminder(**_NAMES, number=1, overdue=False)
_ESCALATION = ParticipantsEscalation(
    **_NAMES, overdue=True, asked_at=datetime(2024, 7, 10, 8, tzinfo=ZONE), contact_address="so-y-te@doan.example.org",
    reminders=2,
)  # fmt: skip
_REQUEST = ParticipantsRequest(**_NAMES, quota_text="Mời 30 đoàn viên tham dự.")
_NOTED = NamesNoted(**(_NAMES | _VISIT | {"named": 2}), taken=_STAFF, by="so-y-te@doan.example.org")
_INVITATION = Invitation(
    **_TO_UNIT, occurrence=VISIT, practical=_PRACTICAL, names_due_at=_VISIT["due_at"], names_url=_URL
)
_EVENT = EventReminder(
    **_TO_UNIT, occurrence=VISIT, people_named=_STAFF, spare=(), missing=0, practical=_PRACTICAL,
    office_address="cum-truong@doan.example.org", names_url=_URL,
)  # fmt: skip

LETTERS_ABOUT_PEOPLE: dict[str, Letter] = {
    "participants_request": _REQUEST,
    "participants_request-visit": replace(_REQUEST, **_VISIT, quota_text="Cử cán bộ tham gia."),
    "participants_request-again": replace(
        _REQUEST, because="hoạt động được ấn định vào ngày 22/08/2024.", quota_text=""
    ),
    "participants_reminder": _REMINDER,
    "participants_reminder-some": replace(_REMINDER, named=20, number=2),
    "participants_reminder-overdue": replace(_REMINDER, named=20, number=3, overdue=True),
    "participants_escalation": _ESCALATION,
    "participants_escalation-some": replace(_ESCALATION, named=20, overdue=False),
    "participants_escalation-undelivered": replace(_ESCALATION, reminders=0, undelivered=True),
    "names_noted": _NOTED,
    "names_noted-too_many": NamesNoted(
        **(_NAMES | {"named": 30}),
        taken=tuple(NamedView(f"Nguyễn Văn {chr(64 + n)}") for n in range(1, 4)),
        spare=(NamedView("Lê Thị Lan", "sinh năm 1999"),),
        excess=(NamedView("Võ Thành Nam"),),
        repeated=("Phạm Minh Đức",),
        likenesses=(
            LikenessView("Hoàng Thị Mai", "Đoàn Sở GTVT", surely=True),
            LikenessView("Đỗ Quốc Huy", "Đoàn Lực lượng TNXP", surely=False),
        ),
        lines=(LineView(12, "Sáu", "not_a_name"), LineView(19, "0903 000 111", "no_name")),
        by="so-y-te@doan.example.org",
        file="Danh sách đoàn viên.xlsx",
    ),
    "names_noted-too_few": replace(
        _NOTED, quota=30, reserve=5, named=2, occurrence=SEMINAR, due_at=_DUE, late=True
    ),
    "names_noted-refused": replace(
        _NOTED, taken=(), named=0, file="danh sach.xls", refused="old_xls"
    ),
    "invitation": _INVITATION,
    "invitation-changed": replace(
        _INVITATION, is_update=True, because="Mưa lớn, đường vào xã bị ngập.", names_due_at=None, names_kept=2,
        occurrence=replace(VISIT, when_text="thứ Sáu, ngày 21/06/2024"),
    ),
    "invitation-cancelled": replace(
        _INVITATION, is_update=True, cancelled=True, because="Mẹ đang điều trị tại bệnh viện.", names_url=None
    ),
    "event_reminder": _EVENT,
    "event_reminder-missing": replace(_EVENT, people_named=_STAFF[:1], missing=1, spare=_STAFF[1:], practical=()),
}  # fmt: skip
