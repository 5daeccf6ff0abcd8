"""Answers in: what came by mail is kept, read, and recorded or held."""

from __future__ import annotations

from prefect import get_run_logger

from dondoc.runtime import Dondoc
from dondoc.services.intake import Heard
from tasks.run import repeatable


@repeatable("read-the-mailbox")
def read_the_mailbox(dondoc: Dondoc) -> Heard:
    """Read what is new; a retry goes on where the last look ended."""
    heard = dondoc.hear()
    if heard != Heard():
        figures = (heard.fetched, heard.recorded, heard.held, heard.ignored)
        get_run_logger().info("messages: %d new, %d recorded, %d held, %d ignored", *figures)
    return heard
