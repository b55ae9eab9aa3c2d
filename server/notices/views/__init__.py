"""Pages of the notice centre: the boxes, one notice, what is pressed; beside it, the own wishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext
from flask_wtf.csrf import generate_csrf

from server.customers.queries import is_id
from server.database import Session
from server.database.extension import current_session
from server.database.notices import address
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.snoozing import EVENING
from server.notices import actions, queries
from server.notices.forms import read_mark
from server.notices.views.wishes import blueprint as wishes
from server.web.doors import reads, writes
from server.web.language import current_language
from server.web.listing import Column, make_listing
from server.web.navigation import add_count
from server.web.notice_words import Words, words
from server.web.returning import local_path

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("notices", __name__)


def init_notices(app: Flask) -> None:
    """Register the pages, and show at their entry how many are unread."""
    app.register_blueprint(blueprint)
    app.register_blueprint(wishes)
    add_count(app, "notices.index", lambda: queries.count_unread(current_session(), g.actor))


@blueprint.get("/notices")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show a box, the newest first."""
    box = request.args.get("box", "new")
    page = queries.list_notices(
        session,
        actor,
        box,
        after=request.args.get("after") or None,
        before=request.args.get("before") or None,
    )
    return render_template(
        "notices/index.html",
        box=box,
        counts=queries.box_counts(session, actor),
        listing=make_listing(page, _columns()),
        words={row.id: _words(row) for row in page.rows},
        has_evening=actor.now.time() < EVENING,
    )


def _columns() -> list[Column]:
    return [
        Column("title", lazy("通知"), fixed=True),
        Column("body", lazy("内容"), "note", fixed=True),
        Column("at", lazy("时间"), "date", fixed=True),
        Column("acts", lazy("操作"), fixed=True),
    ]


def _words(row: queries.NoticeRow) -> Words:
    return words(row.kind, row.params, current_language(), show_amounts=True)


@blueprint.get("/notices/<uuid:notice_id>")
@writes
def show(session: Session, actor: Actor, notice_id: UUID) -> ResponseReturnValue:
    """Go to the exact thing that a notice is about; it is read by that."""
    row = queries.find_notice(session, actor, str(notice_id))
    actions.open_notice(session, actor, row.id)
    target = address(row.kind, row.entity, row.entity_id, row.params)
    if target.startswith("/notices"):
        return render_template("notices/show.html", notice=row, words=_words(row))
    return redirect(target)


@blueprint.post("/notices/marks")
@writes
def mark(session: Session, actor: Actor) -> ResponseReturnValue:
    """Mark the chosen ones: done, put back, or put off."""
    ids = [each for each in request.form.getlist("ids") if is_id(each)]
    answer = redirect(local_path(request.form.get("back") or url_for("notices.index")), 303)
    try:
        chosen = read_mark(request.form, actor.now)
    except Invalid:
        flash(_("请选择今天之后的日期。"), "warn")
        return answer
    count = actions.mark_notices(session, actor, ids, chosen)
    if not ids:
        flash(_("请先选择通知。"), "warn")
    elif count:
        flash(_said(count, chosen), "good")
    return answer


def _said(count: int, chosen: actions.Mark) -> Any:
    if chosen == actions.DONE:
        return ngettext("已完成 %(num)d 条通知。", "已完成 %(num)d 条通知。", count)
    if chosen.until is None:
        return ngettext("已放回 %(num)d 条通知。", "已放回 %(num)d 条通知。", count)
    return ngettext("已推迟 %(num)d 条通知。", "已推迟 %(num)d 条通知。", count)


@blueprint.get("/notices/token")
@reads
def token(_session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer a CSRF token and who is signed in: a service worker has no page to take it from."""
    answer = jsonify(csrf=generate_csrf(), user=actor.user_id)
    answer.headers["Cache-Control"] = "no-store"
    return answer
