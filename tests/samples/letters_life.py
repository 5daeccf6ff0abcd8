"""Letters about what becomes of an occurrence, as the year of the Plan 2024 brings them."""

from __future__ import annotations

from dataclasses import replace

from dondoc.domain.proposal import Aspect
from dondoc.domain.states import ChangeKind
from dondoc.mail.letters import ChangeView, Letter
from dondoc.mail.letters_life import OccurrenceChanged
from tests.samples.letters import CAMPAIGN, HEAD, HEALTH, TO_HEAD, TO_UNIT, VISIT

MOVED = OccurrenceChanged(
    head=HEAD,
    change_recipient_url=TO_UNIT["change_recipient_url"],
    unit=HEALTH,
    problem_url=TO_UNIT["problem_url"],
    occurrence=replace(
        CAMPAIGN, when_text="từ ngày 14/06/2024 đến ngày 15/06/2024", place_text="xã Tân Thông Hội, huyện Củ Chi"
    ),
    change=ChangeKind.MOVED,
    reason="Ban Thường vụ Thành Đoàn phân công thời gian, địa điểm.",
    decision="245-KH/TĐTN-BCNLĐ",
    changes=(
        ChangeView(Aspect.WHEN, CAMPAIGN.when_text, "từ ngày 14/06/2024 đến ngày 15/06/2024"),
        ChangeView(Aspect.PLACE, CAMPAIGN.place_text, "xã Tân Thông Hội, huyện Củ Chi"),
    ),
    dated=True,
    settled=True,
    was_agreed=True,
    collects=True,
)
POSTPONED = replace(
    MOVED,
    occurrence=VISIT,
    change=ChangeKind.POSTPONED,
    reason="Đường vào huyện Củ Chi ngập sâu do mưa lớn.",
    decision=None,
    changes=(),
    dated=False,
)
LETTERS: dict[str, Letter] = {
    "occurrence_changed": MOVED,
    "occurrence_changed-place-open": replace(
        MOVED,
        occurrence=replace(CAMPAIGN, when_text="từ ngày 14/06/2024 đến ngày 15/06/2024"),
        changes=MOVED.changes[:1],
        settled=False,
    ),
    "occurrence_changed-postponed": POSTPONED,
    "occurrence_changed-postponed-to": replace(
        POSTPONED,
        occurrence=replace(VISIT, when_text="thứ Sáu, ngày 26/01/2024"),
        changes=(ChangeView(Aspect.WHEN, VISIT.when_text, "thứ Sáu, ngày 26/01/2024"),),
        dated=True,
    ),
    "occurrence_changed-not-agreed": replace(POSTPONED, was_agreed=False),
    "occurrence_changed-skipped": replace(
        POSTPONED, change=ChangeKind.SKIPPED, reason="Quý I trùng dịp Tết, gia đình đề nghị thăm vào quý II."
    ),
    "occurrence_changed-merged": replace(
        POSTPONED,
        change=ChangeKind.MERGED,
        reason="Gộp hai lần thăm vào dịp 27/7.",
        merged_title="Thăm hỏi và phụng dưỡng Mẹ Việt Nam Anh hùng Đặng Thị Thu, quý III năm 2024",
        merged_when="thứ Năm, ngày 25/07/2024",
    ),
    "occurrence_changed-head": replace(
        MOVED, unit=None, problem_url=None, board_url=TO_HEAD["board_url"],
        change_recipient_url=TO_HEAD["change_recipient_url"],
    ),
}  # fmt: skip
