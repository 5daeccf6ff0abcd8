"""Mail that is broken, or made to break whoever reads it; what is large is made here."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from functools import cache

HEAD = b"From: A <a@soyte.example.org>\r\nTo: traloi@doan.example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


def _nested(depth: int) -> bytes:
    return HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth))


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.txt", b"0" * 50_000_000)
    return _with_file("report.zip", "application/zip", file.getvalue())


def _with_file(name: str, kind: str, content: bytes) -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nok\r\n--b\r\n"
        + f'Content-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'.encode()
        + base64.encodebytes(content)
        + b"\r\n--b--\r\n"
    )


def _html(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body


def _plain(charset: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    return (
        HEAD
        + b"Content-Type: text/plain; charset=%b\r\nContent-Transfer-Encoding: %b\r\n\r\n" % (charset, encoding)
        + body
    )


HELD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nested twenty deep": (lambda: _nested(20), "too_deep"),
    "nested five thousand deep": (lambda: _nested(5000), "too_deep|too_many_parts"),
    "nested, then many lines": (lambda: _nested(8) + b"\n" + b"x\n" * 390_000, "too_long"),
    "messages in messages": (lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 5000, "too_deep|too_many_parts"),
    "two hundred thousand parts": (
        lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 190_000,
        "too_many_parts",
    ),
    "nothing but line ends": (lambda: HEAD + b"\n" * 24_000_000, "too_many_lines"),
    "half a million headers": (lambda: HEAD + b"X: a\n" * 500_000 + b"\nok", "too_many_lines"),
    "a hundred thousand recipients on lines": (
        lambda: b"To: " + b",\r\n ".join(b"u%d@example.org" % i for i in range(100_000)) + b"\r\n" + HEAD + b"\r\nok",
        "too_many_lines",
    ),
    "one line of 24 MB": (lambda: HEAD + b"\n" + b"x" * 24_000_000, "too_long"),
    "a long text": (lambda: HEAD + b"\r\n" + b"Xin ch\xc3\xa0o. " * 40_000, "too_long"),
    "26 MB": (lambda: HEAD + b"\n" + b"x" * 26 * 1024 * 1024, "too_large"),
    "HTML of many quotes": (lambda: _html(b"<blockquote>a" * 140_000), "too_long"),
}
"""What must be held, and why (one of)."""

READ: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", ""),
    "no body": (lambda: HEAD, ""),
    "only bytes": (lambda: bytes(range(256)) * 20, "*"),
    "headers only, cut": (lambda: b"From: a@exam", ""),
    "a hundred thousand recipients on one line": (
        lambda: HEAD + b"Cc: " + b",".join(b"u%d@example.org" % i for i in range(100_000)) + b"\r\n\r\nok",
        "ok",
    ),
    "a header of 20 MB": (lambda: HEAD + b"X-Long: " + b"a b " * 5_000_000 + b"\r\n\r\nok", "ok"),
    "five million semicolons": (lambda: HEAD + b"Content-Type: text/plain" + b";" * 5_000_000 + b"\n\nok", "ok"),
    "quotes in a parameter": (lambda: HEAD + b'Content-Type: text/plain; a="' + b';"' * 2_000_000 + b"\n\nok", "ok"),
    "an unclosed boundary": (
        lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nok",
        "ok",
    ),
    "a boundary that never comes": (lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\nok", ""),
    "multipart without boundary": (lambda: HEAD + b"Content-Type: multipart/mixed\r\n\r\nok", ""),
    "an unknown charset": (lambda: _plain(b"x-vietnamese", "Nhất trí".encode()), "Nhất trí"),
    "a charset with square time": (lambda: _plain(b"punycode", b"a-" + b"b" * 100_000), "*"),
    "a charset that is none": (lambda: _plain(b"zlib_codec", "Nhất trí".encode()), "Nhất trí"),
    "UTF-8 said to be ASCII": (lambda: _plain(b"us-ascii", "Nhất trí".encode()), "Nhất trí"),
    "UTF-8 said to be Latin-1": (lambda: _plain(b"iso-8859-1", "Nhất trí".encode()), "Nhất trí"),
    "windows-1258 said to be UTF-8": (lambda: _plain(b"utf-8", "Nhâ\u0301t tri\u0301".encode("cp1258")), "Nhất trí"),
    "UTF-16": (lambda: _plain(b"utf-16", base64.encodebytes("Nhất trí".encode("utf-16")), b"base64"), "Nhất trí"),
    "broken base64": (lambda: _plain(b"utf-8", b"b2s=?!=b\xff", b"base64"), "ok"),
    "an unknown encoding": (lambda: _plain(b"utf-8", b"ok", b"x-rot13"), "ok"),
    "broken quoted-printable": (lambda: _plain(b"utf-8", b"ok=ZZ=", b"quoted-printable"), "ok=ZZ"),
    "HTML only": (lambda: _html("<p>Nhất tr&iacute;</p><script>đồng ý</script>".encode()), "Nhất trí"),
    "HTML of open tags": (lambda: _html(b"<a" * 900_000), ""),
    "HTML of open comments": (lambda: _html(b"<!--" * 450_000), ""),
    "HTML of declarations": (lambda: _html(b"<!>" * 600_000), ""),
    "HTML of nested blocks": (lambda: _html(b"<div>" * 380_000), ""),
    "HTML of entities": (lambda: _html(b"ok" + b"&#0;" * 60_000), "*"),
    "a zip bomb": (_zip, "ok"),
    "winmail.dat": (lambda: _with_file("winmail.dat", "application/ms-tnef", b"x\x9f>\x22" * 100), "ok"),
    "a program": (lambda: _with_file("hoa don.pdf.exe", "application/pdf", b"MZ"), "ok"),
    "a file name with folders": (lambda: _with_file("../../etc/passwd.txt", "text/plain", b"x"), "ok"),
    "a broken Message-ID": (lambda: b"Message-ID: <[abc@x>\r\nIn-Reply-To: <a b@\r\n" + HEAD + b"\r\nok", "ok"),
    "an address without end": (lambda: b"From: a@[1.2.3\r\n\r\nok", "ok"),
    "a date that is none": (lambda: b"Date: Thu, 99 Foo 99999 99:99:99 +9999\r\n" + HEAD + b"\r\nok", "ok"),
    "many encoded words": (lambda: b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\nok", "ok"),
    "broken encoded words": (lambda: b"Subject: =?utf-8?b?////?= =?x?q?=ZZ?= =?utf-8?b?a?=\r\n\r\nok", "ok"),
    "bytes in a header": (lambda: "From: Đoàn <a@soyte.example.org>\r\nSubject: Nhất trí\r\n\r\nok".encode(), "ok"),
    "thousands of open comments": (lambda: b"From: " + b"(" * 4000 + b"a@example.org\r\n\r\nok", "ok"),
    "a report of garbage": (
        lambda: (
            b"From: MAILER-DAEMON\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
            b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 80 + b"\r\n--b--\r\n"
        ),
        "",
    ),
    "a report of many lines": (
        lambda: (
            b"From: MAILER-DAEMON@example.org\r\nReturn-Path: <>\r\nSubject: Mail delivery failed\r\n\r\n"
            + b"  <a@b\r\n" * 30_000
        ),
        "*",
    ),
}
"""What can be read, and its text ("*": whatever)."""


@cache
def made(name: str) -> bytes:
    return (HELD.get(name) or READ[name])[0]()
