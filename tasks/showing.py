"""What a run did, as a page that the head could read: artifacts in Prefect."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from prefect.artifacts import create_markdown_artifact

from dondoc.domain import wording
from dondoc.domain.wording_money import REJECTED
from dondoc.runtime import Dondoc
from dondoc.services.overview import detail, overview
from dondoc.services.people_overview import gathering
from dondoc.services.people_watch import PREPARATIONS
from dondoc.services.results import results
from tasks.delivering import LISTED, Posted
from tasks.run import Named, repeatable

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~])")


@repeatable("show-what-changed")
def show(dondoc: Dondoc, posted: Posted, changed: Iterable[Named]) -> None:
    """A page for each occurrence that changed or that letters were sent about, for its plan, and for the letters."""
    written = [letter.about for letter in posted.letters if letter.about is not None]
    shown = dict.fromkeys([*changed, *written])
    for occurrence in shown:
        _show_occurrence(dondoc, occurrence, posted)
    for plan_id in dict.fromkeys(occurrence.plan_id for occurrence in shown):
        _show_plan(dondoc, plan_id)
    if not posted.is_empty:
        page = write(dondoc, "letters.md", done=posted.delivered, letters=posted.letters)
        create_markdown_artifact(page, key="letters", description="Thư đi trong lần gửi gần nhất")


def _show_plan(dondoc: Dondoc, plan_id: str) -> None:
    """The year as it stands: one key, so that Prefect keeps every earlier state of it."""
    found = overview(dondoc.office, plan_id)
    page = write(dondoc, "overview.md", found=found, listed=LISTED, severities=wording.SEVERITIES)
    create_markdown_artifact(page, key=f"overview-{plan_id}".lower(), description=f"Toàn cảnh: {found.title}")


def _show_occurrence(dondoc: Dondoc, occurrence: Named, posted: Posted) -> None:
    found = detail(dondoc.office, *occurrence)
    page = write(
        dondoc,
        "occurrence.md",
        line=found.line,
        units=found.units[:LISTED],
        more_units=max(0, len(found.units) - LISTED),
        people=gathering(dondoc.office, *occurrence),
        work=results(dondoc.office, *occurrence),
        preparations=PREPARATIONS,
        problems=found.problems,
        letters=posted.about(occurrence),
        verdicts=wording.VERDICTS,
        channels=wording.CHANNELS,
        decisions=wording.DECISIONS,
        severities=wording.SEVERITIES,
    )
    create_markdown_artifact(page, key=occurrence.key, description=found.line.title)


def write(dondoc: Dondoc, template: str, **fields: object) -> str:
    """A page out of `templates/artifacts`."""
    # The head's own link to the board is a secret; this address asks for it.
    board_url = f"{dondoc.settings.public_url.rstrip('/')}/bang"
    page = _templates(dondoc.settings.templates / "artifacts").get_template(template)
    return page.render({"rejected": REJECTED} | fields | {"board_url": board_url, "now": dondoc.office.clock.now()})


@cache
def _templates(folder: Path) -> Environment:
    templates = Environment(  # noqa: S701 - Markdown, which `cell` escapes
        loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    for write in (wording.dong, wording.han, wording.luc, wording.ngay, wording.rut_gon):
        templates.filters[write.__name__] = write
    templates.filters["cell"] = _cell
    return templates


def _cell(text: str) -> str:
    """The text as it is, in one line: what a unit wrote must not become a heading, a link or another column."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
