"""Staff: the list, a new member, and what an administrator may do to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.accounts import actions, queries
from server.accounts.queries import HEAD_OFFICE
from server.admin.forms import read_user, read_user_filter
from server.admin.views.blueprint import blueprint
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.listing import Column, make_listing
from server.web.messages import message_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask.typing import ResponseReturnValue

_COLUMNS = [
    Column("username", lazy("用户名"), "code", fixed=True),
    Column("display_name", lazy("姓名")),
    Column("employee_no", lazy("工号"), "code"),
    Column("role", lazy("角色")),
    Column("branch", lazy("机构")),
    Column("state", lazy("状态")),
]


@blueprint.get("/admin/users")
@reads
def users(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the staff within reach."""
    entries = Entries(request.args)
    page = queries.users(session, actor, read_user_filter(entries), request.args.get("after", ""))
    return render_template(
        "admin/users.html",
        form=entries.state,
        listing=make_listing(page, _COLUMNS),
        places=_places(session, actor),
        now=actor.now,
    )


@blueprint.get("/admin/users/new")
@reads
def user_new(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new member of staff."""
    actor.require(Permission.USERS_MANAGE)
    state = FormState({"language": "zh", "role": "officer", "branch_id": actor.branch_id or ""})
    return _form(session, actor, state, None)


@blueprint.post("/admin/users")
@writes
def user_create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make a member of staff and show the temporary password, this once."""
    entries = Entries(request.form)
    command = read_user(entries)
    if not entries.state.errors:
        try:
            user_id, password = actions.create_user(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            return _show_password(session, actor, user_id, password)
    return _form(session, actor, entries.state, None), 422


@blueprint.get("/admin/users/<uuid:user_id>")
@reads
def user_edit(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """Show a member of staff with the form that changes them."""
    user = queries.user(session, actor, str(user_id))
    state = FormState(
        {
            "display_name": user.display_name,
            "employee_no": user.employee_no or "",
            "role": user.role,
            "branch_id": user.branch_id or HEAD_OFFICE,
            "language": user.language,
            "version": str(user.version),
        }
    )
    return _form(session, actor, state, user)


@blueprint.post("/admin/users/<uuid:user_id>")
@writes
def user_update(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """Change a member of staff."""
    user = queries.user(session, actor, str(user_id))
    entries = Entries(request.form)
    command = read_user(entries, username=user.username)
    version = entries.whole("version", 1, 10**9)
    if not entries.state.errors:
        try:
            actions.update_user(session, actor, str(user_id), version, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict as conflict:
            entries.state.values["version"] = str(user.version)
            return _form(session, actor, entries.state, user, conflict), 409
        else:
            flash(_("已保存。"), "good")
            return redirect(url_for("admin.users"), 303)
    return _form(session, actor, entries.state, user), 422


@blueprint.post("/admin/users/<uuid:user_id>/deactivation")
@writes
def user_deactivate(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """Let a person sign in no longer."""
    return _act(
        str(user_id),
        lambda key: actions.set_user_active(session, actor, key, active=False),
        _("已停用，该员工的登录已全部结束。"),
    )


@blueprint.post("/admin/users/<uuid:user_id>/activation")
@writes
def user_activate(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """Let a person sign in again."""
    return _act(
        str(user_id),
        lambda key: actions.set_user_active(session, actor, key, active=True),
        _("已启用。"),
    )


@blueprint.post("/admin/users/<uuid:user_id>/unlocking")
@writes
def user_unlock(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """End a lock after failed sign-ins."""
    return _act(
        str(user_id), lambda key: actions.unlock_user(session, actor, key), _("已解除锁定。")
    )


@blueprint.post("/admin/users/<uuid:user_id>/session-end")
@writes
def user_end_sessions(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """End all sessions of a person."""
    return _act(
        str(user_id),
        lambda key: actions.end_user_sessions(session, actor, key),
        _("该员工的登录已全部结束。"),
    )


@blueprint.post("/admin/users/<uuid:user_id>/password-reset")
@writes
def user_reset_password(session: Session, actor: Actor, user_id: UUID) -> ResponseReturnValue:
    """Give a person a temporary password and show it, this once."""
    try:
        password = actions.reset_password(session, actor, str(user_id))
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
        return redirect(url_for("admin.user_edit", user_id=user_id), 303)
    return _show_password(session, actor, str(user_id), password)


def _act(user_id: str, act: Callable[[str], None], done: str) -> ResponseReturnValue:
    """Do one act and go back to the person's page, telling what came of it."""
    try:
        act(user_id)
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
    else:
        flash(done, "good")
    return redirect(url_for("admin.user_edit", user_id=user_id), 303)


def _show_password(
    session: Session, actor: Actor, user_id: str, password: str
) -> ResponseReturnValue:
    user = queries.user(session, actor, user_id)
    return render_template("admin/password.html", user=user, password=password)


def _form(
    session: Session, actor: Actor, state: FormState, user: Any, conflict: Conflict | None = None
) -> str:
    return render_template(
        "admin/user.html",
        form=state,
        user=user,
        conflict=conflict,
        places=_places(session, actor),
        is_locked=user is not None and actions.is_locked(user, actor.now),
        running=queries.sessions_running(session, user.id, actor.now) if user else 0,
        is_self=user is not None and user.id == actor.user_id,
    )


def _places(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Where staff may belong: the branches within reach, and the head office from there."""
    branches = [(each.id, f"{each.code} {each.name}") for each in queries.branches(session, actor)]
    return branches if actor.branch_id else [(HEAD_OFFICE, _("总行（全部机构）")), *branches]
