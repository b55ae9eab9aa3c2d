"""The bank's own fields: the list, a new one, changing one, taking one away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.products import actions, queries
from server.products.forms import read_changed_field, read_new_field, typed_field
from server.products.views.blueprint import blueprint
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.messages import message_for

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/fields")
@reads
def fields(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the bank's own fields."""
    return render_template("products/fields.html", fields=queries.field_rows(session, actor))


@blueprint.get("/fields/new")
@reads
def field_new(_session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new field."""
    actor.require(Permission.PRODUCTS_MANAGE)
    return _form(FormState({"owner": request.args.get("owner", "customer"), "kind": "text"}), None)


@blueprint.post("/fields")
@writes
def field_create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make a field."""
    actor.require(Permission.PRODUCTS_MANAGE)
    entries = Entries(request.form)
    command = read_new_field(entries)
    if not entries.state.errors:
        try:
            actions.create_field(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("字段已建立，从现在起出现在表单上。"), "good")
            return redirect(url_for("products.fields"), 303)
    return _form(entries.state, None), 422


@blueprint.get("/fields/<uuid:field_id>")
@reads
def field_edit(session: Session, actor: Actor, field_id: UUID) -> ResponseReturnValue:
    """Show the form that changes a field."""
    row = queries.field_row(session, actor, str(field_id))
    return _form(FormState(typed_field(row)), row, is_used=queries.has_values(session, row))


@blueprint.post("/fields/<uuid:field_id>")
@writes
def field_update(session: Session, actor: Actor, field_id: UUID) -> ResponseReturnValue:
    """Change a field."""
    row = queries.field_row(session, actor, str(field_id))
    entries = Entries(request.form)
    command = read_changed_field(entries)
    version = entries.whole("version", 1, 10**9)
    if not entries.state.errors:
        try:
            actions.change_field(session, actor, str(field_id), version, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict as conflict:
            entries.state.values["version"] = str(row.version)
            return _form(entries.state, row, conflict=conflict), 409
        else:
            flash(_("已保存。"), "good")
            return redirect(url_for("products.fields"), 303)
    return _form(entries.state, row, is_used=queries.has_values(session, row)), 422


@blueprint.post("/fields/<uuid:field_id>/removal")
@writes
def field_remove(session: Session, actor: Actor, field_id: UUID) -> ResponseReturnValue:
    """Take away a field that was never filled in."""
    try:
        actions.delete_field(session, actor, str(field_id))
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
        return redirect(url_for("products.field_edit", field_id=field_id), 303)
    flash(_("字段已删除。"), "good")
    return redirect(url_for("products.fields"), 303)


def _form(
    state: FormState, row: Any, *, is_used: bool = False, conflict: Conflict | None = None
) -> str:
    return render_template(
        "products/field.html", form=state, row=row, is_used=is_used, conflict=conflict
    )
