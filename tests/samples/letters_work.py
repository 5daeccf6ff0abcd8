"""Letters about the work: assignments, reports, the bulletin."""

from __future__ import annotations

from dataclasses import replace

from dondoc.mail.letters import Letter, ProblemsNotice
from dondoc.mail.letters_work import (
    AssignmentEscalation,
    AssignmentNoted,
    AssignmentReminder,
    AssignmentRequest,
    Bulletin,
    ReportEscalation,
    ReportNoted,
    ReportReminder,
    ReportRequest,
    TaskView,
)
from tests.samples.letters import CAMPAIGN, HEAD, SITE, TO_HEAD, TO_UNIT, at, problem

SETTLED = replace(
    CAMPAIGN, when_text="từ ngày 15/06/2024 đến ngày 21/06/2024", place_text="xã An Nhơn Tây, huyện Củ Chi"
)
WORK = {
    **TO_UNIT,
    "occurrence": SETTLED,
    "due_at": at(5, month=6),
    "tasks": (
        TaskView(
            "Phụ trách nội dung khám, phát thuốc.",
            figures=("số người được khám bệnh", "số người được phát thuốc"),
        ),
    ),
    "work_url": f"{SITE}/phan-cong/MTI.k3v9x2ab",
}
SHARED = (
    TaskView("Tổ chức sân chơi thiếu nhi.", leads=True, partners=("Đoàn Lực lượng TNXP",)),
    TaskView("Phụ trách tập huấn kỹ năng phòng tránh xâm hại tình dục cho trẻ em.", False, ("Đoàn Sở LĐTBXH",)),
)
TOLD = {"asked_at": at(3, 8, month=6), "contact_address": "so-y-te@doan.example.org", "reminders": 2}
REPORTING = {**WORK, "due_at": at(5, month=7), "work_url": f"{SITE}/bao-cao/MTI.k3v9x2ab"}
ASKED = AssignmentRequest(**WORK)
REMINDED = AssignmentReminder(**WORK, number=1, overdue=False)
NOTED = AssignmentNoted(**WORK, accepted=True, reason="", by="so-y-te@doan.example.org")
REPORT = "Đã khám bệnh cho 320 người, phát thuốc cho 290 người.\nKhó khăn: thiếu chỗ chờ cho người cao tuổi."
REPORTED = ReportNoted(**REPORTING, text=REPORT, by="so-y-te@doan.example.org", late=False)

LETTERS: dict[str, Letter] = {
    "assignment_request": ASKED,
    "assignment_request-shared": replace(ASKED, tasks=SHARED),
    "assignment_request-again": replace(
        ASKED, because="đơn vị được giao thêm nội dung: Thăm và tặng quà cho gia đình chính sách"
    ),
    "assignment_reminder": REMINDED,
    "assignment_reminder-overdue": replace(REMINDED, number=2, overdue=True),
    "assignment_escalation": AssignmentEscalation(**WORK, overdue=True, **TOLD),  # type: ignore[arg-type]
    "assignment_noted": NOTED,
    "assignment_noted-declined": replace(
        NOTED, accepted=False, reason="Đơn vị không bố trí được bác sĩ trong tháng 6."
    ),
    "report_request": ReportRequest(**REPORTING),
    "report_reminder": ReportReminder(**REPORTING, number=1, overdue=False),
    "report_reminder-overdue": ReportReminder(**REPORTING, number=3, overdue=True),
    "report_escalation": ReportEscalation(**REPORTING, overdue=False, **TOLD),  # type: ignore[arg-type]
    "report_noted": REPORTED,
    "report_noted-late": replace(REPORTED, late=True),
    "bulletin": Bulletin(
        head=HEAD,
        change_recipient_url=TO_UNIT["change_recipient_url"],
        recipient="Thường trực Thành Đoàn",
        title="Kỳ Nghỉ Hồng năm 2024: 320 lượt người được khám bệnh",
        text="Từ ngày 15/06/2024 đến ngày 21/06/2024, bảy đơn vị của Cụm đã tổ chức các hoạt động tình nguyện.\n"
        "Các hoạt động được người dân địa phương đón nhận.",
        links=("https://example.org/tin-bai/ky-nghi-hong",),
        occurrence_title=CAMPAIGN.title,
    ),
    "problems_notice-work": ProblemsNotice(
        **TO_HEAD,
        problems=tuple(
            problem(kind, detail="…")
            for kind in ("orphan_content", "assignment_unanswered", "assignment_declined", "report_missing")
        ),
    ),
}
