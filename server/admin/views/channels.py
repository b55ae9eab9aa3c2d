"""The ways by which notices leave: what is set up, hooks, and the log of deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.admin.views.blueprint import blueprint
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.push import actions, queries
from server.push.forms import read_delivery_filter, read_hook
from server.push.sending import senders
from server.push.sending.outcome import Fate, Outcome
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.labels import label
from server.web.language import current_language
from server.web.listing import Column, make_listing
from server.web.notice_words import words

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

_COLUMNS: Final = (
    Column("queued_at", lazy("时间"), "date", fixed=True),
    Column("kind", lazy("内容")),
    Column("channel", lazy("渠道")),
    Column("state", lazy("结果")),
    Column("attempts", lazy("次数"), "num"),
    Column("ended_at", lazy("完成或下次尝试"), "date"),
    Column("error", lazy("说明")),
)
_SHOWN_AGAIN: Final = (
    "name",
    "kind",
    "audience",
    "branch_id",
    "language",
    "urgent_only",
    "show_amounts",
    "template",
    "version",
)


@blueprint.get("/admin/channels")
@reads
def channels(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show what is set up, the hooks, and the latest deliveries that fit the filters."""
    entries = Entries(request.args)
    wanted = read_delivery_filter(entries)
    page = queries.deliveries(session, actor, wanted, request.args.get("after", ""))
    return render_template(
        "admin/channels.html",
        settings=current_app.config["CHANNELS"],
        summary=queries.summary(session, actor),
        hooks=queries.hooks(session, actor),
        form=entries.state,
        listing=make_listing(page, list(_COLUMNS)),
        titles={line.kind: _title(line) for line in page.rows},
    )


@blueprint.get("/admin/channels/new")
@reads
def channel_new(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new hook."""
    actor.require(Permission.OPERATIONS_MANAGE)
    values = {"kind": "json", "audience": "staff", "language": "zh"}
    return _form(session, actor, FormState(values), None)


@blueprint.post("/admin/channels")
@writes
def channel_create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Add a hook. A secret that was made up for it is shown now, and never again."""
    entries = Entries(request.form)
    command = read_hook(entries)
    if not entries.state.errors:
        try:
            saved = actions.save_hook(session, actor, command, allowed=_allowed())
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            if saved.new_secret:
                hook = queries.hook(session, actor, saved.id)
                return render_template("admin/secret.html", hook=hook, secret=saved.new_secret), 201
            flash(_("推送接口已添加。"), "good")
            return redirect(url_for("admin.channel_edit", hook_id=saved.id), 303)
    return _form(session, actor, entries.state, None), 422


@blueprint.get("/admin/channels/<uuid:hook_id>")
@reads
def channel_edit(session: Session, actor: Actor, hook_id: UUID) -> ResponseReturnValue:
    """Show the form that changes a hook; its address and secrets are not shown again."""
    hook = queries.hook(session, actor, str(hook_id))
    values = {name: getattr(hook, name) or "" for name in _SHOWN_AGAIN}
    return _form(session, actor, FormState(values), hook)


@blueprint.post("/admin/channels/<uuid:hook_id>")
@writes
def channel_update(session: Session, actor: Actor, hook_id: UUID) -> ResponseReturnValue:
    """Change a hook."""
    hook = queries.hook(session, actor, str(hook_id))
    entries = Entries(request.form)
    command = read_hook(entries)
    version = entries.whole("version", 1, 10**9)
    if not entries.state.errors:
        try:
            saved = actions.save_hook(
                session,
                actor,
                command,
                hook_id=hook.id,
                version=version,
                allowed=_allowed(),
            )
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict as conflict:
            entries.state.values["version"] = str(hook.version)
            return _form(session, actor, entries.state, hook, conflict), 409
        else:
            if saved.new_secret:
                return render_template("admin/secret.html", hook=hook, secret=saved.new_secret)
            flash(_("已保存。"), "good")
            return redirect(url_for("admin.channels"), 303)
    return _form(session, actor, entries.state, hook), 422


@blueprint.post("/admin/channels/<uuid:hook_id>/deactivation")
@writes
def channel_deactivate(session: Session, actor: Actor, hook_id: UUID) -> ResponseReturnValue:
    """Switch a hook off."""
    actions.set_hook_active(session, actor, str(hook_id), active=False)
    flash(_("推送接口已停用。"), "good")
    return redirect(url_for("admin.channel_edit", hook_id=hook_id), 303)


@blueprint.post("/admin/channels/<uuid:hook_id>/activation")
@writes
def channel_activate(session: Session, actor: Actor, hook_id: UUID) -> ResponseReturnValue:
    """Switch a hook on again."""
    actions.set_hook_active(session, actor, str(hook_id), active=True)
    flash(_("推送接口已启用。"), "good")
    return redirect(url_for("admin.channel_edit", hook_id=hook_id), 303)


@blueprint.post("/admin/channels/<uuid:hook_id>/trial")
@reads
def channel_try(session: Session, actor: Actor, hook_id: UUID) -> ResponseReturnValue:
    """Send one request now and say what became of it. No transaction is open meanwhile."""
    phone = request.form.get("phone", "").strip()[:20]
    call = actions.trial_call(
        session, actor, str(hook_id), _("测试"), _("这是一条测试消息。"), phone
    )
    session.rollback()
    outcome = senders.active().send(call, "", actor.now)
    actions.note_trial(session, actor, str(hook_id), outcome)
    flash(_told(outcome), "good" if outcome.fate is Fate.SENT else "bad")
    return redirect(url_for("admin.channel_edit", hook_id=hook_id), 303)


def _title(line: queries.DeliveryLine) -> str:
    """What a delivery was about, in general: the log shows nobody's name."""
    if line.is_text:
        return str(_("客户短信"))
    return words(line.kind, {}, current_language(), show_amounts=False).title


def _told(outcome: Outcome) -> str:
    if outcome.fate is Fate.SENT:
        return str(_("测试消息已送达对方。"))
    return str(_("测试没有成功：%(reason)s", reason=label(outcome.error, "delivery_error")))


def _allowed() -> tuple[str, ...]:
    hosts: tuple[str, ...] = current_app.config["CHANNELS"].hook_hosts
    return hosts


def _form(
    session: Session, actor: Actor, state: FormState, hook: Any, conflict: Conflict | None = None
) -> str:
    for name in ("secret", "authorization"):
        state.values.pop(name, None)
    return render_template(
        "admin/channel.html",
        form=state,
        hook=hook,
        conflict=conflict,
        branches=[(each.id, each.name) for each in accounts.branches(session, actor)],
    )
