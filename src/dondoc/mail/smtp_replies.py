"""What the replies of a mail server mean for a letter (RFC 5321, 4.2; RFC 3463 for the enhanced codes).

Servers word the same refusal in many ways, so the enhanced code decides where there is one. The codes of quotas
and accounts are those that Gmail (5.4.5) and Exchange Online (5.1.90, 432) document.
"""

from __future__ import annotations

import re
import smtplib

from dondoc.mail.transport import Accepted, Deferred, Outcome, Rejected

_ACCOUNT = {421, 432, 454, 530, 534, 535, 538}
_QUOTA = re.compile(r"\b[45]\.4\.5\b|\b5\.1\.90\b")
_NO_SUCH_ADDRESS = re.compile(
    r"\b5\.(1\.(1|2|3|6|10)|2\.1)\b"
    r"|unknown (user|recipient|mailbox)|(user|recipient|mailbox) (unknown|not found)|no such (user|recipient|mailbox)",
    re.IGNORECASE,
)


def refusal(code: int, answer: bytes, *, about_recipient: bool = True) -> Deferred | Rejected:
    """What a reply other than the wanted one means.

    `about_recipient` False: it was given before the recipient was named. Raises SMTPServerDisconnected when it
    is no refusal at all, for then nothing that follows can be trusted.
    """
    said = words(answer)
    if code in _ACCOUNT or _QUOTA.search(said):
        return Deferred(code, said, channel=True)
    if 400 <= code < 500:
        return Deferred(code, said)
    if 500 <= code < 600:
        return Rejected(code, said, bad_address=about_recipient and _NO_SUCH_ADDRESS.search(said) is not None)
    raise smtplib.SMTPServerDisconnected(f"the server does not speak SMTP: {code} {said}")


def verdict(code: int, answer: bytes) -> Outcome:
    """What the reply to the final dot means; one that cannot be read raises, too."""
    if 200 <= code < 300:
        return Accepted(f"{code} {words(answer)}")
    return refusal(code, answer)


def words(answer: bytes | str) -> str:
    """An answer on one line, short enough for a note."""
    text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
    return " ".join(text.split())[:500]
