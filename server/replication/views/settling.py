"""The desk's queue of what came from devices and waits for a person: conflicts and held entries.

A page that shows both values whole tells the audit that they were looked at, so its door writes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.customers.queries import duplicates
from server.database import Session, record
from server.desk.queries import Queue
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict as Collision
from server.domain.errors import Invalid
from server.domain.parsing.dates import parse_date
from server.repayments import actions as repayments
from server.repayments import queries as payments
from server.repayments.actions import ConfirmHeld
from server.replication.actions.conflicts import SettleConflict, decide_conflict
from server.replication.actions.held import DecideHeld, decide_held
from server.replication.queries import waiting
from server.web.doors import reads, writes
from server.web.forms import FormState, read_form
from server.web.labels import options_of
from sync.outcome import Outcome

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("settling", __name__)


@blueprint.get("/conflicts")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List what waits, the oldest first, and what was settled last."""
    actor.require(Permission.CONFLICTS_SETTLE)
    return render_template(
        "replication/index.html",
        conflicts=waiting.open_conflicts(session, actor),
        payments=payments.held_repayments(session, actor),
        entries=waiting.held_entries(session, actor),
        pairs=duplicates.possible_duplicates(session, actor),
        settled=waiting.settled_conflicts(session, actor),
    )


@blueprint.get("/conflicts/<uuid:conflict_id>")
@writes
def show(session: Session, actor: Actor, conflict_id: UUID) -> ResponseReturnValue:
    """Show both values side by side, whole, with the history of the field."""
    return _shown(session, actor, str(conflict_id), FormState({"choice": "kept"}))


@blueprint.post("/conflicts/<uuid:conflict_id>/decision")
@writes
def decide(session: Session, actor: Actor, conflict_id: UUID) -> ResponseReturnValue:
    """Let one value stand; then the next conflict opens by itself."""
    form = read_form(request.form, ("choice", "value", "reason", "seen"))
    seen = form.text("seen")
    command = SettleConflict(
        str(conflict_id),
        form.text("choice"),
        form.text("reason"),
        form.text("value") if form.text("choice") == "value" else None,
        int(seen) if seen.isdecimal() else None,
    )
    try:
        outcome = decide_conflict(session, actor, command)
    except Invalid as refusal:
        session.rollback()
        form.refuse(refusal)
        return _shown(session, actor, str(conflict_id), form), 422
    except Collision:
        session.rollback()
        form.errors[""] = _("同事刚刚作了另一个决定，您的决定没有保存。")
        return _shown(session, actor, str(conflict_id), form), 409
    if outcome is Outcome.CONFLICT:
        flash(_("您查看之后这一项又被修改，已另列为一条冲突，请再看一次。"), "warn")
    else:
        flash(_("已处理，结果会送到记录人的设备。"), "good")
    return redirect(next_of(session, actor), 303)


@blueprint.get("/conflicts/payments/<uuid:held_id>")
@reads
def payment(session: Session, actor: Actor, held_id: UUID) -> ResponseReturnValue:
    """Show a held payment beside the one that it seems to repeat."""
    return _payment(session, actor, str(held_id), FormState())


@blueprint.post("/conflicts/payments/<uuid:held_id>/decision")
@writes
def decide_payment(session: Session, actor: Actor, held_id: UUID) -> ResponseReturnValue:
    """Confirm a held payment, join it with its like, or reject it with a reason."""
    form = read_form(request.form, ("decision", "note", "paid_on", "method"))
    try:
        told = _decide_payment(session, actor, str(held_id), form)
    except Invalid as refusal:
        session.rollback()
        form.refuse(refusal)
        return _payment(session, actor, str(held_id), form), 422
    flash(told, "good")
    return redirect(next_of(session, actor), 303)


@blueprint.get("/conflicts/entries/<uuid:mutation_id>")
@writes
def entry(session: Session, actor: Actor, mutation_id: UUID) -> ResponseReturnValue:
    """Show an entry that was not applied: what it says, and why."""
    return _entry(session, actor, str(mutation_id), FormState())


@blueprint.post("/conflicts/entries/<uuid:mutation_id>/decision")
@writes
def decide_entry(session: Session, actor: Actor, mutation_id: UUID) -> ResponseReturnValue:
    """Apply an entry after all, or reject it with a reason."""
    form = read_form(request.form, ("decision", "reason"))
    command = DecideHeld(str(mutation_id), form.text("decision"), form.text("reason"))
    try:
        decide_held(session, actor, command)
    except Invalid as refusal:
        session.rollback()
        form.refuse(refusal)
        return _entry(session, actor, str(mutation_id), form), 422
    except Collision:
        session.rollback()
        form.errors[""] = _("同事刚刚作了另一个决定，您的决定没有保存。")
        return _entry(session, actor, str(mutation_id), form), 409
    flash(_("已处理，结果会送到记录人的设备。"), "good")
    return redirect(next_of(session, actor), 303)


def waiting_queue(session: Session, actor: Actor) -> Queue | None:
    """How much waits here, for today's page."""
    if not actor.may(Permission.CONFLICTS_SETTLE):
        return None
    counts = (
        waiting.open_conflict_count(session, actor),
        payments.held_count(session, actor),
        waiting.held_entry_count(session, actor),
        duplicates.possible_duplicate_count(session, actor),
    )
    return Queue("conflicts", sum(counts))


def _shown(session: Session, actor: Actor, conflict_id: str, form: FormState) -> str:
    found = waiting.conflict(session, actor, conflict_id)
    history = waiting.conflicts_of_field(session, actor, found.entity_id, found.field)
    _told(session, actor, "conflict.open", (found.entity, found.entity_id), found.field)
    return render_template(
        "replication/conflict.html",
        conflict=found,
        history=[each for each in history if each.id != found.id],
        seen=waiting.number_of(session, found.entity, found.entity_id),
        form=form,
    )


def _payment(session: Session, actor: Actor, held_id: str, form: FormState) -> str:
    held = payments.held_repayment(session, actor, held_id)
    return render_template(
        "replication/payment.html",
        held=held,
        form=form,
        is_own=held.taken_by_id == actor.user_id,
        methods=options_of("payment_method"),
    )


def _decide_payment(session: Session, actor: Actor, held_id: str, form: FormState) -> str:
    note = form.text("note")
    match form.text("decision"):
        case "confirm":
            day, method = _day(form.text("paid_on")), form.text("method")
            command = ConfirmHeld(held_id, note, paid_on=day, method=method)
            receipt_no = repayments.confirm_held(session, actor, command)
            return str(_("已入账，收据号 %(no)s。", no=receipt_no))
        case "join":
            repayments.join_held(session, actor, held_id, note)
            return str(_("已并为同一笔，没有另外入账。"))
        case "reject":
            repayments.reject_held(session, actor, held_id, note)
            return str(_("已退回，原因会送到记录人的设备。"))
    raise Invalid("decision", "unknown")


def _day(text: str) -> dt.date | None:
    """The day put right; none leaves the one that was sent."""
    if not text:
        return None
    found = parse_date(text).value
    if found is None:
        raise Invalid("paid_on", "INVALID_DATE")
    return found


def _entry(session: Session, actor: Actor, mutation_id: str, form: FormState) -> str:
    found = waiting.held_entry(session, actor, mutation_id)
    _told(session, actor, "mutation.open", ("mutation", found.id), found.entity)
    return render_template(
        "replication/entry.html", entry=found, form=form, is_own=found.user_id == actor.user_id
    )


def _told(session: Session, actor: Actor, act: str, entity: tuple[str, str], what: str) -> None:
    """Both values are shown whole, phones and addresses too: the audit knows who looked."""
    told = {"field": [what, what]}
    record.note(session, actor, act, entity, branch_id=actor.branch_id, changes=told)


def next_of(session: Session, actor: Actor) -> str:
    """The next thing that waits, of whatever kind; the list when nothing does."""
    conflicts = waiting.open_conflicts(session, actor, limit=1)
    if conflicts:
        return url_for("settling.show", conflict_id=conflicts[0].id)
    held = payments.held_repayments(session, actor, limit=1)
    if held:
        return url_for("settling.payment", held_id=held[0].id)
    entries = waiting.held_entries(session, actor, limit=1)
    if entries:
        return url_for("settling.entry", mutation_id=entries[0].id)
    pairs = duplicates.possible_duplicates(session, actor)
    if pairs:
        return url_for("settling.compare", first_id=pairs[0].first_id, second_id=pairs[0].second_id)
    return url_for("settling.index")
