"""Settings of an installation: from the environment (`DONDOC_…`) or a file `.env`. The plan is not a setting."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dondoc.errors import Refused, Unreadable
from dondoc.log import Style

PROJECT = Path(__file__).resolve().parents[2]
PREFECT_USER: Final = "admin"
"""As the form of Prefect's own pages suggests."""
PREFECT_PASSWORD: Final = "prefect-password"  # noqa: S105 - the name of the file
_USER_AND_PASSWORD: Final = re.compile(r"[\w.~%!$&'()*+,;=:-]*", re.ASCII)
"""As they may stand in a URL (RFC 3986, 3.2.1)."""
_URLS: Final = {
    "prefect_database_url": (r"(postgres(ql)?|sqlite)(\+\w+)?://", "postgresql://prefect:PASSWORD@127.0.0.1/prefect"),
    "redis_url": (r"rediss?://", "redis://127.0.0.1:6379/0"),
}
_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")


class Settings(BaseSettings):
    """Every setting has a default that works on one machine without any mail account."""

    model_config = SettingsConfigDict(env_prefix="DONDOC_", env_file=".env", extra="ignore", env_ignore_empty=True)

    data: Path = Field(PROJECT / "var", description="Where the database, the local mail and the secret are kept.")
    templates: Path = PROJECT / "templates"
    config: Path = PROJECT / "config"
    # Passwords stand in these three, so they are no more shown than those that stand alone.
    database_url: SecretStr = Field(SecretStr(""), description="Empty: SQLite in the data folder.")
    prefect_database_url: SecretStr = Field(
        SecretStr(""), description="Prefect's own database; empty: SQLite in the data folder."
    )
    redis_url: SecretStr = Field(SecretStr(""), description="Where several Prefect servers meet; empty: there is one.")
    prefect_url: str = Field("", description="Where workers reach Prefect; empty: on this machine.")
    prefect_password: SecretStr = Field(
        SecretStr(""), description="Opens Prefect's pages and API; empty: one is made, and kept in the data folder."
    )
    keep_names: int = Field(365, ge=1, description="Days after which those who took part are forgotten (dondoc prune).")
    keep_mail: int = Field(730, ge=1, description="Days after which letters, answers and addresses are forgotten.")
    public_url: str = Field("http://127.0.0.1:8080", description="Where the units reach the pages.")
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        ["127.0.0.1"],
        description="Addresses or networks of proxies, separated by spaces: what they say of the client is believed.",
    )
    posts_per_minute: int = Field(
        120, ge=1, description="How many forms one client may send; many people may stand behind one gateway."
    )
    secrets: Annotated[list[SecretStr], NoDecode] = Field(
        default_factory=list, description="Keys that sign links, newest first, separated by spaces; empty: one is made."
    )

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Literal["ssl", "starttls", "none"] = "none"
    smtp_connections: int = Field(3, ge=1, le=16, description="How many connections to it a run uses at most.")
    mail_from_name: str = Field("Cụm trưởng Cụm Hành chính – Sự nghiệp", description="The name letters come from.")
    mail_from: str = Field("cum-truong@doan.example.org", description="The address that letters come from.")
    reply_address: str = Field("traloi@doan.example.org", description="The mailbox for answers; it must accept +tags.")
    imap_host: str = Field("", description="The server of the mailbox for answers; empty: the local mail server.")
    imap_port: int = 993
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"
    imap_security: Literal["ssl", "starttls", "none"] = "ssl"
    sent_folder: str = Field("", description="The folder of the mailbox for answers in which all sent mail is kept.")
    authserv_id: str = Field("", description="The name in Authentication-Results that our mail server writes.")
    bounce_address: str = Field("", description="The mailbox for bounces, if it accepts +tags; empty: mail_from.")
    operator: str = Field(
        "", description="The address of whoever runs the system and hears what is wrong with it; empty: nobody does."
    )

    @field_validator("operator")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError(f"'{value}' is not an email address such as van-hanh@doan.example.org")
        return value

    @field_validator("prefect_database_url", "redis_url")
    @classmethod
    def _is_a_url(cls, value: SecretStr, about: ValidationInfo) -> SecretStr:
        """The record's own is checked where it is opened; of these two Prefect would complain in a hundred lines."""
        pattern, example = _URLS[about.field_name or ""]
        if value and not re.match(pattern, value.get_secret_value()):
            raise ValueError(f"is not such a URL: expected e.g. {example}")
        return value

    @field_validator("database_url", "prefect_database_url", "redis_url")
    @classmethod
    def _password_is_encoded(cls, value: SecretStr) -> SecretStr:
        """Part of another one would be taken for the host's name, and stand in errors."""
        scheme, _, rest = value.get_secret_value().partition("://")
        if not scheme.startswith("sqlite") and not _USER_AND_PASSWORD.fullmatch(rest.rpartition("@")[0]):
            raise ValueError("signs such as @, / and # in its user or password are written %40, %2F and %23")
        return value

    @field_validator("prefect_password")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr) -> SecretStr:
        # Prefect counts no attempts, and takes nothing but ASCII.
        if value and not re.fullmatch(r"[!-~]{12,}", value.get_secret_value()):
            raise ValueError(
                "a password of at least 12 letters, digits and signs is needed, without accents and spaces"
            )
        return value

    log: Style | None = Field(
        None,
        description="How events are logged: json or text; empty: services as their terminal wants it, commands not.",
    )
    disk_spare_mb: int = Field(500, description="How many MB must be free where the data folder lies.")
    probe_token: SecretStr = Field(
        SecretStr(""), description="Opens /metrics and the details of /health to other machines; empty: to none."
    )

    @field_validator("secrets", "trusted_proxies", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for each in value:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(f"'{each}' is not an address or a network such as 10.0.0.0/24") from None
        return value

    @property
    def database(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{self.data / 'dondoc.db'}"

    @property
    def has_local_mail(self) -> bool:
        """Without a mail account of one's own the letters stay on this machine."""
        return self.smtp_host in ("127.0.0.1", "localhost") and not self.smtp_user

    @property
    def mail_account(self) -> str:
        """What tells this mail account from others, without its password."""
        return f"{self.smtp_user or 'anonymous'}@{self.smtp_host}:{self.smtp_port}"

    def signing_keys(self) -> tuple[str, ...]:
        """The keys, newest first; without a configured one, the key kept in the data folder, made once."""
        if self.secrets:
            return tuple(secret.get_secret_value() for secret in self.secrets)
        return (_kept(self.data / "secret", "the key that signs links"),)

    @property
    def is_prefect_elsewhere(self) -> bool:
        """Whether other machines take part, so that no password can be agreed on in the data folder."""
        host = urlsplit(self.prefect_url).hostname
        return bool(self.redis_url) or host not in (None, "127.0.0.1", "localhost", "::1")

    def prefect_access(self) -> str:
        """`user:password` as Prefect wants it; without a configured password, the one kept in the data folder.

        Raises Refused where several machines would each make one of their own.
        """
        password = self.prefect_password.get_secret_value()
        if not password and self.is_prefect_elsewhere:
            raise Refused(
                "several machines need the same password of Prefect: set DONDOC_PREFECT_PASSWORD on all of them"
            )
        return f"{PREFECT_USER}:{password or _kept(self.data / PREFECT_PASSWORD, 'the password of Prefect')}"


def _kept(place: Path, what: str) -> str:
    """The secret word that is kept there, readable by us alone; made the first time."""
    try:
        return place.read_text("ascii").strip()
    except FileNotFoundError:
        return _made(place, what)


def _made(kept: Path, what: str) -> str:
    """A new word, or the one that another process has made meanwhile. Raises Unreadable when it cannot be kept."""
    made = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(32), "ascii")
        with suppress(FileExistsError):
            kept.hardlink_to(made)  # atomic: two processes that start together agree on one
    except OSError as error:
        raise Unreadable(f"{kept}, which holds {what}, cannot be written: {error.strerror}") from None
    finally:
        made.unlink(missing_ok=True)
    return kept.read_text("ascii").strip()


def read_settings() -> Settings:
    """The settings of this process. Raises Unreadable, naming the variable, when one is not what it should be."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "DONDOC_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Unreadable(f"{name}: {first['msg']}") from None
