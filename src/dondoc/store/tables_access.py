"""The tables of who asked to sign in and who is signed in. What they may do stands in the plan, never here.

Tokens and cookies are kept as digests, so that whoever reads the record cannot use them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dondoc.store.tables import Key, Row

SIGN_IN: Final = "sign_in"
"""The kind of the letter that brings a one-time link."""
SIGN_IN_LIFE: Final = timedelta(minutes=15)
"""For how long that link opens anything."""


class SignInRow(Row):
    """A one-time link that a letter brings; it opens nothing once it was used."""

    __tablename__ = "sign_ins"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    digest: Mapped[str]
    address: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StayRow(Row):
    """Somebody is signed in with one browser, from one moment to another."""

    __tablename__ = "stays"
    __table_args__ = (
        UniqueConstraint("digest"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_because"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    digest: Mapped[str]
    address: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When a page was last asked for, give or take some minutes: not every look is written down."""
    expires_at: Mapped[datetime]
    """When it ends even if it is used all the time."""
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
