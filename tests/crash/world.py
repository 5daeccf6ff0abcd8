"""A part of the year 2024 as a seed makes it: the same seed, the same world. Units answer by mail and on their pages,
clearly or not, name people, pay in odd ways, report problems; the head decides, moves, pauses; runs happen in between.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from dondoc.clock import ZONE
from dondoc.config import PROJECT
from dondoc.domain.calendar import vietnam
from dondoc.planfile import load_holidays
from dondoc.services.script import ABOUT_PROBLEMS
from tests.scenarios.year import UNITS, Step, difficult_year, diligent_year


@dataclass(frozen=True, slots=True)
class Run:
    """A command: work that is done by itself, or what somebody types."""

    at: datetime
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages that come together, replies and others, and the look into the mailbox that finds them."""

    at: datetime
    replies: tuple[dict[str, Any], ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acts:
    """What units and the head do on their pages."""

    at: datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A unit follows the link in its letter and answers there."""

    at: datetime
    unit: str
    request: str
    verdict: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Payments:
    """A statement that the treasurer imports; `{DUE}` stands for a due's code."""

    at: datetime
    name: str
    rows: tuple[tuple[str, str, int, str], ...]
    """A day, a document, an amount, a remark."""


Happening: TypeAlias = Run | Mail | Acts | Visit | Payments

_REPLIES = ("Nhất trí", "ok em", "Đồng ý", "dong y", "Thống nhất với phương án của Cụm.")
_UNCLEAR = ("Để em hỏi lại Ban Chấp hành ạ", "Đồng ý, nhưng mức đóng góp là 1.000.000 đồng", "Tuần sau trả lời")
_OBJECTIONS = ("Không đồng ý vì trùng lịch tập huấn", "Không nhất trí vì kinh phí quá cao")
_AWAY = """From: {unit}@example.org
To: traloi@doan.example.org
Subject: Automatic reply: vang mat
Message-ID: <away-{number}@example.org>
Auto-Submitted: auto-replied

Toi di cong tac.
"""
_TROUBLE = """From: {unit}@example.org
To: traloi+vande@doan.example.org
Subject: {subject}
Message-ID: <trouble-{number}@example.org>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

{text}
"""


def world(seed: object, first: date, last: date) -> list[Happening]:
    """Everything that happens between two days, in order, an hour between one thing and the next."""
    rng = random.Random(f"world {seed}")  # noqa: S311 - it must be the same each time
    steps, _ = rng.choice((diligent_year, difficult_year))()
    calendar = vietnam(load_holidays(PROJECT / "config" / "holidays.yaml"))
    by_day: dict[date, list[Step]] = defaultdict(list)
    for step in sorted([*steps, *_surprises(rng, first, last)], key=lambda step: str(step["at"])):
        by_day[date.fromisoformat(str(step["at"])[:10])].append(step)
    happenings: list[Happening] = []
    day = first
    while day <= last:
        if calendar.is_working(day) or by_day[day]:
            happenings += _day(rng, day, by_day[day], is_working=calendar.is_working(day))
        day += timedelta(days=1)
    return happenings


def _day(rng: random.Random, day: date, steps: Sequence[Step], *, is_working: bool) -> Iterator[Happening]:
    morning = datetime.combine(day, datetime.min.time(), ZONE).replace(hour=8)
    if is_working:
        yield Run(morning, ("follow-up",))
    hour = 9
    for kind, group in _together(rng, steps):
        at = morning.replace(hour=hour)
        hour = min(hour + 1, 22)
        match kind:
            case "mail":
                replies = tuple(step["reply"] for step in group if "reply" in step)
                yield Mail(at, replies, tuple(step["mail"] for step in group if "mail" in step))
            case "visit":
                for step in group:
                    yield Visit(at, **step["visit"])
            case "payments":
                yield Payments(at, f"{day}.csv", tuple(row for step in group for row in step["rows"]))
            case _:
                yield Acts(at, tuple(group))
    if is_working and steps:
        yield Run(morning.replace(hour=max(17, hour), minute=5), (rng.choice(("follow-up", "follow-up", "collect")),))


_ALONE = ("visit", "problem")
"""Kinds of which each is a happening of its own: who does it has seen what the last one came to."""


def _together(rng: random.Random, steps: Sequence[Step]) -> Iterator[tuple[str, list[Step]]]:
    """What comes one after the other and is of one kind is one happening."""
    group: list[Step] = []
    kind = ""
    for step in steps:
        its, changed = _as_it_comes(rng, step)
        if changed is None:
            continue
        if group and (its != kind or its in _ALONE or len(group) == 4):
            yield kind, group
            group = []
        kind = its
        group.append(changed)
    if group:
        yield kind, group


def _as_it_comes(rng: random.Random, step: Step) -> tuple[str, Step | None]:
    """Its kind, and the step as the seed has it; None: it does not happen."""
    if "statement" in step:
        return "payments", _paid(rng, step)
    if "rows" in step:
        return "payments", step
    if "mail" in step:
        return "mail", step
    if "reply" not in step:
        kind = "problem" if step.get("head", {}).get("do") in ABOUT_PROBLEMS else "acts"
        return kind, step if rng.random() < 0.95 else None
    reply = step["reply"]
    way = rng.random()
    if way < 0.05:
        return "mail", None
    if not reply["request"].startswith("opinion/") or way < 0.5:
        return "mail", step
    if way < 0.7:
        verdict = rng.choice(("agree", "agree", "agree", "comment", "object"))
        comment = "" if verdict == "agree" else "Đề nghị xem lại giờ xuất phát"
        return "visit", {
            "visit": {"unit": reply["unit"], "request": reply["request"], "verdict": verdict} | {"comment": comment}
        }
    text = rng.choice((*_REPLIES, *_REPLIES, *_UNCLEAR, *_OBJECTIONS))
    return "mail", {"at": step["at"], "reply": reply | {"text": text}}


def _paid(rng: random.Random, step: Step) -> Step | None:
    """A statement in which some pay too little, too much, twice, or say nothing of what it is for."""
    name = step["statement"]
    occurrence, day, amounts = {
        "visits.csv": ("visit-2024-q1", "11/01/2024", {u: 1_750_000 if u in UNITS[:3] else 1_500_000 for u in UNITS}),
        "campaign.csv": ("ky-nghi-hong-2024", "14/05/2024", dict.fromkeys(UNITS, 7_000_000)),
        "seminar.csv": ("seminar-2024", "11/07/2024", dict.fromkeys(UNITS, 1_000_000)),
    }[name]
    rows = []
    for number, (unit, amount) in enumerate(amounts.items()):
        document, remark = f"{name[:3].upper()}{number}", f"{{due/{occurrence}/{unit}}} nop kinh phi"
        match rng.randrange(8):
            case 0:
                continue
            case 1:
                rows.append((day, document, amount - 1_000, remark))
            case 2:
                rows.append((day, document, amount + 1_000_000, remark))
            case 3:
                rows += [(day, document, amount, remark), (day, f"{document}B", amount, remark)]
            case 4:
                rows.append((day, document, amount, "chuyen tien"))
            case _:
                rows.append((day, document, amount, remark))
    return {"at": step["at"], "rows": tuple(rows)} if rows else None


def _surprises(rng: random.Random, first: date, last: date) -> Iterator[Step]:
    """What no plan foresees."""
    days = (last - first).days
    for number in range(max(2, days // 3)):
        day = first + timedelta(days=rng.randrange(days + 1))
        at, unit = f"{day} {rng.randint(9, 16):02}:{rng.randrange(60):02}", rng.choice(UNITS)
        match rng.randrange(9):
            case 0:
                text = rng.choice(("Không có bác sĩ", "Xe hỏng", "Thiếu áo mưa"))
                yield {"at": at, "report": {"unit": unit, "text": text, "urgent": rng.random() < 0.4}}
                later = day + timedelta(days=rng.randint(0, 3))
                yield _head(f"{later} 16:30", do=rng.choice(("acknowledge", "resolve")), unit=unit)
            case 1:
                yield {"at": at, "mail": _AWAY.format(unit=unit, number=number)}
            case 2:
                subject = rng.choice(("Khẩn: thiếu xe", "Báo vấn đề"))
                yield {
                    "at": at,
                    "mail": _TROUBLE.format(unit=unit, number=number, subject=subject, text="Không đủ xe."),
                }
            case 3:
                moved = date(2024, 6, 14) + timedelta(days=rng.randrange(7))
                yield _head(at, do="set-date", occurrence="visit-2024-q2", day=str(moved), reason="Trùng lịch họp")
            case 4:
                yield _head(at, do="pause", activity="visit", reason="Mẹ đang nằm viện")
                yield _head(f"{day + timedelta(days=rng.randint(1, 6))} 09:00", do="resume", activity="visit")
            case 5:
                yield _head(
                    at,
                    do="spend",
                    activity="visit",
                    amount=rng.randint(1, 9) * 100_000,
                    reason="Hoa",
                    note=f"HĐ {number}",
                )
            case 6:
                due, amount = f"due/visit-2024-q1/{unit}", rng.choice((500_000, 1_500_000, 1_750_000))
                yield _head(at, do="cash", due=due, amount=amount, note="Đ/c thủ quỹ")
            case 7:
                yield {"at": at, "rows": ((f"{day:%d/%m/%Y}", f"S{number}", 1_500_000, f"doan {unit} chuyen"),)}
            case _:
                yield _head(
                    at,
                    do="proceed",
                    occurrence=rng.choice(("visit-2024-q2", "ky-nghi-hong-2024")),
                    reason="Đã trao đổi",
                )


def _head(at: str, **what: Any) -> Step:
    return {"at": at, "head": what}
