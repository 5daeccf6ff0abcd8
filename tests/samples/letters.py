"""Letters as the year of the Plan 2024 brings them: the consultation and what is told of problems."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from dondoc.clock import ZONE
from dondoc.domain.ids import Dong, OccurrenceId, UnitId
from dondoc.domain.proposal import Aspect
from dondoc.domain.states import Channel, Decision, Severity, Verdict
from dondoc.mail.letters import (
    AnswerConfirmation,
    AnswerView,
    AskedAgain,
    AssumptionView,
    ChangeView,
    ConsultationEscalation,
    ConsultationOutcome,
    ConsultationReminder,
    ConsultationRequest,
    DecisionNeeded,
    HeadView,
    LateAnswerNotice,
    Letter,
    ObjectionNotice,
    OccurrenceView,
    OrphanView,
    PlanStarted,
    ProblemReport,
    ProblemsNotice,
    ProblemToUnit,
    ProblemView,
    RestoredNotice,
    StandInView,
    UnitView,
    YearLine,
)

SITE = "https://cum.example.org"


def at(day: int, hour: int = 17, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=ZONE)


HEAD = HeadView(
    name="Bùi Hữu Hồng Hải",
    title="Bí thư Đoàn Khối Dân – Chính – Đảng Thành phố",
    unit_full="Đoàn Khối Dân – Chính – Đảng Thành phố",
    cluster="Cụm Hành chính – Sự nghiệp",
)
HEALTH = UnitView(UnitId("so-y-te"), "Đoàn Sở Y tế Thành phố", "Đoàn Sở Y tế")
TRANSPORT = UnitView(UnitId("so-gtvt"), "Đoàn Sở Giao thông Vận tải Thành phố", "Đoàn Sở GTVT")
VISIT = OccurrenceView(
    id=OccurrenceId("visit-2024-q1"),
    title="Thăm hỏi và phụng dưỡng 01 Bà Mẹ Việt Nam Anh hùng tại huyện Củ Chi, quý I/2024",
    short_title="Thăm Mẹ Việt Nam Anh hùng quý I/2024",
    clause="II.3",
    when_text="thứ Sáu, ngày 19/01/2024",
    place_text="huyện Củ Chi",
    contents=("Thăm hỏi và phụng dưỡng Mẹ Việt Nam Anh hùng Đặng Thị Thu.",),
    contribution_text=(
        "Đoàn Khối Dân – Chính – Đảng: 2.250.000 đồng; Đoàn Sở Y tế, Đoàn Sở GTVT và Đoàn Sở LĐTBXH: 1.750.000 đồng; "
        "Đoàn Lực lượng TNXP, Đoàn Khối Bộ TNMT và Đoàn Khối Bộ NN&PTNT: 1.500.000 đồng, đóng góp một lần cho cả năm"
    ),
    version=1,
)
CAMPAIGN = OccurrenceView(
    id=OccurrenceId("ky-nghi-hong-2024"),
    title="Chiến dịch tình nguyện Kỳ Nghỉ Hồng năm 2024",
    short_title="Kỳ Nghỉ Hồng năm 2024",
    clause="II.1",
    when_text="từ tháng 6 đến tháng 8 năm 2024 (ngày cụ thể theo phân công của Ban Thường vụ Thành Đoàn)",
    place_text="theo phân công của Ban Thường vụ Thành Đoàn",
    contents=(
        "Thăm và tặng quà cho gia đình chính sách.",
        "Khám phát thuốc cho thanh thiếu nhi, người dân có hoàn cảnh khó khăn.",
        "Tổ chức sân chơi thiếu nhi và tuyên truyền về bảo vệ môi trường.",
        "Chuyển giao tiến bộ kỹ thuật nông nghiệp cho nông dân.",
        "Khánh thành, bàn giao các công trình xây dựng nông thôn mới.",
        "Tuyên truyền và hướng dẫn người dân sử dụng dịch vụ công trực tuyến.",
    ),
    contribution_text="7.000.000 đồng/đơn vị",
    version=1,
)
REVISED = replace(VISIT, version=2, when_text="thứ Sáu, ngày 26/01/2024")
MOVED = (ChangeView(Aspect.WHEN, "thứ Sáu, ngày 19/01/2024", "thứ Sáu, ngày 26/01/2024"),)
REASON = "Ngày 19/01/2024 trùng với hội nghị tổng kết của một số đơn vị."
WITH_THE_FAMILY = "Thời gian đã thống nhất với gia đình Mẹ; đơn vị bận họp có thể cử cán bộ khác tham gia."

AGREES = AnswerView("Đoàn Sở Y tế", Verdict.AGREE, "", Channel.WEB, at(4, 9, 10))
COMMENTS = AnswerView(
    "Đoàn Lực lượng TNXP",
    Verdict.COMMENT,
    "Đề nghị xuất phát lúc 07 giờ 30 để kịp về trong buổi sáng.",
    Channel.EMAIL,
    at(4, 14, 25),
)
OBJECTS = AnswerView(
    "Đoàn Sở GTVT",
    Verdict.OBJECT,
    "Ngày 19/01/2024 đơn vị tổ chức hội nghị tổng kết công tác Đoàn.\nĐề nghị chuyển sang ngày 26/01/2024.",
    Channel.WEB,
    at(5, 10, 2),
)
ABSTAINS = AnswerView("Đoàn Khối Bộ TNMT", Verdict.ABSTAIN, "", Channel.PHONE, at(8, 15, 40))
LATE = AnswerView("Đoàn Khối Bộ NN&PTNT", Verdict.AGREE, "", Channel.EMAIL, at(10, 8, 5), late=True)
ANSWERED = replace(LATE, answered_at=at(8, 11, 5), late=False)
SILENT = AnswerView("Đoàn Sở LĐTBXH")
TABLE = (AGREES, OBJECTS, SILENT, COMMENTS, ABSTAINS, LATE)

TO_UNIT: dict[str, Any] = {
    "head": HEAD,
    "unit": HEALTH,
    "change_recipient_url": "mailto:cum-truong@doan.example.org?subject=so-y-te",
    "problem_url": f"{SITE}/bao-van-de/MTc.3fd81",
}
TO_HEAD: dict[str, Any] = {
    "head": HEAD,
    "change_recipient_url": "mailto:van-phong@doan.example.org?subject=cum-truong",
    "board_url": f"{SITE}/bang/MQ.77ab0",
}
ANSWER_URL = f"{SITE}/tra-loi/MTI.k3v9x2ab"
DECIDE_URL = f"{SITE}/quyet-dinh/MTM.p0q8w7er"
DUE = at(9)

REQUEST = ConsultationRequest(
    **TO_UNIT,
    occurrence=VISIT,
    due_at=DUE,
    assignments=("Cử cán bộ tham gia đoàn thăm hỏi.",),
    share=Dong(1_750_000),
    answer_url=ANSWER_URL,
)
REMINDER = ConsultationReminder(**TO_UNIT, occurrence=VISIT, due_at=DUE, number=1, overdue=False, answer_url=ANSWER_URL)
ESCALATION = ConsultationEscalation(
    **TO_UNIT,
    occurrence=VISIT,
    due_at=DUE,
    overdue=False,
    asked_at=at(2, 8),
    contact_address="so-y-te@doan.example.org",
    reminders=2,
    answer_url=ANSWER_URL,
)
CONFIRMATION = AnswerConfirmation(
    **TO_UNIT,
    occurrence=VISIT,
    answer=AGREES,
    by="so-y-te@doan.example.org",
    due_at=DUE,
    change_url=ANSWER_URL,
)
OUTCOME = ConsultationOutcome(
    head=HEAD,
    change_recipient_url=TO_UNIT["change_recipient_url"],
    unit=HEALTH,
    problem_url=TO_UNIT["problem_url"],
    occurrence=VISIT,
    decision=None,
    answers=(AGREES, COMMENTS, ABSTAINS),
)
DECISION = DecisionNeeded(
    **TO_HEAD, occurrence=VISIT, closed_at=DUE, answers=(*TABLE[:-1], ANSWERED), decide_url=DECIDE_URL
)
PLAN = PlanStarted(
    **TO_HEAD,
    plan_title="Kế hoạch tổ chức hoạt động Cụm Hành chính – Sự nghiệp năm 2024",
    year=2024,
    starts_on=date(2024, 1, 2),
    lines=(
        YearLine(VISIT.short_title, VISIT.when_text, date(2024, 1, 2)),
        YearLine(CAMPAIGN.short_title, CAMPAIGN.when_text, date(2024, 5, 2)),
        YearLine("Sinh hoạt chuyên đề tháng 8/2024", "tháng 8 năm 2024", date(2024, 7, 1)),
    ),
    assumptions=(
        AssumptionView(
            "A1",
            "Mức đóng góp ở mục II.3 tính cho cả năm hay cho mỗi đợt thăm?",
            "Tính cho cả năm, thu một lần trước đợt thăm đầu tiên",
            ("Tính cho mỗi đợt thăm", "Chia đều cho bốn đợt"),
        ),
        AssumptionView(
            "A4",
            "Hết thời hạn mà đơn vị chưa có ý kiến thì xử lý thế nào?",
            "Trình Cụm trưởng quyết định",
            ("Coi như nhất trí",),
        ),
    ),
    orphans=(
        OrphanView(CAMPAIGN.short_title, "Thăm và tặng quà cho gia đình chính sách."),
        OrphanView(CAMPAIGN.short_title, "Khánh thành, bàn giao các công trình xây dựng nông thôn mới."),
        OrphanView(CAMPAIGN.short_title, "Tuyên truyền và hướng dẫn người dân sử dụng dịch vụ công trực tuyến."),
    ),
    unreachable=("Đoàn Khối Bộ TNMT", "Đoàn Khối Bộ NN&PTNT"),
)


def problem(kind: str, severity: Severity = Severity.NORMAL, detail: str = "") -> ProblemView:
    url = f"{SITE}/van-de/MTk.a01b2"
    return ProblemView(kind, severity, detail, at(10, 8), url, TRANSPORT.short, VISIT.short_title)


NO_DOCTOR = problem("reported", Severity.URGENT, "Không có bác sĩ tham gia ngày 19/01/2024.")
STANDS_IN = StandInView("(họ và tên)", "Phó Bí thư Đoàn Khối Dân – Chính – Đảng Thành phố", date(2024, 1, 31))


LETTERS: dict[str, Letter] = {
    "consultation_request": REQUEST,
    "consultation_request-campaign": replace(
        REQUEST,
        occurrence=CAMPAIGN,
        due_at=at(9, month=5),
        assignments=("Phụ trách nội dung khám, phát thuốc.", "Cử lực lượng tham gia và đóng góp kinh phí thực hiện."),
        share=Dong(7_000_000),
    ),
    "consultation_request-revised": replace(
        REQUEST, occurrence=REVISED, due_at=at(17), again=AskedAgain(REASON, MOVED, Verdict.AGREE)
    ),
    "consultation_request-reopened": replace(
        REQUEST, due_at=at(17), again=AskedAgain("Một số đơn vị gửi ý kiến muộn.")
    ),
    "consultation_reminder": REMINDER,
    "consultation_reminder-second": replace(REMINDER, number=2),
    "consultation_reminder-overdue": replace(REMINDER, number=3, overdue=True),
    "consultation_escalation": ESCALATION,
    "consultation_escalation-undelivered": replace(ESCALATION, overdue=True, reminders=0, undelivered=True),
    "answer_confirmation": CONFIRMATION,
    "answer_confirmation-on_behalf": replace(
        CONFIRMATION,
        unit=TRANSPORT,
        answer=replace(OBJECTS, channel=Channel.PHONE),
        by="Bí thư Đoàn Sở Giao thông Vận tải Thành phố",
        evidence="cuộc gọi lúc 10 giờ 00, ngày 05/01/2024; xác nhận lại bằng tin nhắn",
    ),
    "answer_confirmation-late": replace(CONFIRMATION, answer=LATE, change_url=None),
    "objection_notice": ObjectionNotice(
        **TO_HEAD, unit=TRANSPORT, occurrence=VISIT, answer=OBJECTS, due_at=DUE, decide_url=DECIDE_URL
    ),
    "late_answer_notice": LateAnswerNotice(
        **TO_HEAD, unit=HEALTH, occurrence=VISIT, answer=replace(LATE, comment="Xin gửi muộn do đi công tác."),
        closed_at=DUE, decide_url=DECIDE_URL,
    ),
    "decision_needed": DECISION,
    "decision_needed-unreached": replace(
        DECISION, answers=(AGREES, SILENT, AnswerView("Đoàn Lực lượng TNXP", unreached=True))
    ),
    "consultation_outcome": OUTCOME,
    "consultation_outcome-unsettled": replace(OUTCOME, occurrence=CAMPAIGN, settled=False),
    "consultation_outcome-proceed": replace(OUTCOME, decision=Decision.PROCEED, reason=WITH_THE_FAMILY, answers=TABLE),
    "consultation_outcome-revise": replace(
        OUTCOME, decision=Decision.REVISE, reason=REASON, answers=TABLE, occurrence=REVISED, changes=MOVED,
        due_at=at(17), carried=Verdict.AGREE, answer_url=ANSWER_URL,
    ),
    "consultation_outcome-cancel": replace(
        OUTCOME, decision=Decision.CANCEL, answers=TABLE,
        reason="Mẹ đang điều trị tại bệnh viện; xin phép gia đình dời sang quý sau.",
    ),
    "consultation_outcome-stand_in": replace(
        OUTCOME, unit=None, problem_url=None, board_url=TO_HEAD["board_url"], stands_in=STANDS_IN,
        change_recipient_url=TO_HEAD["change_recipient_url"],
    ),
    "consultation_outcome-head": replace(
        OUTCOME, unit=None, problem_url=None, board_url=TO_HEAD["board_url"],
        change_recipient_url=TO_HEAD["change_recipient_url"],
    ),
    "plan_started": PLAN,
    "restored_notice": RestoredNotice(**TO_HEAD, taken_at=at(5, 2, 30), restored_at=at(8, 9, 15)),
    "problems_notice": ProblemsNotice(
        **TO_HEAD,
        problems=(
            NO_DOCTOR,
            problem("silence"),
            problem("letter_failed", detail="550 5.1.1 so-gtvt@doan.example.org: user unknown"),
        ),
    ),
    "problems_notice-every_kind": ProblemsNotice(
        **TO_HEAD,
        problems=tuple(
            problem(kind, detail="…")
            for kind in (
                "objection", "undelivered", "no_room", "no_contact", "no_secretary", "unclear_reply",
                "conditional_reply", "conflict", "unknown_sender", "failed_authentication", "unmatched_mail",
                "letter_unknown", "restored", "names_short", "duplicate_names", "not_confirmed", "low_attendance", "…",
            )
        ),
    ),
    "problems_notice-again": ProblemsNotice(
        **TO_HEAD,
        problems=(
            replace(NO_DOCTOR, times=3),
            replace(problem("silence"), times=2, acknowledged_at=at(11, 9)),
        ),
        rest=12,
    ),
    "problems_notice-stand_in": ProblemsNotice(**TO_HEAD, stands_in=STANDS_IN, problems=(NO_DOCTOR,)),
    "problem_to_unit": ProblemToUnit(
        **TO_UNIT,
        to_secretary=True,
        problems=(problem("letter_failed", detail="550 5.1.1 so-y-te@doan.example.org: user unknown"),),
    ),
    "problem_to_unit-contact": ProblemToUnit(**TO_UNIT, to_secretary=False, problems=(NO_DOCTOR,), rest=2),
    "problem_report": ProblemReport(
        head=HEAD,
        change_recipient_url=TO_UNIT["change_recipient_url"],
        recipient="Thường trực Thành Đoàn",
        unit_full=HEALTH.full,
        occurrence_title=VISIT.title,
        problem=NO_DOCTOR,
        comment="Cụm đã đề nghị Đoàn Sở Y tế cử bác sĩ khác; kính đề nghị Thành Đoàn hỗ trợ nếu không bố trí được.",
        approved_at=at(17, 23, 5),
    ),
}  # fmt: skip
