"""The letter that lets somebody in who asked for it."""

from __future__ import annotations

from datetime import datetime

from dondoc.clock import ZONE
from dondoc.mail.letters import Letter, PersonView
from dondoc.mail.letters_access import SignIn
from tests.samples.letters import HEAD, SITE

LETTERS: dict[str, Letter] = {
    "sign_in": SignIn(
        head=HEAD,
        change_recipient_url="mailto:van-phong@doan.example.org?subject=cum",
        person=PersonView(HEAD.name, HEAD.title),
        sign_in_url=f"{SITE}/dang-nhap/mMDyN1hcKJ4uXoPzk1gZ0x6l7hRrFjK0TtV3eYbQwSc",
        valid_until=datetime(2024, 4, 3, 9, 15, tzinfo=ZONE),
        ask_again_url=f"{SITE}/dang-nhap",
    ),
}
