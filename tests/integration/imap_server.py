"""A real Dovecot in a temporary folder on a free loopback port; the system's own configuration is not touched."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from imaplib import IMAP4
from pathlib import Path

from dondoc.mail.imap import ImapSettings

PASSWORD = "secret"
DOVECOT = shutil.which("dovecot") or ("/usr/sbin/dovecot" if Path("/usr/sbin/dovecot").exists() else None)
_CONFIG = """
base_dir={home}/run
state_dir={home}/state
log_path={home}/log
protocols=imap
{tls}
disable_plaintext_auth=no
default_internal_user={user}
default_login_user={user}
default_internal_group={group}
first_valid_uid=1
first_valid_gid=1
auth_username_format=%n
auth_failure_delay=0
mail_location=maildir:{home}/mail/%n
passdb {{
  driver=static
  args=password=secret
}}
userdb {{
  driver=static
  args=uid={uid} gid={gid} home={home}/home/%n allow_all_users=yes
}}
namespace {{
  inbox=yes
}}
service anvil {{
  chroot=
}}
service imap-login {{
  chroot=
  inet_listener imap {{
    address=127.0.0.1
    port={port}
  }}
  inet_listener imaps {{
    address=127.0.0.1
    port={tls_port}
    ssl=yes
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """The running server; every user has the password "secret"."""

    home: Path
    port: int
    tls_port: int
    """Encrypted from the first byte on; nobody answers there without a certificate."""

    @property
    def log(self) -> Path:
        return self.home / "log"

    def settings(self, user: str = "traloi", *, password: str = PASSWORD, port: int | None = None) -> ImapSettings:
        return ImapSettings("127.0.0.1", port or self.port, user, password, "none", timeout=10)

    def deliver(self, *messages: bytes, user: str = "traloi", folder: str = "INBOX") -> None:
        with self.client(user) as client:
            for message in messages:
                assert client.append(folder, "", "", message)[0] == "OK"

    @contextmanager
    def client(self, user: str = "traloi") -> Iterator[IMAP4]:
        with IMAP4("127.0.0.1", self.port) as client:
            client.login(user, PASSWORD)
            yield client

    def flags(self, user: str = "traloi") -> bytes:
        with self.client(user) as client:
            client.select("INBOX", readonly=True)
            return b"".join(part for part in client.fetch("1:*", "(FLAGS)")[1] if isinstance(part, bytes))


@contextmanager
def dovecot(home: Path, certificate: Path | None = None) -> Iterator[Dovecot]:
    """A server; with `certificate`, a PEM file that also holds its key, it offers TLS on both ports."""
    assert DOVECOT is not None
    with socket.socket() as plain, socket.socket() as encrypted:
        for probe in (plain, encrypted):
            probe.bind(("127.0.0.1", 0))
        port, tls_port = plain.getsockname()[1], encrypted.getsockname()[1]
    # Dovecot opens no mail as root; where the tests run as root, the mail belongs to "nobody".
    mail = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    group = grp.getgrgid(mail.pw_gid).gr_name
    config = home / "dovecot.conf"
    for folder in (home, *(home / name for name in ("mail", "home", "run", "state"))):
        folder.mkdir(exist_ok=True)
        os.chown(folder, mail.pw_uid, mail.pw_gid)
    tls = f"ssl=yes\nssl_cert=<{certificate}\nssl_key=<{certificate}" if certificate else "ssl=no"
    accounts = {"user": mail.pw_name, "group": group, "uid": mail.pw_uid, "gid": mail.pw_gid}
    config.write_text(_CONFIG.format(home=home, port=port, tls_port=tls_port, tls=tls, **accounts), "utf-8")
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(process, port, home / "log")
        yield Dovecot(home, port, tls_port)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            with IMAP4("127.0.0.1", port):
                return
        except (OSError, IMAP4.error):
            time.sleep(0.05)
    said = log.read_text("utf-8", "replace") if log.exists() else ""
    raise AssertionError(f"dovecot does not answer: {said}")
