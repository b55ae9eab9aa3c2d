"""The audit trail, read by filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, render_template, request
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.admin import queries
from server.admin.forms import read_audit_filter
from server.admin.views.blueprint import blueprint
from server.database import Session
from server.domain.access import Actor, Permission
from server.web.doors import reads
from server.web.entries import Entries
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_COLUMNS = [
    Column("number", lazy("编号"), "num", fixed=True),
    Column("at", lazy("时间"), "date"),
    Column("actor", lazy("人员")),
    Column("action", lazy("操作")),
    Column("entity", lazy("对象")),
    Column("changes", lazy("变更")),
    Column("origin", lazy("来源")),
]


@blueprint.get("/admin/audit")
@reads
def audit(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the latest entries that fit the filters."""
    actor.require(Permission.AUDIT_READ)
    entries = Entries(request.args)
    wanted = read_audit_filter(entries, current_app.config["TIMEZONE"])
    page = queries.audit_entries(session, actor, wanted, request.args.get("after", ""))
    return render_template(
        "admin/audit.html",
        form=entries.state,
        listing=make_listing(page, _COLUMNS),
        staff=accounts.staff_names(session, actor),
        branches=[(each.id, each.name) for each in accounts.branches(session, actor)],
    )
