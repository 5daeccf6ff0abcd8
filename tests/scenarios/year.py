"""A whole year of the Plan 2024, as a script: what seven units do that answer, pay and come when they are asked.

Steps that hang on a letter's day come a working day or two after it; the golden file shows what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

UNITS = ("so-y-te", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt")
EVERYBODY = ("khoi-dcd", *UNITS)
VISIT = {"so-y-te": 1_750_000, "so-gtvt": 1_750_000, "so-ldtbxh": 1_750_000}
TASKS = {
    "so-y-te": "kham-benh",
    "so-gtvt": "luat-giao-thong",
    "so-ldtbxh": "san-choi",
    "tnxp": "phong-tranh-xam-hai",
    "khoi-tnmt": "moi-truong",
    "khoi-nnptnt": "nong-nghiep",
}
Step = dict[str, Any]


def diligent_year() -> tuple[list[Step], dict[str, str]]:
    """The steps, and the files that they name."""
    steps = sorted(_steps(), key=lambda step: str(step["at"]))
    return steps, {f"{name}.csv": _statement(name) for name in ("visits", "campaign", "seminar")}


def _steps() -> Iterator[Step]:
    for quarter, (asked, named, held) in {
        "visit-2024-q1": ("2024-01-03", "2024-01-11", "2024-03-15"),
        "visit-2024-q2": ("2024-04-02", "2024-04-11", "2024-06-14"),
        "visit-2024-q3": ("2024-07-02", "2024-07-11", "2024-07-25"),
        "visit-2024-q4": ("2024-10-02", "2024-10-11", "2024-12-20"),
    }.items():
        yield from _agree(quarter, asked)
        yield from _name(quarter, named, 2)
        yield from _come(quarter, held)
        yield _head(held, "17:30", do="report", occurrence=quarter, given="Quà và kinh phí phụng dưỡng", note=_MINUTES)
        yield _publish(quarter, held, "Đoàn viên các cơ sở Đoàn trong Cụm đã thăm hỏi sức khỏe, tặng quà Mẹ.")
    yield {"at": "2024-01-12 09:00", "statement": "visits.csv"}
    yield from _campaign()
    yield from _seminar()


_PHOTOS = "https://example.org/hinh-anh"
_MINUTES = "Đoàn đã thăm hỏi sức khỏe Mẹ; gia đình trân trọng cảm ơn."


def _campaign() -> Iterator[Step]:
    campaign = "ky-nghi-hong-2024"
    for n, content in enumerate(("tang-qua", "ban-giao", "dich-vu-cong")):
        yield _head(
            "2024-05-02", f"07:3{n}", do="assign", occurrence=campaign, content=content, unit=UNITS[3 + n], reason=""
        )
    yield from _agree(campaign, "2024-05-03")
    yield _head(
        "2024-05-10",
        "09:00",
        do="set-date",
        occurrence=campaign,
        day="2024-06-20",
        until="2024-06-26",
        place="xã An Nhơn Tây, huyện Củ Chi",
        decision="123-QĐ/TĐTN-CNLĐ",
        reason="Quyết định của Ban Thường vụ Thành Đoàn",
    )
    for unit, task in TASKS.items():
        yield {
            "at": f"2024-05-13 09:{UNITS.index(unit):02}",
            "assignment": {"unit": unit, "request": f"assignment/{campaign}", "accept": True},
        }
        yield {
            "at": f"2024-06-25 16:{UNITS.index(unit):02}",
            "progress": {"unit": unit, "request": f"assignment/{campaign}", "task": task, "percent": 100},
        }
        yield {
            "at": f"2024-07-01 10:{UNITS.index(unit):02}",
            "unit_report": {
                "unit": unit,
                "request": f"report/{campaign}",
                "text": "Đã hoàn thành nội dung được giao.",
                "links": _PHOTOS,
            },
        }
    yield from _name(campaign, "2024-05-14", 5)
    yield {"at": "2024-05-15 09:00", "statement": "campaign.csv"}
    yield from _come(campaign, "2024-06-26")
    yield _head("2024-07-08", "09:00", do="evaluate", occurrence=campaign, reason="Các đơn vị hoàn thành tốt nhiệm vụ.")


def _seminar() -> Iterator[Step]:
    seminar = "seminar-2024"
    yield from _agree(seminar, "2024-07-02")
    yield _head(
        "2024-07-10", "09:00", do="set-date", occurrence=seminar, day="2024-08-15", reason="Hội trường đã đăng ký"
    )
    confirmed = {"programme": "Chương trình số 12", "speaker": "Ban Tuyên giáo", "hall": "Hội trường 272"}
    yield _head("2024-07-11", "09:00", do="prepare", occurrence=seminar, confirmed=confirmed)
    yield from _name(seminar, "2024-07-15", 30)
    yield {"at": "2024-07-12 09:00", "statement": "seminar.csv"}
    yield from _come(seminar, "2024-08-15")
    yield _publish(seminar, "2024-08-15", "210 đoàn viên đã tham dự buổi sinh hoạt chuyên đề của Cụm.")
    yield _head("2024-08-16", "09:00", do="evaluate", occurrence=seminar, reason="Đạt yêu cầu về nội dung và số lượng.")


def _publish(occurrence: str, held: str, text: str) -> Step:
    """The evening of the day on which it was held."""
    return _head(
        held,
        "19:00",
        do="publish",
        occurrence=occurrence,
        reason="Bản tin hoạt động Cụm",
        note=text,
        recipients=["thanh-doan-ban-cnld"],
    )


def _agree(occurrence: str, day: str) -> Iterator[Step]:
    for n, unit in enumerate(UNITS):
        said = {"unit": unit, "request": f"opinion/{occurrence}", "text": "Nhất trí"}
        yield {"at": f"{day} 09:{n:02}", "reply": said}


def _name(occurrence: str, day: str, each: int) -> Iterator[Step]:
    for n, unit in enumerate(EVERYBODY):
        people = [f"Đoàn viên {unit} {m:02}" for m in range(1, each + 1)]
        yield {
            "at": f"{day} 10:{n:02}",
            "names": {"unit": unit, "request": f"participants/{occurrence}", "people": people},
        }


def _come(occurrence: str, day: str) -> Iterator[Step]:
    for n, unit in enumerate(EVERYBODY):
        yield _head(day, f"17:{n:02}", do="attendance", occurrence=occurrence, unit=unit, present="all")


def _head(on: str, hour: str, **what: Any) -> Step:
    return {"at": f"{on} {hour}", "head": what}


def _statement(name: str) -> str:
    occurrence, day, amounts = {
        "visits": ("visit-2024-q1", "11/01/2024", {unit: VISIT.get(unit, 1_500_000) for unit in UNITS}),
        "campaign": ("ky-nghi-hong-2024", "14/05/2024", dict.fromkeys(UNITS, 7_000_000)),
        "seminar": ("seminar-2024", "11/07/2024", dict.fromkeys(UNITS, 1_000_000)),
    }[name]
    rows = [
        f'{day},{name[:3].upper()}{n:02},,"{amount:,}",{{code:due/{occurrence}/{unit}}} nop kinh phi'
        for n, (unit, amount) in enumerate(amounts.items(), 1)
    ]
    head = ["NGÂN HÀNG TMCP NGOẠI THƯƠNG VIỆT NAM", "Số tài khoản: 0071000123456"]
    return "\n".join([*head, "Ngày GD,Số CT,Ghi nợ,Ghi có,Nội dung", *rows]) + "\n"


LAZY, CONFUSED, HOSTILE = "so-gtvt", "tnxp", "khoi-tnmt"


def difficult_year() -> tuple[list[Step], dict[str, str]]:
    """The same year with three units that make work: one never answers, one writes what nobody can read, one objects
    to everything; the head decides what the rules put before him, and publishes nothing.
    """
    steps, files = diligent_year()
    kept = [step for step in steps if _whose(step) not in (LAZY, CONFUSED, HOSTILE) and not _is_published(step)]
    files = {name: _without(content, LAZY, CONFUSED) for name, content in files.items()}
    return sorted([*kept, *_difficulties()], key=lambda step: str(step["at"])), files


def _whose(step: Step) -> str | None:
    """The unit that does it itself; what the head enters about a unit is not the unit's doing."""
    for part in ("reply", "assignment", "progress", "unit_report", "names"):
        if part in step:
            unit: str = step[part]["unit"]
            return unit
    return step["head"]["unit"] if step.get("head", {}).get("do") == "attendance" else None


def _is_published(step: Step) -> bool:
    return "head" in step and step["head"]["do"] == "publish"


def _without(statement: str, *units: str) -> str:
    return "".join(
        line for line in statement.splitlines(keepends=True) if not any(f"/{unit}}}" in line for unit in units)
    )


def _difficulties() -> Iterator[Step]:
    for occurrence, day, close in (
        ("visit-2024-q1", "2024-01-04", "2024-01-10"),
        ("visit-2024-q2", "2024-04-03", "2024-04-09"),
        ("ky-nghi-hong-2024", "2024-05-06", "2024-05-09"),
        ("seminar-2024", "2024-07-03", "2024-07-09"),
        ("visit-2024-q3", "2024-07-03", "2024-07-09"),
        ("visit-2024-q4", "2024-10-03", "2024-10-09"),
    ):
        yield _reply(day, "08:30", CONFUSED, f"opinion/{occurrence}", "Để xem lại đã, chắc là được nếu đủ người")
        yield _reply(day, "08:40", HOSTILE, f"opinion/{occurrence}", "Không đồng ý vì kinh phí quá cao")
        yield _head(close, "08:30", do="proceed", occurrence=occurrence, reason="Đã trao đổi trực tiếp với các đơn vị")
    yield _reply("2024-01-16", "09:00", CONFUSED, "contribution/visit-2024-q1", "Đã chuyển khoản ngày 15/01/2024")
    yield _reply("2024-05-14", "09:30", HOSTILE, "assignment/ky-nghi-hong-2024", "Không nhất trí vì thiếu lực lượng")
    yield _head(
        "2024-05-17", "09:00", do="assign", occurrence="ky-nghi-hong-2024", content="moi-truong", unit="khoi-nnptnt"
    )
    yield {"at": "2024-06-17 14:00", "report": {"unit": "so-y-te", "text": "Không có bác sĩ", "urgent": True}}
    yield _head("2024-06-17", "15:00", do="acknowledge", unit="so-y-te")
    yield _head("2024-06-19", "09:00", do="resolve", unit="so-y-te")


def _reply(day: str, hour: str, unit: str, request: str, text: str) -> Step:
    return {"at": f"{day} {hour}", "reply": {"unit": unit, "request": request, "text": text}}
