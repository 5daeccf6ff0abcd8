"""Answers in: what came by mail is kept, read, and recorded or held."""

from __future__ import annotations

from dondoc.runtime import Dondoc
from dondoc.services.intake import Heard
from tasks.run import repeatable


@repeatable("read-the-mailbox")
def read_the_mailbox(dondoc: Dondoc) -> Heard:
    """Read what is new; a retry goes on where the last look ended."""
    return dondoc.hear()
