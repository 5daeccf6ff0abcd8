"""The `dondoc` command; each subcommand is imported when it is called, so that `--help` is quick."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from dondoc.errors import DondocError

_COMMANDS = {
    "up": ("dondoc.cli.up:up", "Start everything on this machine: Prefect, pages, local mail."),
    "serve": ("dondoc.cli.serve:serve", "Start one part of it: for a machine of its own, or for systemd."),
    "deploy": ("dondoc.cli.serve:deploy", "Bring the record up to date and put prefect.yaml in force."),
    "plan": ("dondoc.cli.plan:plan", "Check, show, load and roll a cluster's yearly plan."),
    "status": ("dondoc.cli.status:status", "Where things stand, and what needs a decision."),
    "consult": ("dondoc.cli.office:consult", "Open, close or decide a consultation."),
    "occurrence": (
        "dondoc.cli.occurrence:occurrence",
        "Set its day, postpone, skip, merge, cancel it.",
    ),
    "pause": ("dondoc.cli.occurrence:pause", "Stop everything about an activity at once."),
    "resume": ("dondoc.cli.occurrence:resume", "Go on with an activity that was paused."),
    "respond": ("dondoc.cli.office:respond", "Record an answer on a unit's behalf."),
    "collect": ("dondoc.cli.money:collect", "Ask for contributions, remind, tell the head what is overdue."),
    "bank": ("dondoc.cli.money:bank", "Take in bank statements, and say what money is for."),
    "money": ("dondoc.cli.money:money", "What was collected, spent and is left; decisions about it."),
    "export": ("dondoc.cli.export:export", "Write tables for Excel: ledger, resources, scoreboard."),
    "problem": ("dondoc.cli.problems:problem", "List, raise, acknowledge, resolve and report problems."),
    "work": ("dondoc.cli.work:work", "Assignments, resources, results, evaluation, bulletins."),
    "participants": ("dondoc.cli.participants:participants", "Who takes part: lists, the roll-call, who came."),
    "follow-up": ("dondoc.cli.office:follow_up", "Do what has fallen due: openings, reminders, closings."),
    "intake": ("dondoc.cli.office:intake", "Read the mailbox for answers."),
    "deliver": ("dondoc.cli.office:deliver", "Send the letters that wait in the outbox."),
    "sign-out": ("dondoc.cli.access:sign_out", "End the stay of somebody who is signed in, or of everybody."),
    "backup": ("dondoc.cli.safety:backup", "Write everything that cannot be made again into one file."),
    "restore": ("dondoc.cli.safety:restore", "Put a backup back; nothing that may have left is sent again."),
    "reconcile": ("dondoc.cli.safety:reconcile", "Find out what became of letters that the record cannot tell."),
    "prune": ("dondoc.cli.prune:prune", "Remove personal data whose time is over; says first what it would remove."),
    "rehearse": ("dondoc.cli.rehearse:rehearse", "Play a plan against a simulated clock, without sending anything."),
}

_EXAMPLES = """\b
Examples:
  dondoc plan check config/plans/hcsn-2024.yaml
  dondoc rehearse config/plans/hcsn-2024.yaml --out rehearsal
  dondoc plan load config/plans/hcsn-2024.yaml
  dondoc status
  dondoc respond opinion/visit-2024-q1/so-y-te agree --by "đ/c trực ban" --channel phone --evidence "gọi lúc 9 giờ"
  dondoc consult visit-2024-q1 proceed --reason "Các đơn vị đã thống nhất qua điện thoại"

\b
Exit status: 0 done, 1 refused by a rule, 2 wrong usage or unreadable input.
"""


class _LazyGroup(click.Group):
    """Knows its commands' names and summaries without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 - a mistake of ours, not of the user
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DondocError as error:
            click.echo(f"dondoc: {error}", err=True)
            ctx.exit(error.exit_status)


@click.group(cls=_LazyGroup, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dondoc")
def group() -> None:
    """Run the yearly plan of a cluster: consult the units, follow up, tell the head what needs a decision."""


def main() -> None:
    """Entry point of the `dondoc` command."""
    sys.exit(group())
