"""The audit trail, read by filters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, render_template, request
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.admin import queries
from server.admin.forms import read_audit_filter
from server.admin.views.blueprint import blueprint
from server.database import Session
from server.database.paging import Page
from server.domain.access import Actor, Permission
from server.web.doors import reads
from server.web.entries import Entries
from server.web.exports import Arguments, ExportedList, export_urls
from server.web.formatting import local_time
from server.web.labels import label
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_COLUMNS = (
    Column("number", lazy("编号"), "num", fixed=True),
    Column("at", lazy("时间"), "date"),
    Column("actor", lazy("人员")),
    Column("action", lazy("操作")),
    Column("entity", lazy("对象")),
    Column("changes", lazy("变更")),
    Column("origin", lazy("来源")),
)


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
        listing=make_listing(page, list(_COLUMNS), exports=export_urls("audit")),
        staff=accounts.staff_names(session, actor),
        branches=[(each.id, each.name) for each in accounts.branches(session, actor)],
    )


def _exported_page(
    session: Session, actor: Actor, arguments: Arguments, after: str | None, rows: int
) -> Page[Any]:
    wanted = read_audit_filter(Entries(arguments), current_app.config["TIMEZONE"])
    return queries.audit_entries(session, actor, wanted, after or "", rows)


def _cells(entry: Any) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": local_time(entry.at),
        "actor": entry.actor_name,
        "action": label(entry.action, "action"),
        "entity": f"{label(entry.entity, 'entity')} {entry.entity_id}",
        "changes": _changes(entry),
        "origin": label(entry.origin, "origin"),
    }


def _changes(entry: Any) -> str:
    """Each field on a line of the cell, `name: old → new`, and the reason below."""
    lines = [
        f"{label(name, 'audit_field')}: {' → '.join(map(_value, pair))}"
        for name, pair in entry.changes.items()
    ]
    return "\n".join([*lines, entry.reason] if entry.reason else lines)


def _value(value: Any) -> str:
    if value is None or value == "":
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


whole_list: Final = ExportedList(
    "audit",
    lazy("审计记录"),
    "admin.audit",
    Permission.AUDIT_READ,
    _COLUMNS,
    _exported_page,
    _cells,
)
