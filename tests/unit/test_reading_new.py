"""Replies of real mail programs: the officer's own words are found, and what they mean."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dondoc.domain.opinion import Asked, Understood, understand
from dondoc.mail.reading import Incoming, read
from dondoc.mail.reading_new import new_text
from tests.replies.clients import CLIENTS, PARENT, reply

REPLIES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "replies/replies.yaml").read_text("utf-8"))
ASKED = Asked(frozenset({1_750_000}), frozenset({date(2024, 1, 19)}))
each_reply = pytest.mark.parametrize(
    "case", REPLIES, ids=[f"{number}-{case['client']}" for number, case in enumerate(REPLIES)]
)


def text_of(case: dict[str, Any]) -> str:
    incoming = read(reply(case["client"], case["says"]))
    assert isinstance(incoming, Incoming)
    return incoming.text


def folded(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@each_reply
def test_only_the_new_words_are_left(case: dict[str, Any]) -> None:
    assert folded(new_text(text_of(case), lambda: PARENT)) == folded(case.get("new", case["says"]))


@each_reply
def test_the_verdict_is_right_or_left_to_a_person(case: dict[str, Any]) -> None:
    opinion = understand(new_text(text_of(case), lambda: PARENT), ASKED)

    assert (opinion.verdict.value if isinstance(opinion, Understood) else "unclear") == case["verdict"]
    if "why" in case:
        assert (opinion.condition if isinstance(opinion, Understood) else opinion.why) == case["why"]


@each_reply
def test_without_the_answered_letter_nothing_is_understood_wrongly(case: dict[str, Any]) -> None:
    opinion = understand(new_text(text_of(case)), ASKED)

    assert not isinstance(opinion, Understood) or opinion.verdict.value == case["verdict"]


@pytest.mark.parametrize(
    "text", ["Nhất trí", "Nhất trí\n\nVào 08:00, 01/04/2024, Cụm trưởng đã viết:\n\n> Kính gửi\n> Đơn vị"]
)
def test_the_answered_letter_is_fetched_only_where_its_words_may_be_among_the_senders(text: str) -> None:
    def fetch() -> str:
        raise AssertionError("nothing here could stand in the letter")

    assert new_text(text, fetch) == "Nhất trí"


def test_the_test_set_is_as_large_as_it_claims() -> None:
    assert len(REPLIES) >= 60
    assert len([case for case in REPLIES if case["verdict"] in ("agree", "object", "abstain")]) >= 40
    assert {case["client"] for case in REPLIES} == set(CLIENTS)


def test_a_plain_agreement_above_the_letters_own_choices_is_kept() -> None:
    assert new_text(f"Nhất trí\n\n{PARENT}", lambda: PARENT) == "Nhất trí"
    assert new_text(f"{PARENT}\n\nNhất trí", lambda: PARENT) == "Nhất trí"


def test_answers_between_the_lines_of_the_letter_are_kept() -> None:
    quoted = PARENT.replace("- Địa điểm: huyện Củ Chi", "- Địa điểm: huyện Củ Chi\nĐề nghị đổi sang Cần Giờ.")
    text = f"Em trả lời bên dưới.\n\n-----Original Message-----\nFrom: a\nSent: b\nSubject: c\n\n{quoted}"

    assert new_text(text, lambda: PARENT).split("\n") == ["Em trả lời bên dưới.", "", "Đề nghị đổi sang Cần Giờ."]


def test_another_persons_quoted_opinion_is_not_the_senders() -> None:
    quoted = f"Không đồng ý vì trùng lịch.\n\nTừ: Cụm trưởng\nGửi: 02/01\nChủ đề: x\n\n{PARENT}"
    text = f"Nhất trí\n\nTừ: Đoàn Sở GTVT\nGửi: 03/01\nChủ đề: Re: x\n\n{quoted}"

    assert new_text(text, lambda: PARENT) == "Nhất trí"


def test_a_forwarded_opinion_alone_is_nobodys() -> None:
    text = "\n\n---------- Forwarded message ---------\nTừ: Đoàn Sở GTVT\nDate: x\nSubject: y\n\nNhất trí\n"

    assert new_text(text, lambda: PARENT) == ""


def test_a_postscript_below_the_closing_formula_is_kept() -> None:
    text = "Nhất trí.\n\nTrân trọng,\nP/S: nhưng đề nghị đi sớm hơn"

    assert new_text(text, lambda: PARENT) == text
