"""`flask backup …`: on a bad day these four are what there is."""

from __future__ import annotations

import datetime as dt
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from server.backups import actions
from server.backups.actions import Around, Wish
from server.backups.actions.stores import Stored
from server.backups.queries.rows import backup_named
from server.backups.refusals import BackupRefused
from server.crypto.streams import Source
from server.database.extension import current_session
from server.domain.access import Actor, Role
from server.web.messages import message_for

backup = AppGroup("backup", help="Sealed copies of the database and the files it names.")
_MB: Final = 1024 * 1024


def around() -> Around:
    """The backups of this deployment."""
    config = current_app.config
    return Around(config["DATA_DIR"], config["BACKUPS"], lambda: dt.datetime.now(dt.UTC))


@backup.command("create")
def create() -> None:
    """Make a backup now, and let go of those that the rule no longer keeps."""
    with _told():
        row = actions.make_backup(current_session(), _operator(), around())
        click.echo(f"{row.name}  {_megabytes(row.size)}  {row.rows} rows, {row.files} files")
        if row.files_lost:
            click.echo(f"{row.files_lost} files that the database names are gone", err=True)
        for name in actions.drop_old(current_session(), _operator(), around()):
            click.echo(f"dropped {name}")


@backup.command("list")
def list_all() -> None:
    """List what lies in the place of backups, the newest first; needs no database."""
    with _told():
        store = actions.open_store(around().place)
        click.echo(store.place, err=True)
        for each in store.list():
            click.echo(f"{each.name}  {_megabytes(each.size)}  {_verified(each)}")


@backup.command("verify")
@click.argument("name", required=False)
def verify(name: str | None) -> None:
    """Try NAME, a backup of the place or a file, the newest by default; exit 1 if it is bad."""
    with _told():
        file = Path(name) if name and Path(name).is_file() else None
        if file is not None:
            found = actions.verify_file(current_session(), around(), _file(file))
        else:
            name = name or _newest()
            found = actions.verify_backup(current_session(), _operator(), around(), name)
        click.echo(
            f"{name}: good; {found.rows} rows, audit chain of {found.audited} entries whole,"
            f" {found.files} files"
            if found.how == "whole"
            else f"{name}: whole and counted, {found.rows} rows, {found.files} files;"
            " not restored for trial: this user may not create databases"
        )
        for number, what in ((found.lost, "were gone"), (found.unreadable, "were damaged")):
            if number:
                click.echo(f"{number} files {what} when it was made", err=True)


@backup.command("restore")
@click.argument("name")
@click.option("--replace", is_flag=True, help="Replace a bank; what was there is kept aside.")
@click.option("--force", is_flag=True, help="Although other processes have the database open.")
def restore(name: str, *, replace: bool, force: bool) -> None:
    """Restore NAME, a backup of the place or a file. Stop web and worker before."""
    with _told():
        wish = Wish(name, replace=replace, force=force)
        done = actions.restore_backup(current_session(), _operator(), around(), _source(name), wish)
    click.echo(f"restored: as of {done.made_at}, {done.rows} rows, {done.files} files brought back")
    if done.found:
        click.echo(f"{done.found} photos of devices were found that came after the backup")
    if done.aside:
        click.echo(f"what was there before: {done.aside}")
    click.echo(f"new epoch {done.epoch}, numbers go on from {done.number}")
    click.echo("Everybody signs in anew; devices send again what they keep.")


def _operator() -> Actor:
    now = dt.datetime.now(current_app.config["TIMEZONE"])
    return Actor(None, "命令行", Role.ADMINISTRATOR, None, now, now.date(), "cli")


@contextmanager
def _told() -> Iterator[None]:
    """Say a refusal with its code; SIGTERM ends as Ctrl-C does, and leaves nothing half done."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    except BackupRefused as refusal:
        raise click.ClickException(f"{refusal.reason}: {message_for(refusal)}") from refusal
    finally:
        signal.signal(signal.SIGTERM, before)


def _source(name: str) -> Callable[[], AbstractContextManager[Source]]:
    file = Path(name)
    if file.is_file():
        return _file(file)
    store = actions.open_store(around().place)
    return lambda: store.open(name)


def _file(path: Path) -> Callable[[], AbstractContextManager[Source]]:
    return lambda: path.open("rb")


def _newest() -> str:
    found = actions.open_store(around().place).list()
    if not found:
        raise BackupRefused("missing", name="")
    return found[0].name


def _verified(stored: Stored) -> str:
    """What the database knows of it, where there is a database."""
    try:
        row: Any = backup_named(current_session(), stored.name)
    except SQLAlchemyError:
        current_session().rollback()
        return ""
    if row is None:
        return "unknown to the database"
    if row.verify_error:
        return f"BAD: {row.verify_error}"
    return f"verified {row.verified_at:%Y-%m-%d %H:%M}Z" if row.verified_at else "not verified"


def _megabytes(size: int | None) -> str:
    return f"{(size or 0) / _MB:.1f} MB"
