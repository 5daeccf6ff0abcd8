"""The page "Hộp thư thử" over letters that came through the real local mail server."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from dondoc.clock import ZONE, SetClock
from dondoc.config import PROJECT
from dondoc.mail.compose import Attachment, InlineImage, compose
from dondoc.mail.inboxes import keep
from dondoc.mail.local_server import serve
from dondoc.web.mailbox import mailbox_app

AT = datetime(2024, 3, 4, 8, 0, tzinfo=ZONE)
UNIT = "so-y-te@donvi.example.org"
HERE = f"/hop-thu/{UNIT}"


def letter(**changes: Any) -> bytes:
    given: dict[str, Any] = {
        "subject": "Đề nghị cho ý kiến <b>",
        "text": "Kính gửi đồng chí.\nĐề nghị cho ý kiến.\n",
        "html": '<p>Kính gửi <script>alert(1)</script><img src="cid:qr@x"></p>',
        "message_id": "<one@doan.example.org>",
        "date": AT,
        "sender": ("Cụm trưởng", "cum-truong@doan.example.org"),
        "to": ("Đoàn Sở Y tế", UNIT),
        "reply_to": "traloi+12.aaaaaaaa@doan.example.org",
        "references": ["<zero@doan.example.org>"],
        "inline_images": [InlineImage("qr@x", b"\x89PNG")],
        "attachments": [Attachment("Kế hoạch.pdf", b"%PDF-\x00", "application/pdf")],
    }
    return compose(**(given | changes))


@pytest.fixture(scope="module")
def kept_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("local")
    (folder / "secret.txt").write_text("not for readers")
    return folder / "mail"


@pytest.fixture
def root(kept_in: Path) -> Path:
    """The folder of the inboxes, empty at first."""
    shutil.rmtree(kept_in, ignore_errors=True)
    return kept_in


@pytest.fixture(scope="module")
def browser(kept_in: Path) -> Iterator[httpx.Client]:
    """A browser for the page; mail server and page run in a thread of their own."""
    ready: SimpleQueue[int] = SimpleQueue()
    listener = socket.create_server(("127.0.0.1", 0))
    web: list[uvicorn.Server] = []

    async def both() -> None:
        stop = asyncio.Event()
        domains = ("doan.example.org", "donvi.example.org")
        smtp: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        mail = asyncio.create_task(serve("127.0.0.1", 0, kept_in, domains, stop, smtp.set_result))
        app = mailbox_app(kept_in, PROJECT / "templates", smtp=("127.0.0.1", await smtp), clock=SetClock(AT))
        mounted = Starlette(routes=[Mount("/hop-thu", app)])
        web.append(uvicorn.Server(uvicorn.Config(mounted, log_level="warning", lifespan="off")))
        ready.put(1)
        await web[0].serve(sockets=[listener])
        stop.set()
        await mail

    thread = Thread(target=asyncio.run, args=(both(),))
    thread.start()
    ready.get(timeout=5)
    port = listener.getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, trust_env=False) as client:
        yield client
    web[0].should_exit = True
    thread.join(5)
    listener.close()


@pytest.fixture
def page(browser: httpx.Client, root: Path) -> httpx.Client:
    assert not root.exists()
    return browser


def arrives(root: Path, content: bytes, address: str = UNIT) -> None:
    keep(root, "back@doan.example.org", address, content)


def first_letter(page: httpx.Client) -> str:
    found = re.search(rf'href="({HERE}/[^"]+)"', page.get(HERE).text)
    assert found is not None
    return found[1]


def answered(root: Path) -> EmailMessage:
    (path,) = (root / "traloi@doan.example.org" / "new").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_an_empty_server_says_so(page: httpx.Client) -> None:
    assert "Chưa có thư nào" in page.get("/hop-thu/").text


def test_new_mail_is_marked_until_it_is_opened(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())
    assert "1 thư mới" in page.get("/hop-thu/").text

    page.get(first_letter(page))

    listed = page.get("/hop-thu/").text
    assert "1 thư ·" in listed
    assert "thư mới" not in listed
    assert len(list((root / UNIT / "new").iterdir())) == 1, "a program that reads this inbox must still find the letter"


def test_a_letter_shows_its_facts_escaped(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())

    shown = page.get(first_letter(page)).text

    assert "Đề nghị cho ý kiến &lt;b&gt;" in shown
    assert "Cụm trưởng &lt;cum-truong@doan.example.org&gt;" in shown
    assert "08:00, ngày 04/03/2024" in shown
    assert "<script" not in shown


def test_the_html_of_a_letter_can_neither_run_nor_load(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())

    frame = page.get(f"{first_letter(page)}/frame")

    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';")
    assert "script" not in policy
    assert '<base target="_blank">' in frame.text
    assert 'src="data:image/png;base64,iVBORw=="' in frame.text


def test_text_and_source_are_shown(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())
    at = first_letter(page)

    assert "Đề nghị cho ý kiến.\n" in page.get(f"{at}?tab=text").text
    assert f"Delivered-To: {UNIT}" in page.get(f"{at}?tab=raw").text
    assert page.get(f"{at}/source").content.endswith(letter())


def test_an_attachment_is_downloaded_never_shown(page: httpx.Client, root: Path) -> None:
    arrives(root, letter(attachments=[Attachment("Kế hoạch.html", b"<script>", "text/html")]))

    file = page.get(f"{first_letter(page)}/files/0")

    assert file.content == b"<script>"
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"] == "attachment; filename*=utf-8''K%E1%BA%BF%20ho%E1%BA%A1ch.html"


def test_a_reply_enters_like_real_mail(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())
    at = first_letter(page)

    done = page.post(f"{at}/reply", data={"text": "Nhất trí."}, files={"file": ("Ý kiến.pdf", b"%PDF")})

    assert "Đã gửi thư trả lời" in done.text
    reply = answered(root)
    assert reply["Delivered-To"] == "traloi+12.aaaaaaaa@doan.example.org"
    assert reply["To"] == "traloi+12.aaaaaaaa@doan.example.org"
    assert reply["From"] == f"Đoàn Sở Y tế <{UNIT}>"
    assert reply["Subject"] == "Re: Đề nghị cho ý kiến <b>"
    assert reply["In-Reply-To"] == "<one@doan.example.org>"
    assert reply["References"] == "<zero@doan.example.org> <one@doan.example.org>"
    body = reply.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    assert body.get_content().replace("\r\n", "\n") == (
        "Nhất trí.\n\n"
        "Vào Th 2, 4 thg 3, 2024 vào lúc 08:00 Cụm trưởng <cum-truong@doan.example.org> đã viết:\n\n"
        "> Kính gửi đồng chí.\n> Đề nghị cho ý kiến.\n\n"
    )
    (file,) = reply.iter_attachments()
    assert isinstance(file, EmailMessage)
    assert (file.get_filename(), file.get_content()) == ("Ý kiến.pdf", b"%PDF")


def test_an_empty_reply_is_not_sent(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())

    refused = page.post(f"{first_letter(page)}/reply", data={"text": " \n"})

    assert refused.status_code == 422
    assert "chưa có nội dung" in refused.text
    assert not (root / "traloi@doan.example.org").exists()


def test_a_refused_reply_keeps_what_was_typed(page: httpx.Client, root: Path) -> None:
    arrives(root, letter(reply_to="someone@example.net"))

    refused = page.post(f"{first_letter(page)}/reply", data={"text": "Nhất trí & cảm ơn"})

    assert refused.status_code == 502
    assert "550" in refused.text
    assert "Nhất trí &amp; cảm ơn</textarea>" in refused.text


def test_another_site_cannot_answer_for_a_unit(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())

    refused = page.post(
        f"{first_letter(page)}/reply", data={"text": "Nhất trí"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert refused.status_code == 403
    assert not (root / "traloi@doan.example.org").exists()


@pytest.mark.parametrize(
    "path",
    [
        "/hop-thu/khong-co@donvi.example.org",
        "/hop-thu/..",
        "/hop-thu/%2e%2e",
        "/hop-thu/..%2f..%2fetc",
        "/hop-thu/%2e%2e%2fsecret.txt",
        "/hop-thu/SO-Y-TE@donvi.example.org",
        f"{HERE}/khong-co",
        f"{HERE}/..",
        f"{HERE}/%2e%2e/source",
        f"{HERE}/%2e%2e%2f%2e%2e%2fsecret.txt/source",
        f"{HERE}/..%5c..%5csecret.txt/source",
        f"{HERE}/new/source",
    ],
)
def test_what_is_not_a_kept_letter_is_not_found(page: httpx.Client, root: Path, path: str) -> None:
    arrives(root, letter())

    # A client tidies the path up before it asks; an attacker's does not.
    answer = page.get("/", extensions={"target": path.encode()}, follow_redirects=False)

    assert answer.status_code == 404
    assert "not for readers" not in answer.text


def test_an_unknown_letter_gets_a_clear_page(page: httpx.Client, root: Path) -> None:
    arrives(root, letter())

    answer = page.get(f"{HERE}/khong-co")

    assert answer.status_code == 404
    assert "Không tìm thấy trang này" in answer.text
    assert page.get(f"{first_letter(page)}/files/7").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"no headers at all", id="no headers"),
        pytest.param(b"Message-ID: <[abc@x>\r\nFrom: a@[1.2.3\r\nDate: yesterday\r\n\r\nbody", id="broken headers"),
        pytest.param(
            b"Subject: =?klingon?b?AAAA?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\nx\xff", id="charset"
        ),
        pytest.param(b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n', id="a multipart cut off"),
        pytest.param(
            b'From: a@donvi.example.org\r\nContent-Type: multipart/report; boundary="x"\r\n\r\n--x\r\n\r\nfailed\r\n'
            b"--x\r\n"
            b"Content-Type: message/rfc822\r\n\r\nSubject: ours\r\n\r\nbody\r\n--x--\r\n",
            id="a bounce",
        ),
    ],
)
def test_whatever_came_is_shown(page: httpx.Client, root: Path, content: bytes) -> None:
    arrives(root, content)
    at = first_letter(page)

    assert page.get("/hop-thu/").status_code == 200
    assert page.get(at).status_code == 200
    assert page.get(f"{at}?tab=raw").status_code == 200


def test_long_lists_are_paged(page: httpx.Client, root: Path) -> None:
    for number in range(51):
        arrives(root, letter(message_id=f"<{number}@doan.example.org>", attachments=[]))

    assert page.get(HERE).text.count("<li>") == 50
    assert page.get(f"{HERE}?page=2").text.count("<li>") == 1
    assert page.get(f"{HERE}?page=99").text.count("<li>") == 1
    assert page.get(f"{HERE}?page=x").text.count("<li>") == 50
