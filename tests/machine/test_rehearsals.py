"""A rehearsal equals itself, whatever happens in it: the same script gives the same bytes.

Another process plays it again, one in which sets of words have another order.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dondoc.cli import group
from dondoc.config import PROJECT
from tests.integration.office import UNITS

PLAN = PROJECT / "config" / "plans" / "hcsn-2024.yaml"
VISIT = "visit-2024-q2"
EXAMPLES = int(os.environ.get("DONDOC_EXAMPLES", "0"))
AGREED = [
    {"at": f"2024-04-01 09:{n:02}", "answer": {"unit": unit, "request": f"opinion/{VISIT}", "verdict": "agree"}}
    for n, unit in enumerate(UNITS)
]
"""So that there are dues and lists of names from the evening of the first day on."""
FILES = {
    "v2.yaml": PLAN.read_text("utf-8").replace("email: so-gtvt@example.org", "email: van-thu.so-gtvt@example.org"),
    "v3.yaml": PLAN.read_text("utf-8").replace(
        "      - {role: secretary, email: bi-thu.tnxp@example.org, title: Bí thư}",
        "      - {role: secretary, email: bi-thu.tnxp@example.org, title: Bí thư}\n"
        "    relations: [{kind: left, on: 2024-04-10}]",
    ),
    "bounce.eml": (
        "From: MAILER-DAEMON@mx.example.org\nTo: cum-truong@doan.example.org\nSubject: Undelivered Mail\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {{address:consultation_request/{VISIT}/so-y-te}}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {{message_id:consultation_request/{VISIT}/so-y-te}}\n\n"
        "--b--\n"
    ),
    "one.csv": "Số tài khoản: 0071000123456\nNgày GD,Số CT,Ghi nợ,Ghi có,Nội dung\n"
    f'03/04/2024,FT01,,"1.750.000",{{code:due/{VISIT}/so-y-te}}\n03/04/2024,FT02,,"1.000.000",NGUYEN VAN A\n',
    "two.csv": "Số tài khoản: 0071000123456\nNgày GD,Số CT,Ghi nợ,Ghi có,Nội dung\n"
    '03/04/2024,FT02,,"1.000.000",NGUYEN VAN A\n'
    f'04/04/2024,FT03,,"1.749.000",{{code:due/{VISIT}/so-gtvt}}\n04/04/2024,FT04,"1.000.000",,Hoan tra FT02\n',
}
TEXTS = (
    "Nhất trí",
    "Không nhất trí vì trùng lịch",
    "Để em xem lại",
    "Đã chuyển khoản ngày 03/04/2024",
    "1. Lê An, 1990",
)


def _unit_steps() -> st.SearchStrategy[dict[str, Any]]:
    unit = st.sampled_from(UNITS)
    kind = st.sampled_from(["opinion", "contribution", "participants"]).map(lambda kind: f"{kind}/{VISIT}")
    sender = st.sampled_from([{}, {}, {"from": "phong.khac@example.org"}])
    replies = st.builds(
        lambda unit, request, text, sender: {"reply": {"unit": unit, "request": request, "text": text} | sender},
        *(unit, kind, st.sampled_from(TEXTS), sender),
    )
    answers = st.builds(
        lambda unit, verdict: {
            "answer": {"unit": unit, "request": f"opinion/{VISIT}", "verdict": verdict, "comment": "Ý kiến"}
        },
        *(unit, st.sampled_from(["agree", "object", "comment", "abstain"])),
    )
    names = st.builds(
        lambda unit, n: {
            "names": {"unit": unit, "request": f"participants/{VISIT}", "people": [f"Lê Văn {m}" for m in range(n)]}
        },
        *(unit, st.integers(1, 4)),
    )
    reports = st.builds(
        lambda unit, urgent: {"report": {"unit": unit, "text": "Không có xe", "urgent": urgent}}, unit, st.booleans()
    )
    return replies | answers | names | reports


def _other_steps() -> st.SearchStrategy[dict[str, Any]]:
    words = ("postpone", "skip", "reopen", "proceed", "revise", "cancel", "pause", "resume", "held", "set-date")
    day = st.sampled_from(["2024-04-12", "2024-05-10", "2024-06-14"])
    heads = st.builds(
        lambda do, day: {"head": {"do": do, "occurrence": VISIT, "reason": "Lý do", "day": day}},
        *(st.sampled_from(words), day),
    )
    files = st.sampled_from([{"plan": "v2.yaml"}, {"plan": "v3.yaml"}, {"mail": "bounce.eml"}])
    statements = st.sampled_from([{"statement": "one.csv"}, {"statement": "two.csv"}])
    return heads | files | statements | st.just({"off": "2 days"})


def _script() -> st.SearchStrategy[list[dict[str, Any]]]:
    at = st.builds(
        "2024-04-{:02}{}".format, st.integers(2, 16), st.sampled_from([" 07:15", " 09:40", " 16:59", " 23:10"])
    )
    step = st.builds(lambda at, step: {"at": at} | step, at, _unit_steps() | _other_steps())
    return st.lists(step, min_size=6, max_size=20)


def _here(words: list[str]) -> tuple[int, str]:
    done = CliRunner().invoke(group, words)
    return done.exit_code, done.output


def _elsewhere(words: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-c", "from dondoc.cli import main; main()", *words]
    env = os.environ | {"PYTHONHASHSEED": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)
    return done.returncode, done.stdout


def _played(
    run: Callable[[list[str]], tuple[int, str]], folder: Path, script: Iterable[dict[str, Any]]
) -> tuple[int, str, dict[str, bytes]]:
    """The exit status, what was said, and every file that came of it."""
    for name, content in FILES.items():
        (folder / name).write_text(content, "utf-8")
    (folder / "script.yaml").write_text(yaml.safe_dump([*AGREED, *script], allow_unicode=True), "utf-8")
    days = ("--from", "2024-04-01", "--to", "2024-04-18")
    out = folder / "out"
    status, said = run(["rehearse", str(PLAN), "--script", str(folder / "script.yaml"), *days, "--out", str(out)])
    files = {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    return status, said.replace(str(folder), ""), files


@settings(
    max_examples=EXAMPLES // 10 or 2,
    deadline=None,
    derandomize=not EXAMPLES,
    print_blob=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(_script())
def test_a_rehearsal_equals_itself_byte_for_byte(script: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        first, second = _played(_here, Path(one), script), _played(_elsewhere, Path(other), script)

    assert first[0] == 0, first[1]
    assert first[:2] == second[:2]
    assert {name for name in first[2].keys() | second[2].keys() if first[2].get(name) != second[2].get(name)} == set()
    assert {"letters.jsonl", "ledger.jsonl", "dondoc.db"} <= first[2].keys()
