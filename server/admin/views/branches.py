"""Branches: the list, a new one, and changing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.accounts import actions, queries
from server.admin.forms import read_branch
from server.admin.views.blueprint import blueprint
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.messages import message_for

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/admin/branches")
@reads
def branches(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the branches within reach."""
    actor.require(Permission.USERS_MANAGE)
    return render_template(
        "admin/branches.html",
        branches=queries.branches(session, actor),
        staff=queries.active_staff(session),
        may_change=actor.branch_id is None,
    )


@blueprint.get("/admin/branches/new")
@reads
def branch_new(_session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new branch."""
    actor.require(Permission.USERS_MANAGE)
    return _form(FormState(), None)


@blueprint.post("/admin/branches")
@writes
def branch_create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make a branch."""
    entries = Entries(request.form)
    command = read_branch(entries)
    if not entries.state.errors:
        try:
            actions.create_branch(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("机构已建立。"), "good")
            return redirect(url_for("admin.branches"), 303)
    return _form(entries.state, None), 422


@blueprint.get("/admin/branches/<uuid:branch_id>")
@reads
def branch_edit(session: Session, actor: Actor, branch_id: UUID) -> ResponseReturnValue:
    """Show the form that changes a branch."""
    actor.require(Permission.USERS_MANAGE)
    branch = queries.branch(session, actor, str(branch_id))
    names = ("code", "name", "phone", "address", "version")
    return _form(FormState({name: str(getattr(branch, name)) for name in names}), branch)


@blueprint.post("/admin/branches/<uuid:branch_id>")
@writes
def branch_update(session: Session, actor: Actor, branch_id: UUID) -> ResponseReturnValue:
    """Change a branch."""
    actor.require(Permission.USERS_MANAGE)
    branch = queries.branch(session, actor, str(branch_id))
    entries = Entries(request.form)
    command = read_branch(entries)
    version = entries.whole("version", 1, 10**9)
    if not entries.state.errors:
        try:
            actions.update_branch(session, actor, str(branch_id), version, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict as conflict:
            entries.state.values["version"] = str(branch.version)
            return _form(entries.state, branch, conflict), 409
        else:
            flash(_("已保存。"), "good")
            return redirect(url_for("admin.branches"), 303)
    return _form(entries.state, branch), 422


@blueprint.post("/admin/branches/<uuid:branch_id>/deactivation")
@writes
def branch_deactivate(session: Session, actor: Actor, branch_id: UUID) -> ResponseReturnValue:
    """Close a branch."""
    return _set_active(session, actor, str(branch_id), active=False)


@blueprint.post("/admin/branches/<uuid:branch_id>/activation")
@writes
def branch_activate(session: Session, actor: Actor, branch_id: UUID) -> ResponseReturnValue:
    """Reopen a branch."""
    return _set_active(session, actor, str(branch_id), active=True)


def _set_active(
    session: Session, actor: Actor, branch_id: str, *, active: bool
) -> ResponseReturnValue:
    try:
        actions.set_branch_active(session, actor, branch_id, active=active)
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
    else:
        flash(_("机构已启用。") if active else _("机构已停用。"), "good")
    return redirect(url_for("admin.branch_edit", branch_id=branch_id), 303)


def _form(state: FormState, branch: Any, conflict: Conflict | None = None) -> str:
    return render_template("admin/branch.html", form=state, branch=branch, conflict=conflict)
