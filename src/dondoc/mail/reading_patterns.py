"""How mail programs mark what is not the sender's own: quotes, signatures, disclaimers, in Vietnamese and English."""

from __future__ import annotations

import re

_ANY = re.IGNORECASE

WROTE = re.compile(
    r"(?=.*(\d|@))("
    r"(on|vào|vao|ngày|ngay|lúc|am|le)\b.{5,380}?(wrote|đã viết|da viet|viết|đã ghi)\s*:?"
    r"|.{3,200}?<?[^\s<>@]+@[^\s<>@]+>?.{0,60}(wrote|đã viết|da viet|viết)\s*:"
    r"|\d{4}[-/]\d\d?[-/]\d\d? .{5,200}(<[^\s<>@]+@[^\s<>@]+>|wrote|viết)\s*:"
    r")",
    _ANY,
)
"""The line above a quote: Gmail, Apple Mail, Thunderbird, Yahoo. It names a day or an address."""
WRITTEN = ("wrote", "viết", "viet", "ghi")
"""How it ends, but for the colon."""

SEPARATOR = re.compile(
    r"[-_=]{2,}\s*(original (message|appointment)|forwarded message|thư gốc|tin nhắn gốc|thông điệp gốc|nội dung gốc"
    r"|email gốc|thư (đã )?(được )?chuyển tiếp|tin nhắn (đã )?(được )?chuyển tiếp|begin forwarded message)\s*[-_=]{2,}"
    r"|begin forwarded message:|bắt đầu thư được chuyển tiếp:",
    _ANY,
)
FIELDS = re.compile(
    r"\*?(từ|người gửi|from|gửi|đã gửi|đã gửi lúc|ngày gửi|sent|ngày|date|thời gian|đến|tới|người nhận|to|cc|đồng gửi"
    r"|chủ đề|tiêu đề|v/v|subject|reply-to|trả lời)\s*:\*?(\s|$)",
    _ANY,
)
"""A header as Outlook, Zimbra and Samsung print them above the earlier letter; three different ones make a block."""
RULE = re.compile(r"[_\-=—–]{5,}")

SENT_FROM = re.compile(
    r"((đã )?(được )?gửi từ (i|điện thoại|máy|mail|outlook|yahoo|gmail|zalo|samsung|android|oppo|thiết bị|thư|hộp)"
    r"|sent from (my|mail|outlook|yahoo|gmail|samsung|an? |the )|sent via |get outlook for"
    r"|(tải|tải xuống|nhận) outlook (cho|dành cho)|virus-free|không có vi-?rút|\[cid:|\[image:|\[hình ảnh:)",
    _ANY,
)
DISCLAIMER = re.compile(
    r"(disclaimer|confidentiality( notice)?|tuyên bố (miễn trừ|từ chối)|miễn trừ trách nhiệm"
    r"|this (e-?mail|message)( and|,|\s+(is|may))|the information (contained|in this)"
    r"|thông tin (chứa )?trong (e-?mail|thư( điện tử)?) này|(e-?mail|thư điện tử) này (và|chỉ|có)"
    r"|please consider the environment|hãy cân nhắc|hãy nghĩ đến môi trường|(lưu ý|cảnh báo) bảo mật)",
    _ANY,
)
CLOSING = re.compile(
    r"(xin )?((chân thành|trân trọng|rất) )?"
    r"(trân trọng|cảm ơn|cám ơn|thân mến|thân ái|thân|kính thư|kính chào|kính|(best |kind )?regards|(many )?thanks"
    r"|thank you|thanks (and|&) regards|br)"
    r"( (kính chào|cảm ơn|và kính chào|cụm trưởng|đồng chí|anh|chị|em|nhiều|ạ|you))*\s*[.,!/;]*",
    _ANY,
)
MORE = re.compile(r"^(p/?s|t/?b|tái bút|lưu ý|ngoài ra|nhưng|tuy nhiên|à)\b|[?]|(?<![.\w])\w{3,}[.!]$", _ANY)
"""What stands below the closing formula and is no signature."""
CONTACT = re.compile(
    r"(đt|điện thoại|tel|phone|mobile|di động|hotline|fax|e-?mail|địa chỉ|đ/c|add|address|website|web|zalo)\s*[:.]"
    r"|[+(]?\d[\d .()+-]{7,}$|www\.|https?://\S+$|[^\s@]+@[^\s@]+$",
    _ANY,
)
