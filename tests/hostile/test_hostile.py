"""Hostile mail: held with a reason, or read; at once, in bounded memory, and the next message is read."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from dondoc.domain.opinion import understand
from dondoc.mail.attachments import Refusal
from dondoc.mail.reading import LONGEST_TEXT, Held, Incoming, read
from dondoc.mail.reading_new import new_text
from tests.hostile.mail import HEAD, HELD, READ, made
from tests.replies.clients import PARENT

MOST_SECONDS = 1.0
MOST_BYTES = 120 * 1024 * 1024


def timed(content: bytes) -> Held | Incoming:
    """Read it, in less than a second of processor time: a busy machine must not make the test fail."""
    began = time.process_time()
    result = read(content, own={"cum-truong@doan.example.org"}, authserv_id="mx.doan.example.org")
    took = time.process_time() - began
    assert took < MOST_SECONDS, f"{took:.2f} s"
    return result


@pytest.mark.parametrize("name", HELD)
def test_what_is_too_much_is_held_with_its_reason(name: str) -> None:
    result = timed(made(name))

    assert isinstance(result, Held)
    assert result.reason.value in HELD[name][1].split("|")
    assert result.detail


@pytest.mark.parametrize("name", READ)
def test_what_is_only_broken_is_read(name: str) -> None:
    result = timed(made(name))

    assert isinstance(result, Incoming), result
    assert READ[name][1] in ("*", result.text)


@pytest.mark.parametrize("name", ["one line of 24 MB", "two hundred thousand parts", "a header of 20 MB"])
def test_memory_stays_in_proportion(name: str) -> None:
    content = made(name)

    tracemalloc.start()
    try:
        read(content)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < MOST_BYTES


@pytest.mark.parametrize(
    ("name", "refused"),
    [("a zip bomb", Refusal.KIND), ("winmail.dat", Refusal.WINMAIL), ("a program", Refusal.KIND)],
)
def test_files_that_nobody_should_open_are_listed_and_refused(name: str, refused: Refusal) -> None:
    result = read(made(name))

    assert isinstance(result, Incoming)
    [file] = result.attachments
    assert (file.refused, file.content) == (refused, b"")
    assert file.size > 0


def test_a_file_name_says_nothing_of_folders_or_directions() -> None:
    result = read(made("a file name with folders"))

    assert isinstance(result, Incoming)
    assert result.attachments[0].name == "passwd.txt"


def test_a_header_cannot_smuggle_in_another() -> None:
    result = read(HEAD.replace(b"Subject: x", b"Subject: =?utf-8?q?a=0D=0ABcc:_b@example.org?=") + b"\r\nok")

    assert isinstance(result, Incoming)
    assert result.subject == "a Bcc: b@example.org"


@pytest.mark.parametrize(
    "said",
    [
        b"From: a@example.org\r\nFrom: b@example.org\r\n",
        b"From: a@example.org, b@example.org\r\n",
        b"From: <a@example.org> <b@example.org>\r\n",
        b"From: a@example.org]<b@example.org>x\r\n",
        b"From: nobody\r\n",
        b"",
    ],
)
def test_a_sender_that_is_not_certain_is_none(said: bytes) -> None:
    result = read(said + b"\r\nok")

    assert isinstance(result, Incoming)
    assert result.sender is None


@pytest.mark.parametrize(
    "line",
    [
        "On 1 " * 15,
        "a@b " * 18,
        "From: a",
        "a",
        "vào 1 " + "x" * 80 + ":",
        "Trân trọng",
        "cảm ơn anh " * 40,
        "> a",
        "--- ",
    ],
)
def test_the_new_words_of_a_longest_text_are_found_at_once(line: str) -> None:
    text = (f"{line}\n" * (LONGEST_TEXT // len(line)))[:LONGEST_TEXT]

    began = time.process_time()
    understand(new_text(text, lambda: PARENT))

    assert time.process_time() - began < MOST_SECONDS
