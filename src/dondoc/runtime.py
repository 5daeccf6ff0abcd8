"""Putting the parts together for one run: the only place that knows all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from dondoc.bank.layouts import read_banks
from dondoc.clock import Clock, SetClock, SystemClock, local
from dondoc.config import Settings, read_settings
from dondoc.documents.official import Press
from dondoc.domain.calendar import vietnam
from dondoc.log import during, written
from dondoc.mail.addresses import BounceAddresses, ReplyAddresses
from dondoc.mail.imap import ImapMailbox, ImapSettings
from dondoc.mail.inboxes import folder_of
from dondoc.mail.maildir_in import MaildirMailbox
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.render import Renderer
from dondoc.mail.sent import ImapSent, LocalSent, SentMail
from dondoc.mail.smtp import SmtpSettings, SmtpTransport
from dondoc.planfile import load_holidays
from dondoc.presence import present
from dondoc.services.deliver import Delivered, deliver, letters_wait
from dondoc.services.health import check_up
from dondoc.services.incidents import watch
from dondoc.services.intake import Heard, hear
from dondoc.services.links import Links
from dondoc.services.office import Office, Stationery
from dondoc.store.database import Sessions, open_engine, reachable
from dondoc.store.outbox import Claimed
from dondoc.store.schema import migrate


@dataclass(frozen=True, slots=True)
class Dondoc:
    """One run's view of an installation."""

    settings: Settings
    office: Office

    def letters_wait(self) -> bool:
        return letters_wait(self.office.sessions)

    def deliver(self, on_sent: Callable[[Claimed], object] = lambda _: None, *, counts: bool = True) -> Delivered:
        """Drain the outbox through the configured mail account; `counts` as in `services.deliver`."""
        account = _smtp(self.settings)
        connections = [SmtpTransport(account) for _ in range(self.settings.smtp_connections)]
        with ParallelTransport(connections) as transport:
            return deliver(
                self.office.sessions,
                transport,
                self.office.clock,
                account=self.settings.mail_account,
                sender=self._envelope_sender(),
                on_sent=on_sent,
                counts=counts,
            )

    def hear(self) -> Heard:
        """Read what is new in the mailbox for answers. Raises Unreachable when it is away."""
        settings = self.settings
        if settings.imap_host:
            account = _imap(settings, settings.imap_folder)
            name = f"imap/{account.user}@{account.host}/{account.folder}"
            return hear(self.office, ImapMailbox(account), name)
        folder = settings.data / "mail" / folder_of(settings.reply_address)
        return hear(self.office, MaildirMailbox(folder), f"maildir/{settings.reply_address}")

    def sent_mail(self) -> SentMail | None:
        """Where the letters that left are kept; None when nothing that we can read keeps them."""
        settings, domain = self.settings, self.office.stationery.domain
        if settings.imap_host:
            return ImapSent(_imap(settings, settings.sent_folder), domain) if settings.sent_folder else None
        kept = settings.data / "mail"
        return LocalSent(kept, domain) if settings.has_local_mail and kept.is_dir() else None

    def watch(self) -> int:
        """Look what is wrong with the installation and write to the operator; returns how many letters were written."""
        settings = self.settings
        found = check_up(self.office.sessions, self.office.clock.now(), settings.data, settings.disk_spare_mb << 20)
        return watch(self.office, settings.operator, found)

    def _envelope_sender(self) -> Callable[[int], str]:
        """A bounce address for each letter where the mailbox takes them (VERP); else the one letters come from."""
        bounces = self.office.bounces
        return bounces.for_letter if bounces is not None else lambda _: self.settings.mail_from


def _imap(settings: Settings, folder: str) -> ImapSettings:
    return ImapSettings(
        host=settings.imap_host,
        port=settings.imap_port,
        user=settings.imap_user,
        password=settings.imap_password.get_secret_value(),
        security=settings.imap_security,
        folder=folder,
    )


def _smtp(settings: Settings) -> SmtpSettings:
    return SmtpSettings(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user or None,
        password=settings.smtp_password.get_secret_value() or None,
    )


@contextmanager
def running(
    as_of: datetime | None = None, settings: Settings | None = None, run: str | None = None
) -> Iterator[Dondoc]:
    """Everything a run needs, with the database brought up to date; `as_of` sets the clock, `run` names it in the log.

    Raises DondocError when the installation cannot run.
    """
    chosen = settings or read_settings()
    with written(chosen.log), during(run), present(chosen.data):
        engine = open_engine(chosen.database)
        try:
            migrate(engine)
            clock: Clock = SetClock(local(as_of)) if as_of is not None else SystemClock()
            with reachable(engine):
                yield Dondoc(chosen, build_office(chosen, Sessions(engine), clock))
        finally:
            engine.dispose()


@lru_cache
def _renderer(folder: Path) -> Renderer:
    """Its templates are compiled once, however many offices a process opens."""
    return Renderer(folder)


def build_office(settings: Settings, sessions: Sessions, clock: Clock) -> Office:
    keys = settings.signing_keys()
    return Office(
        sessions=sessions,
        clock=clock,
        calendar=vietnam(load_holidays(settings.config / "holidays.yaml")),
        stationery=Stationery(
            renderer=_renderer(settings.templates / "emails"),
            replies=ReplyAddresses.at(settings.reply_address, keys),
            sender=(settings.mail_from_name, settings.mail_from),
        ),
        links=Links(keys, settings.public_url),
        press=Press(settings.templates / "documents"),
        banks=read_banks(settings.config),
        bounces=BounceAddresses.at(settings.bounce_address, keys) if settings.bounce_address else None,
        authserv_id=settings.authserv_id or None,
    )
