"""The head's digests: a quiet week, a busy one, a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from dondoc.clock import ZONE
from dondoc.domain.ids import Dong
from dondoc.domain.states import OccurrenceState, RequestKind, Severity
from dondoc.mail.letters import Letter, ProblemView
from dondoc.mail.letters_digest import (
    AheadView,
    HeadDigest,
    MatterView,
    MoneyView,
    OwedView,
    ToDecideView,
    UnderWayView,
)
from tests.samples.letters import DECIDE_URL, SITE, TO_HEAD


def _at(month: int, day: int, hour: int = 17) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=ZONE)


_Q1, _Q2 = "Thăm Mẹ Việt Nam Anh hùng quý I/2024", "Thăm Mẹ Việt Nam Anh hùng quý II/2024"
_CAMPAIGN = "Kỳ Nghỉ Hồng 2024"


def _problem(kind: str, unit: str | None, detail: str, title: str | None = None, number: int = 1) -> ProblemView:
    severity = Severity.NOTE if kind == "not_published" else Severity.NORMAL
    return ProblemView(
        kind, severity, detail, _at(5, 27, 9), f"{SITE}/van-de/MTk.{number}f2", unit_short=unit, occurrence_title=title
    )


def _matter(*problems: ProblemView) -> MatterView:
    return MatterView(problems[0].kind, problems[0].severity, problems[0].occurrence_title, problems)


QUIET = HeadDigest(
    **TO_HEAD,
    day=date(2024, 1, 22),
    is_monthly=False,
    decisions=(),
    matters=(),
    under_way=(
        UnderWayView(
            _Q1,
            OccurrenceState.LAUNCHED,
            "thứ Sáu, ngày 15/03/2024",
            (
                OwedView(RequestKind.CONTRIBUTION, 6, 6, None),
                OwedView(RequestKind.PARTICIPANTS, 7, 5, _at(3, 8)),
            ),
        ),
    ),
)
BUSY = replace(
    QUIET,
    day=date(2024, 6, 10),
    decisions=(ToDecideView(_Q2, 1, 2, _at(6, 7), DECIDE_URL),),
    matters=(
        replace(
            _matter(_problem("reported", "Đoàn Sở Y tế", "Không có bác sĩ", _CAMPAIGN, 1)), severity=Severity.URGENT
        ),
        _matter(
            _problem("overdue", "Đoàn Sở GTVT", "còn thiếu 7.000.000 đồng, quá hạn từ 16/05/2024", _CAMPAIGN, 2),
            _problem("overdue", "Đoàn Lực lượng TNXP", "còn thiếu 7.000.000 đồng, quá hạn từ 16/05/2024", _CAMPAIGN, 3),
        ),
    ),
    rest=3,
    taken_up=(_matter(_problem("assignment_declined", "Đoàn Khối Bộ TNMT", "thiếu lực lượng", _CAMPAIGN, 4)),),
    notes=(_matter(_problem("not_published", None, "chưa có bản tin", _Q1, 5)),),
    unconfirmed=9,
    under_way=(
        UnderWayView(
            _Q2,
            OccurrenceState.CONSULTING,
            "thứ Sáu, ngày 14/06/2024",
            (OwedView(RequestKind.OPINION, 6, 4, _at(6, 7)),),
        ),
        UnderWayView(
            _CAMPAIGN,
            OccurrenceState.LAUNCHED,
            "từ ngày 20/06/2024 đến ngày 26/06/2024",
            (
                OwedView(RequestKind.CONTRIBUTION, 6, 4, _at(5, 16)),
                OwedView(RequestKind.PARTICIPANTS, 7, 7, None),
                OwedView(RequestKind.ASSIGNMENT, 6, 6, None),
            ),
        ),
    ),
    ahead=(AheadView("Sinh hoạt chuyên đề", "trong tháng 8 năm 2024", date(2024, 7, 1)),),
)
MONTH = replace(
    QUIET,
    day=date(2024, 4, 1),
    is_monthly=True,
    money=(MoneyView("Thăm Mẹ Việt Nam Anh hùng", Dong(12_000_000), Dong(12_000_000), Dong(3_000_000), 9_000_000),),
    year=(
        UnderWayView(_Q1, OccurrenceState.EVALUATED, "thứ Sáu, ngày 15/03/2024"),
        UnderWayView(_Q2, OccurrenceState.PLANNED, "thứ Sáu, ngày 14/06/2024"),
        UnderWayView(_CAMPAIGN, OccurrenceState.PLANNED, "từ tháng 6 đến tháng 8 năm 2024"),
    ),
)
LETTERS: dict[str, Letter] = {"head_digest": QUIET, "head_digest-busy": BUSY, "head_digest-month": MONTH}
