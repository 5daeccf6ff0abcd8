"""Backups: one file with all that an installation cannot make again, and the way back.

In it are the record, the secret that signs links, rolled plans and the local mail. Not in it: the settings (`.env`),
which hold passwords, and Prefect's own database, which the next start makes anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from dondoc.clock import Clock, SystemClock
from dondoc.config import Settings
from dondoc.errors import Refused, Unreachable, Unreadable
from dondoc.presence import alone
from dondoc.runtime import build_office
from dondoc.services.restored import mark_restored
from dondoc.store.copies import copy_sqlite, dump_postgresql, kind_of, replacing_postgresql, sqlite_file
from dondoc.store.database import Sessions, open_engine
from dondoc.store.history import Actor
from dondoc.store.schema import migrate

_FORMAT = 1
_ABOUT = "about.json"
_RECORDS = {"sqlite": "record.sqlite", "postgresql": "record.pgdump"}
_FOLDERS = ("plans", "mail")
"""Of the data folder; whatever stands in them has a name of its own, and is never changed."""
_SECRET = "secret"  # noqa: S105 - the name of the file


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself."""

    format: int
    taken_at: str
    database: str
    """sqlite or postgresql: one cannot be restored into the other."""
    digest: str
    """SHA-256 of the record."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    taken_at: datetime
    kept: Path | None
    """Where the record is kept that was there before."""
    replaced_secret: bool


def back_up(settings: Settings, target: Path, clock: Clock | None = None) -> Path:
    """Write a backup into the file or, named by the moment, into the folder `target`; others may work meanwhile."""
    now = (clock or SystemClock()).now()
    file = target / f"dondoc-{now:%Y%m%d-%H%M%S}.tar.gz" if target.is_dir() else target
    if file.exists():
        raise Refused(f"{file} exists already: name another file, or a folder")
    kind = kind_of(settings.database)
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".dondoc-backup") as folder:
            record = Path(folder, _RECORDS[kind])
            if kind == "sqlite":
                _must_exist(sqlite_file(settings.database))
                copy_sqlite(sqlite_file(settings.database), record)
            else:
                dump_postgresql(settings.database, record)
            about = About(_FORMAT, now.isoformat(), kind, _digest(record))
            written = Path(folder, "backup.tar.gz")
            _write(written, about, record, settings.data)
            written.replace(file)
    except OSError as error:
        raise Unreachable(f"{file} cannot be written: {error.strerror or error}") from None
    return file


def _must_exist(record: Path) -> None:
    if not record.exists():
        raise Unreadable(f"{record} is not there: is DONDOC_DATA the folder of the installation?")


def _write(file: Path, about: About, record: Path, data: Path) -> None:
    file.touch(mode=0o600)
    with file.open("wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
            said = json.dumps(asdict(about)).encode()
            member = tarfile.TarInfo(_ABOUT)
            member.size = len(said)
            archive.addfile(member, io.BytesIO(said))
            archive.add(record, record.name)
            for name in (_SECRET, *_FOLDERS):
                if (data / name).exists():
                    archive.add(data / name, name, filter=_unless_unfinished)
        out.flush()
        os.fsync(out.fileno())


def _unless_unfinished(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Letters that are being written just now are no letters yet."""
    return None if "/tmp/" in member.name else member  # noqa: S108 - of a Maildir


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def restore(settings: Settings, file: Path, by: Actor, clock: Clock | None = None) -> Restored:
    """Put a backup in the place of what is there; from then on nothing leaves that may have left before.

    What is there is kept beside it. Raises Unreadable for a file that is no whole backup, Refused when Dondoc runs,
    or when the record is of another kind than the settings say.
    """
    moment = clock or SystemClock()
    with alone(settings.data), _opened(file, settings.data) as (folder, about):
        kind = kind_of(settings.database)
        if about.database != kind:
            raise Refused(f"{file} holds a record of {about.database}, but the settings name {kind}")
        taken_at, record = datetime.fromisoformat(about.taken_at), folder / _RECORDS[kind]
        replaced = _put_back_the_secret(folder, settings.data, moment)
        if kind == "sqlite":
            kept = _put_back_sqlite(settings, record, taken_at, by, moment)
        else:
            kept = _put_back_postgresql(settings, record, taken_at, by, moment)
        for name in _FOLDERS:
            _add_what_is_missing(folder / name, settings.data / name)
    return Restored(taken_at, kept, replaced)


def restored_otherwise(settings: Settings, taken_at: datetime, by: Actor, clock: Clock | None = None) -> None:
    """The database was put back by other means, as of `taken_at`: hold back what may have left."""
    with alone(settings.data):
        _mark(settings, settings.database, taken_at, by, clock or SystemClock())


@contextmanager
def _opened(file: Path, data: Path) -> Iterator[tuple[Path, About]]:
    """The backup's parts in a folder that is gone afterwards, and what it says of itself."""
    with tempfile.TemporaryDirectory(dir=data, prefix=".restore") as name:
        folder = Path(name)
        try:
            with tarfile.open(file, "r:gz") as archive:
                _take_out(archive, folder)
            about = About(**json.loads((folder / _ABOUT).read_bytes()))
            whole = about.format == _FORMAT and _digest(folder / _RECORDS[about.database]) == about.digest
        except FileNotFoundError as error:
            raise Unreadable(f"{file} is no backup of Dondoc: {error.strerror or error}") from None
        except (tarfile.TarError, OSError, EOFError, ValueError, TypeError, KeyError) as error:
            raise Unreadable(f"{file} is no whole backup: {error}") from None
        if not whole:
            raise Unreadable(f"{file} is damaged: its record is not the one that was backed up")
        yield folder, about


def _take_out(archive: tarfile.TarFile, folder: Path) -> None:
    """Its files and folders, and nothing else: no links, and nothing that would lie elsewhere.

    The standard library's filter for this is missing in the Python that Debian 12 comes with.
    """
    for member in archive:
        place = (folder / member.name).resolve()
        if not place.is_relative_to(folder.resolve()) or not (member.isdir() or member.isfile()):
            continue
        (place if member.isdir() else place.parent).mkdir(parents=True, exist_ok=True)
        if member.isdir():
            continue
        content = archive.extractfile(member)
        assert content is not None  # noqa: S101 - it is a file
        with place.open("wb") as out:
            shutil.copyfileobj(content, out)
        os.utime(place, (member.mtime, member.mtime))


def _put_back_sqlite(settings: Settings, record: Path, taken_at: datetime, by: Actor, clock: Clock) -> Path | None:
    """Mark the copy first, so that there is no moment at which an unmarked record is in its place."""
    _mark(settings, f"sqlite:///{record}", taken_at, by, clock)
    place, kept = sqlite_file(settings.database), None
    if place.exists():
        kept = place.with_name(f"{place.name}.before-{clock.now():%Y%m%d-%H%M%S}")
        with suppress(Unreachable):  # a record that cannot be read is why one restores
            copy_sqlite(place, kept)
    try:
        copy_sqlite(record, place)
    except Unreachable:
        _set_aside(place)
        copy_sqlite(record, place)
    return kept if kept and kept.exists() else None


def _set_aside(place: Path) -> None:
    """Get a file out of the way that is no database any more, with its journal."""
    for name in (place.name, f"{place.name}-wal", f"{place.name}-shm"):
        with suppress(FileNotFoundError):
            place.with_name(name).rename(place.with_name(f"damaged-{name}"))


def _put_back_postgresql(settings: Settings, record: Path, taken_at: datetime, by: Actor, clock: Clock) -> Path:
    kept = settings.data / f"record.pgdump.before-{clock.now():%Y%m%d-%H%M%S}"
    dump_postgresql(settings.database, kept)
    with replacing_postgresql(settings.database, record) as url:
        _mark(settings, url, taken_at, by, clock)
    return kept


def _mark(settings: Settings, url: str, taken_at: datetime, by: Actor, clock: Clock) -> None:
    engine = open_engine(url)
    try:
        migrate(engine)
        mark_restored(build_office(settings, Sessions(engine), clock), taken_at, by)
    finally:
        engine.dispose()


def _put_back_the_secret(folder: Path, data: Path, clock: Clock) -> bool:
    """The key of the backup, because its links are signed with it; returns whether another one was there."""
    backed_up, there = folder / _SECRET, data / _SECRET
    if not backed_up.exists() or (there.exists() and there.read_bytes() == backed_up.read_bytes()):
        return False
    had_another = there.exists()
    if had_another:
        there.rename(data / f"{_SECRET}.before-{clock.now():%Y%m%d-%H%M%S}")
    backed_up.chmod(0o600)
    backed_up.replace(there)
    return had_another


def _add_what_is_missing(source: Path, target: Path) -> None:
    """Newer mail stays: it is proof of what left, and answers are read from it again."""
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        elif not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, there)
