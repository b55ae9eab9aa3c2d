"""The parameters of the rules: what stands today, each one's history, and a dated change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.parameters import SETTINGS, Unit, listed_parameters, parameter_value
from server.products import actions, queries
from server.products.forms import read_parameter, shown_rows, table_columns, typed_parameter
from server.products.views.blueprint import blueprint
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.messages import message_for

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/parameters")
@reads
def parameters(session: Session, actor: Actor) -> ResponseReturnValue:
    """List every parameter with what stands today, and whether a change is to come."""
    actor.require(Permission.PRODUCTS_READ)
    changes = queries.parameter_changes(session)
    standing = queries.parameters_on(session, actor.today)
    coming = {
        change.name: change.effective_on
        for change in reversed(changes)
        if change.effective_on > actor.today
    }
    groups: dict[str, list[dict[str, Any]]] = {}
    for listed in listed_parameters():
        value = parameter_value(standing, listed.name)
        line = {
            "name": listed.name,
            "setting": listed.setting,
            "value": value,
            "typed": typed_parameter(listed.setting, value),
            "is_default": value == listed.default,
            "coming": coming.get(listed.name),
        }
        groups.setdefault(listed.name.partition(".")[0], []).append(line)
    return render_template("products/parameters.html", groups=groups, today=actor.today)


@blueprint.get("/parameters/<name>")
@reads
def parameter(session: Session, actor: Actor, name: str) -> ResponseReturnValue:
    """Show a parameter's history and the form of a change."""
    actor.require(Permission.PRODUCTS_READ)
    _require_known(name)
    standing = parameter_value(queries.parameters_on(session, actor.today), name)
    typed = typed_parameter(SETTINGS[name], standing)
    return _page(session, actor, name, standing, FormState({"value": typed}))


@blueprint.post("/parameters/<name>")
@writes
def parameter_change(session: Session, actor: Actor, name: str) -> ResponseReturnValue:
    """Write a dated change."""
    actor.require(Permission.PRODUCTS_MANAGE)
    _require_known(name)
    standing = parameter_value(queries.parameters_on(session, actor.today), name)
    entries = Entries(request.form)
    command = read_parameter(entries, name, SETTINGS[name], standing)
    if not entries.state.errors:
        try:
            actions.change_parameter(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(
                _("变更已记录，自 %(day)s 起生效。", day=command.effective_on.isoformat()), "good"
            )
            return redirect(url_for("products.parameter", name=name), 303)
    return _page(session, actor, name, standing, entries.state), 422


@blueprint.post("/parameters/<name>/changes/<uuid:change_id>/withdrawal")
@writes
def parameter_withdraw(
    session: Session, actor: Actor, name: str, change_id: UUID
) -> ResponseReturnValue:
    """Take back a change that is not yet in effect."""
    _require_known(name)
    try:
        actions.withdraw_parameter_change(session, actor, str(change_id))
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
    else:
        flash(_("变更已撤回。"), "good")
    return redirect(url_for("products.parameter", name=name), 303)


def _require_known(name: str) -> None:
    if name not in SETTINGS:
        raise NotFound("parameter", name)


def _page(session: Session, actor: Actor, name: str, standing: Any, state: FormState) -> str:
    setting = SETTINGS[name]
    history = [
        {"line": line, "typed": typed_parameter(setting, line.value)}
        for line in queries.parameter_history(session, actor, name)
    ]
    return render_template(
        "products/parameter.html",
        form=state,
        name=name,
        setting=setting,
        standing=standing,
        typed=typed_parameter(setting, standing),
        columns=table_columns(standing) if setting.unit is Unit.TABLE else [],
        rows=shown_rows(standing) if setting.unit is Unit.TABLE else [],
        history=history,
        today=actor.today,
    )
