"""What was told to whom, for those who answer for it; the settings are among the parameters."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as lazy

from server.database import Session
from server.domain.access import Actor
from server.domain.parsing.dates import parse_date
from server.products import queries as products
from server.reminders import actions, queries
from server.web.doors import reads, writes
from server.web.forms import FormState
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("reminders", __name__)

_TOLD: Final = (
    Column("at", lazy("时间"), "date", fixed=True),
    Column("person", lazy("员工")),
    Column("kind", lazy("提醒")),
    Column("customer", lazy("客户名称")),
    Column("branch", lazy("机构")),
    Column("state", lazy("处理")),
    Column("sent", lazy("已送达"), "num"),
)
_TEXTS: Final = (
    Column("at", lazy("时间"), "date", fixed=True),
    Column("customer", lazy("客户名称")),
    Column("kind", lazy("提醒")),
    Column("phone", lazy("手机号"), "code"),
    Column("branch", lazy("机构")),
    Column("state", lazy("结果")),
    Column("words", lazy("内容")),
)


@blueprint.get("/reminders")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List what the staff were told on a day."""
    on = _day(actor)
    page = queries.told_on(session, actor, on, request.args.get("after", ""))
    listing = make_listing(page, list(_TOLD))
    return render_template("reminders/index.html", listing=listing, **_around(session, actor, on))


@blueprint.get("/reminders/texts")
@reads
def texts(session: Session, actor: Actor) -> ResponseReturnValue:
    """List what customers were written on a day."""
    on = _day(actor)
    page = queries.texts_on(session, actor, on, request.args.get("after", ""))
    listing = make_listing(page, list(_TEXTS))
    return render_template("reminders/texts.html", listing=listing, **_around(session, actor, on))


@blueprint.post("/reminders/texts/<uuid:text_id>/words")
@writes
def words(session: Session, actor: Actor, text_id: UUID) -> ResponseReturnValue:
    """Show a text word for word; the reading is noted."""
    shown = actions.read_text(session, actor, str(text_id))
    return render_template("reminders/text.html", shown=shown)


def _around(session: Session, actor: Actor, on: dt.date) -> dict[str, Any]:
    return {
        "form": FormState({"on": on.isoformat()}),
        "on": on,
        "rules": products.parameters_on(session, actor.today).reminder,
    }


def _day(actor: Actor) -> dt.date:
    """The day that is asked for; anything unreadable is today."""
    found = parse_date(request.args.get("on", ""))
    return found.value if found.value is not None and found.flag is None else actor.today
