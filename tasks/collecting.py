"""Contributions: statements in, dues asked for, and where the money stands as pages in Prefect."""

from __future__ import annotations

from pathlib import Path

from prefect.artifacts import create_markdown_artifact

from dondoc.bank.statements import contents_of
from dondoc.domain.states import Channel
from dondoc.domain.wording_money import DUE_STATES
from dondoc.log import say
from dondoc.runtime import Dondoc
from dondoc.services.follow_up import Followed, follow_up
from dondoc.services.money_overview import money_overview
from dondoc.services.statements import Imported, import_statement, preview_statement
from dondoc.store.history import Actor
from dondoc.store.queries import active_plans
from tasks.delivering import Posted
from tasks.run import repeatable
from tasks.showing import write

_OPERATOR = Actor("operator", Channel.FLOW)


@repeatable("take-in-statement")
def take_in_statement(dondoc: Dondoc, plan: str, statement: str, preview: bool) -> Imported:
    """Take in the file; lines that were imported before are known, so that trying again adds nothing."""
    path = Path(statement.strip())
    take = preview_statement if preview else import_statement
    found = take(dondoc.office, plan.strip() or None, path.name, contents_of(path), _OPERATOR)
    say(
        "statement.read",
        lines=found.lines,
        added=found.added,
        matched=len(found.matched),
        undecided=len(found.items),
        rejected=len(found.rejected),
    )
    page = write(dondoc, "statement.md", found=found, preview=preview)
    create_markdown_artifact(page, key="statement", description=f"Sao kê {found.name}")
    return found


@repeatable("collect-everything")
def collect_everything(dondoc: Dondoc) -> Followed:
    """Raise what is due, ask, remind, put before the head what is overdue or unexplained."""
    return follow_up(dondoc.office)


@repeatable("show-money")
def show_money(dondoc: Dondoc, imported: Imported | None, posted: Posted) -> None:
    """Thu – chi – tồn of each plan that collects money: a page an activity, and one for what needs a decision.

    A run that wrote to nobody and took nothing in has nothing new to show.
    """
    if imported is None and posted.is_empty:
        return
    with dondoc.office.sessions.reading() as session:
        plans = [row.id for row in active_plans(session)]
    for plan_id in plans:
        found = money_overview(dondoc.office, plan_id)
        for activity in found.activities:
            page = write(dondoc, "activity_money.md", found=found, activity=activity, states=DUE_STATES)
            key = f"money-{plan_id}-{activity.activity}".lower()
            create_markdown_artifact(page, key=key, description=f"Thu – chi – tồn: {activity.title}")
        if found.activities:
            page = write(dondoc, "money_decisions.md", found=found)
            create_markdown_artifact(page, key=f"money-{plan_id}", description="Kinh phí cần quyết định")
