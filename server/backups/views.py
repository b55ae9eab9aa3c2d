"""/administration/backups: what there is, how old, whether it was tried; and asking for one now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from server.backups.actions.around import Around
from server.backups.queries import rows as queries
from server.backups.refusals import BackupRefused
from server.database import Session
from server.domain.access import Actor
from server.domain.errors import NotFound
from server.operations.actions import ask_run
from server.web.doors import reads, writes
from server.web.messages import message_for

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("backups", __name__)
NIGHTLY: Final = "backups.nightly"
VERIFY: Final = "backups.verify"
_FIGURES: Final = (
    "name",
    "code",
    "app",
    "revision",
    "backup",
    "live",
    "version",
    "program",
    "said",
)
_OLD: Final = dt.timedelta(hours=36)


@blueprint.get("/administration/backups")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the backups, the newest first; there is no way to download one."""
    found = queries.backups(session, actor)
    good = [each for each in found if each.state == "good"]
    return render_template(
        "backups/index.html",
        backups=found,
        newest=good[0] if good else None,
        is_old=not good or actor.now - good[0].started_at > _OLD,
        settings=current_app.config["BACKUPS"],
        place=_around().place,
        is_beside=_around().is_beside,
        told=_told,
        now=actor.now,
    )


@blueprint.post("/administration/backups")
@writes
def make(session: Session, actor: Actor) -> ResponseReturnValue:
    """Ask the worker for a backup now."""
    return _ask(session, actor, NIGHTLY)


@blueprint.post("/administration/backups/verification")
@writes
def verify(session: Session, actor: Actor) -> ResponseReturnValue:
    """Ask the worker to try the newest backup now."""
    return _ask(session, actor, VERIFY)


def _ask(session: Session, actor: Actor, job: str) -> ResponseReturnValue:
    try:
        ask_run(session, actor, job)
    except NotFound:
        flash(_("后台程序没有运行，请先在服务器上启动。"), "bad")
    else:
        flash(_("已交给后台程序，完成后显示在这里。"), "good")
    return redirect(url_for("backups.index"), 303)


def _told(code: str) -> str:
    """The words of a code that a row keeps; the figures of that day are in the log."""
    return message_for(BackupRefused(code, **dict.fromkeys(_FIGURES, "…"), place=_around().place))


def _around() -> Around:
    config = current_app.config
    return Around(config["DATA_DIR"], config["BACKUPS"], lambda: dt.datetime.now(dt.UTC))
