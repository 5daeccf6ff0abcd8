"""What makes a command the same one when it is typed again, because nobody saw how it ended."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime


def source_of(command: str, now: datetime, *words: object) -> str:
    """The same words on the same day are one source: a run that died after it had recorded them is repeated so."""
    said = json.dumps([f"{now:%Y-%m-%d}", *words], ensure_ascii=False, default=str)
    return f"command/{command}/{hashlib.sha256(said.encode()).hexdigest()[:20]}"
