"""The page "Hộp thư thử": what the local mail server keeps, read and answered as a unit would.

No script runs on it, and a letter's own HTML is shown in a frame that can neither run nor load anything.
"""

from __future__ import annotations

import mimetypes
import re
import smtplib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import quote, unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dondoc.clock import ZONE, Clock
from dondoc.mail.compose import Attachment
from dondoc.mail.inboxes import folder_of, letters_in
from dondoc.web.guard import is_foreign
from dondoc.web.mailbox_letter import ShownLetter, read_head, read_letter, reply_to

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_FRAME = _HEADERS | {
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter's file in an inbox; `arrived` in nanoseconds, as the file system counts."""

    id: str
    path: Path
    arrived: int
    is_read: bool

    @property
    def arrived_at(self) -> datetime:
        return datetime.fromtimestamp(self.arrived / 1e9, ZONE)

    @property
    def head(self) -> ShownLetter:
        with self.path.open("rb") as file:
            return read_head(file.read(32 * 1024))

    def mark_read(self) -> None:
        """Beside the Maildir, because moving the file would hide it from who reads the inbox by program."""
        marks = self.path.parents[1] / "read"
        marks.mkdir(exist_ok=True)
        (marks / self.id).touch()


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a long list is shown."""

    SIZE: ClassVar = 50

    number: int
    last: int
    total: int

    @classmethod
    def of(cls, request: Request, total: int) -> Self:
        asked = request.query_params.get("page", "")
        last = max(1, -(-total // cls.SIZE))
        return cls(min(int(asked), last) if re.fullmatch(r"[1-9]\d{0,5}", asked) else 1, last, total)

    @property
    def first(self) -> int:
        return (self.number - 1) * self.SIZE


def mailbox_app(root: Path, templates: Path, *, smtp: tuple[str, int], clock: Clock) -> Starlette:
    """The page over the inboxes in `root`, to be mounted anywhere; replies go to the mail server at `smtp`."""
    pages = _Pages(root, templates, smtp, clock)
    return Starlette(
        routes=[
            Route("/", pages.inboxes),
            Route("/{inbox}", pages.inbox),
            Route("/{inbox}/{letter}", pages.letter),
            Route("/{inbox}/{letter}/frame", pages.frame),
            Route("/{inbox}/{letter}/source", pages.source),
            Route("/{inbox}/{letter}/files/{number:int}", pages.file),
            Route("/{inbox}/{letter}/reply", pages.reply, methods=["POST"]),
        ],
        exception_handlers={404: pages.lost},
    )


class _Pages:
    def __init__(self, root: Path, templates: Path, smtp: tuple[str, int], clock: Clock) -> None:
        self._root, self._smtp, self._clock = root, smtp, clock
        self._templates = Environment(
            loader=FileSystemLoader(templates / "pages/mailbox"),
            undefined=StrictUndefined,
            autoescape=select_autoescape(["html"]),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["segment"] = lambda name: quote(name, safe="@")
        self._templates.filters["address"] = unquote

    def inboxes(self, request: Request) -> Response:
        """Every inbox, the one with the newest letter first."""
        folders = [(_changed(folder), folder) for folder in self._root.glob("*@*/")]
        folders.sort(key=lambda each: (-each[0], each[1].name))
        page = Page.of(request, len(folders))
        rows = [(folder.name, _letters(folder)) for _, folder in folders[page.first : page.first + Page.SIZE]]
        return self._show(request, "inboxes", rows=rows, page=page)

    def inbox(self, request: Request) -> Response:
        folder = self._folder(request)
        letters = _letters(folder)
        page = Page.of(request, len(letters))
        shown = letters[page.first : page.first + Page.SIZE]
        return self._show(request, "inbox", folder=folder.name, letters=shown, page=page)

    def letter(self, request: Request) -> Response:
        return self._opened(request, sent="sent" in request.query_params)

    def frame(self, request: Request) -> Response:
        """A letter's HTML on its own, for the frame in its page; its links open elsewhere."""
        html = read_letter(self._kept(request).path.read_bytes()).html
        if html is None:
            raise HTTPException(404)
        return HTMLResponse(f'<!doctype html><base target="_blank">{html}', headers=_FRAME)

    def source(self, request: Request) -> Response:
        kept = self._kept(request)
        return _download(Attachment("thu.eml", kept.path.read_bytes()))

    def file(self, request: Request) -> Response:
        files = read_letter(self._kept(request).path.read_bytes()).attachments
        if request.path_params["number"] >= len(files):
            raise HTTPException(404)
        return _download(files[request.path_params["number"]])

    async def reply(self, request: Request) -> Response:
        if is_foreign(request.headers, str(request.base_url)):
            raise HTTPException(403)  # another site's form must not answer for a unit
        async with request.form(max_files=1, max_fields=5) as form:
            text, upload = str(form.get("text", "")), form.get("file")
            attachment = None
            if isinstance(upload, UploadFile) and upload.filename:
                kind = mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
                attachment = Attachment(upload.filename, await upload.read(), kind)
        return await run_in_threadpool(self._answered, request, text, attachment)

    def lost(self, request: Request, _error: Exception) -> Response:
        return self._show(request, "lost", 404)

    def _answered(self, request: Request, text: str, attachment: Attachment | None) -> Response:
        if not text.strip() and attachment is None:
            return self._opened(request, 422, problem="empty")
        letter = read_letter(self._kept(request).path.read_bytes())
        quoted = self._templates.get_template("quote.txt").render(letter=letter)
        address = unquote(self._folder(request).name)
        reply = reply_to(letter, address=address, text=text, quote=quoted, attachment=attachment, now=self._clock.now())
        try:
            with smtplib.SMTP(*self._smtp, local_hostname="localhost", timeout=10) as server:
                server.sendmail(address, [to for _, to in letter.reply_to], reply.as_bytes())
        except (smtplib.SMTPException, OSError) as error:
            return self._opened(request, 502, problem=str(error), typed=text)
        return RedirectResponse(f"{request.url.path.removesuffix('/reply')}?sent=1", 303)

    def _opened(
        self, request: Request, status: int = 200, *, sent: bool = False, problem: str = "", typed: str = ""
    ) -> Response:
        kept = self._kept(request)
        kept.mark_read()
        letter = read_letter(kept.path.read_bytes())
        tabs = [name for name in ("html", "text", "raw") if getattr(letter, name) is not None]
        tab = request.query_params.get("tab", tabs[0])
        facts = {"folder": self._folder(request).name, "kept": kept, "letter": letter, "tabs": tabs}
        facts |= {"tab": tab if tab in tabs else tabs[0], "is_narrow": "narrow" in request.query_params}
        return self._show(request, "letter", status, sent=sent, problem=problem, typed=typed, **facts)

    def _folder(self, request: Request) -> Path:
        """The inbox that the address in the path names; only a name that a letter would be kept under is one."""
        name: str = request.path_params["inbox"]
        if folder_of(unquote(name)) != name or not (self._root / name / "new").is_dir():
            raise HTTPException(404)
        return self._root / name

    def _kept(self, request: Request) -> Kept:
        """The letter that the path names, looked up in the inbox's list: no path is made of what was asked."""
        for letter in _letters(self._folder(request)):
            if letter.id == request.path_params["letter"]:
                return letter
        raise HTTPException(404)

    def _show(self, request: Request, name: str, status: int = 200, **facts: Any) -> Response:
        at = request.scope.get("root_path", "").rstrip("/")
        return HTMLResponse(self._templates.get_template(f"{name}.html").render(at=at, **facts), status, _HEADERS)


def _letters(folder: Path) -> list[Kept]:
    """An inbox's letters, the newest first."""
    marks = {path.name for path in (folder / "read").glob("*")}
    letters = [
        Kept(name := entry.name.partition(":")[0], Path(entry.path), entry.stat().st_mtime_ns, name in marks)
        for entry in letters_in(folder)
    ]
    return sorted(letters, key=lambda each: (-each.arrived, each.id))


def _changed(folder: Path) -> int:
    return max((part.stat().st_mtime_ns for part in (folder / "new", folder / "cur") if part.is_dir()), default=0)


def _download(file: Attachment) -> Response:
    name = quote(file.name, safe="")
    headers = _HEADERS | {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    return Response(file.content, headers=headers, media_type="application/octet-stream")
