"""Replies as real mail programs write them: their MIME, charsets, line lengths, quotes and additions."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path

PARENT = (Path(__file__).parents[1] / "golden/letters/consultation_request.txt").read_text("utf-8").partition("\n\n")[2]
SUBJECT = "Đề nghị cho ý kiến trước 17 giờ 00 ngày 09/01: Thăm Mẹ Việt Nam Anh hùng quý I/2024"
US = "Cụm trưởng Cụm Hành chính – Sự nghiệp"
ADDRESS = "traloi+12.k3v9x2ab@doan.example.org"
ME = "doan@soyte.example.org"

_IPHONE_VI, _IPHONE_EN = "Đã gửi từ iPhone của tôi", "Sent from my iPhone"
_BLOCK_VI = f"Từ: {US} <{ADDRESS}>\nĐã gửi: Thứ Ba, 2 Tháng Giêng 2024 08:00\nĐến: {ME}\nChủ đề: {SUBJECT}\n\n"
_BLOCK_EN = f"From: {US} <{ADDRESS}>\nSent: Tuesday, January 2, 2024 8:00 AM\nTo: {ME}\nSubject: {SUBJECT}\n\n"
_DISCLAIMER = (
    "\n\nThông tin trong thư điện tử này chỉ dành cho người nhận có tên nêu trên. Nếu đồng chí không phải là người "
    "nhận, không đồng ý cho sao chép dưới mọi hình thức."
)


def _quoted(text: str = PARENT) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _paragraphs(text: str, tag: str = "div") -> str:
    return "".join(f"<{tag}>{html.escape(line) or '<br>'}</{tag}>" for line in text.splitlines())


def gmail_vi(says: str) -> EmailMessage:
    attribution = f"Vào Th 3, 2 thg 1, 2024 vào lúc 08:00 {US} <\n{ADDRESS}> đã viết:"
    plain = f"{says}\n\n{attribution}\n\n{_quoted()}\n"
    shown = (
        f'<div dir="ltr">{_paragraphs(says)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f"{html.escape(attribution)}<br></div><blockquote>{_paragraphs(PARENT)}</blockquote></div>"
    )
    return _message(plain, shown, encoding="base64")


def gmail_en(says: str) -> EmailMessage:
    return _message(f"{says}\n\nOn Tue, Jan 2, 2024 at 8:00 AM {US} <\n{ADDRESS}> wrote:\n\n{_quoted()}\n")


def gmail_below(says: str) -> EmailMessage:
    """Written below the quote."""
    return _message(f"Vào Th 3, 2 thg 1, 2024 lúc 08:00 {US} <{ADDRESS}> đã viết:\n\n{_quoted()}\n\n{says}\n")


def gmail_html(says: str) -> EmailMessage:
    attribution = (
        f"Vào Th 3, 2 thg 1, 2024 vào lúc 08:00 {US} &lt;<a href='mailto:{ADDRESS}'>{ADDRESS}</a>&gt; đã viết:<br>"
    )
    return _message(
        None,
        f'<html><head><style>p {{color: red}}</style></head><body><div dir="auto">{_paragraphs(says)}</div><br>'
        f'<div class="gmail_quote">{attribution}<blockquote>{_paragraphs(PARENT)}</blockquote></div></body></html>',
    )


def gmail_signed(says: str) -> EmailMessage:
    return gmail_vi(f"{says}\n\n--\nVăn phòng Đoàn Sở Y tế\nĐT: 028 3930 9912 (không đồng ý quảng cáo)")


def outlook_vi(says: str) -> EmailMessage:
    shown = (
        f'<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang="VI"><div class="WordSection1">'
        f"{_paragraphs(says, 'p')}<div style='border:none;border-top:solid #E1E1E1 1.0pt'>{_paragraphs(_BLOCK_VI, 'p')}"
        f"</div>{_paragraphs(PARENT, 'p')}</div></body></html>"
    )
    return _message(f"{says}\n\n{_BLOCK_VI}{PARENT}", shown)


def outlook_en(says: str) -> EmailMessage:
    return _message(f"{says}\n\n________________________________\n{_BLOCK_EN}{PARENT}", encoding="base64")


def outlook_old(says: str) -> EmailMessage:
    return _message(f"{says}\n\n-----Original Message-----\n{_BLOCK_EN}{PARENT}")


def outlook_html(says: str) -> EmailMessage:
    block = "<br>".join(f"<b>{html.escape(line).replace(':', ':</b>', 1)}" for line in _BLOCK_EN.strip().splitlines())
    return _message(None, f"<body>{_paragraphs(says, 'p')}<hr><p>{block}</p>{_paragraphs(PARENT, 'p')}</body>")


def outlook_1258(says: str) -> EmailMessage:
    """An old Windows: the charset of Viet Nam before Unicode, in quoted-printable."""
    return _bytes(f"{says}\n\n-----Thư gốc-----\n{_BLOCK_VI}{PARENT}", "cp1258", "windows-1258")


def mislabelled(says: str) -> EmailMessage:
    """UTF-8 that is said to be Latin-1."""
    return _bytes(f"{says}\n\n-----Original Message-----\n{_BLOCK_EN}{PARENT}", "utf-8", "iso-8859-1")


def outlook_android(says: str) -> EmailMessage:
    return _message(
        f"{says}\n\nTải Outlook dành cho Android<https://aka.ms/AAb9ysg>\n________________________________\n"
        f"{_BLOCK_VI}{PARENT}"
    )


def disclaimed(says: str) -> EmailMessage:
    return _message(f"{says}{_DISCLAIMER}\n\n-----Original Message-----\n{_BLOCK_EN}{PARENT}")


def apple_vi(says: str) -> EmailMessage:
    return _message(
        f"{says}\n\n{_IPHONE_VI}\n\n> Vào 2 thg 1, 2024, lúc 08:00, {US} <{ADDRESS}> đã viết:\n>\n{_quoted()}"
    )


def apple_en(says: str) -> EmailMessage:
    return _message(f"{says}\n\n{_IPHONE_EN}\n\nOn Jan 2, 2024, at 08:00, {US} <{ADDRESS}> wrote:\n\n{_quoted()}")


def thunderbird_vi(says: str) -> EmailMessage:
    return _message(f"{says}\n\nVào 02/01/2024 08:00, {US} đã viết:\n{_quoted()}", flowed=True)


def thunderbird_below(says: str) -> EmailMessage:
    return _message(f"On 1/2/24 08:00, {US} wrote:\n{_quoted()}\n\n{says}\n", flowed=True)


def yahoo(says: str) -> EmailMessage:
    """The quote bears no marks."""
    return _message(f"{says}\n\n    Vào 08:00 ICT Thứ Ba, 2 tháng 1, 2024, {US} <{ADDRESS}> đã viết:  \n\n {PARENT}")


def samsung(says: str) -> EmailMessage:
    block = f"Từ: {US} <{ADDRESS}>\nNgày: 02/01/2024 08:00 (GMT+07:00)\nTới: {ME}\nChủ đề: {SUBJECT}\n\n"
    return _message(f"{says}\n\nĐược gửi từ điện thoại Galaxy của tôi\n\n-------- Thư gốc --------\n{block}{PARENT}")


def zimbra(says: str) -> EmailMessage:
    block = f'Từ: "{US}" <{ADDRESS}>\nĐến: {ME}\nĐã Gửi: Thứ ba, 02 Tháng 1 năm 2024 08:00:00\nTiêu đề: {SUBJECT}\n\n'
    return _message(f"{says}\n\n----- Thư gốc -----\n{block}{PARENT}", encoding="base64")


def unmarked(says: str) -> EmailMessage:
    """Nothing says where the quote begins, and its lines are wrapped anew."""
    return _message(f"{says}\n\n" + "\n".join(textwrap.fill(line, 60) for line in PARENT.splitlines()))


def bare(says: str) -> EmailMessage:
    return _message(says)


def alternative_without_plain(says: str) -> EmailMessage:
    """The plain form is there, and empty."""
    return _message("\n", f"<body>{_paragraphs(says)}<p>{_IPHONE_VI}</p></body>")


CLIENTS: dict[str, Callable[[str], EmailMessage]] = {
    build.__name__: build
    for build in (
        *(gmail_vi, gmail_en, gmail_below, gmail_html, gmail_signed, outlook_vi, outlook_en, outlook_old, outlook_html),
        *(outlook_1258, mislabelled, outlook_android, disclaimed, apple_vi, apple_en, thunderbird_vi),
        *(thunderbird_below, yahoo, samsung, zimbra, unmarked, bare, alternative_without_plain),
    )
}


def reply(client: str, says: str) -> bytes:
    """The raw message that `client` sends when an officer writes `says` above (or below) our letter."""
    return CLIENTS[client](says.rstrip("\n")).as_bytes()


def _message(plain: str | None, shown: str | None = None, *, encoding: str = "", flowed: bool = False) -> EmailMessage:
    message = _addressed()
    cte = encoding or "quoted-printable"
    if plain is None:
        message.set_content(shown or "", subtype="html", cte=cte)
        return message
    message.set_content(plain, cte=cte)
    if flowed:
        message.set_param("format", "flowed")
    if shown is not None:
        message.add_alternative(shown, subtype="html", cte=cte)
    return message


def _bytes(text: str, codec: str, declared: str) -> EmailMessage:
    message = _addressed()
    decomposed = text.replace("–", "-").replace("…", "...")
    content = decomposed.encode("utf-8") if codec == "utf-8" else _in_1258(decomposed)
    message.set_content(content, "text", "plain", cte="quoted-printable")
    message.set_param("charset", declared)
    del message["Content-Disposition"]
    return message


def _in_1258(text: str) -> bytes:
    """Windows-1258 writes the tone behind its letter, and the other marks with it."""
    import unicodedata

    tones = "\u0300\u0301\u0303\u0309\u0323"
    pieces = []
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        letter = unicodedata.normalize("NFC", "".join(each for each in parts if each not in tones))
        pieces.append(letter + "".join(each for each in parts if each in tones))
    return "".join(pieces).encode("cp1258")


def _addressed() -> EmailMessage:
    message = EmailMessage(policy.SMTP)
    message["From"] = f"Đoàn Sở Y tế <{ME}>"
    message["To"] = ADDRESS
    message["Subject"] = f"Re: {SUBJECT}"
    message["Message-ID"] = "<reply-1@soyte.example.org>"
    message["In-Reply-To"] = "<letter-1@doan.example.org>"
    return message
