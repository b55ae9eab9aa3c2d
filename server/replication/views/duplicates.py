"""Customers who may be one person: the list, two side by side, the merge and its undoing.

They hang on the blueprint of what waits for the desk, beside conflicts and held entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.customers.actions.merging import MergeCustomers
from server.customers.actions.telling_apart import TellApart, doubt_again, tell_apart
from server.customers.queries import comparing, customer_detail, duplicates
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.replication.actions.merging import (
    belongings_of,
    join_held_customer,
    merge,
    unmerge,
)
from server.replication.queries import waiting
from server.replication.views.settling import blueprint, next_of
from server.web.doors import reads, writes
from server.web.forms import FormState, read_form
from server.web.messages import message_for

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

_SIDES = ("first", "second")
_DUPLICATE = "duplicate_customer"


@blueprint.get("/customers/duplicates", endpoint="duplicates")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List who may be one person, and the merges that were made."""
    actor.require(Permission.CONFLICTS_SETTLE)
    entries = waiting.held_entries(session, actor)
    return render_template(
        "replication/duplicates.html",
        pairs=duplicates.possible_duplicates(session, actor),
        entries=[each for each in entries if each.reason == _DUPLICATE],
        merges=duplicates.recent_merges(session, actor),
        apart=duplicates.told_apart(session, actor),
    )


@blueprint.get("/customers/duplicates/<uuid:first_id>/<uuid:second_id>", endpoint="compare")
@reads
def compare(session: Session, actor: Actor, first_id: UUID, second_id: UUID) -> ResponseReturnValue:
    """Lay two customers side by side, masked; each reveal is logged as on their own pages."""
    return _compared(session, actor, (str(first_id), str(second_id)), None)


@blueprint.post("/customers/duplicates/<uuid:first_id>/<uuid:second_id>/merge", endpoint="merge")
@writes
def merge_pair(
    session: Session, actor: Actor, first_id: UUID, second_id: UUID
) -> ResponseReturnValue:
    """Let one of the two go into the other."""
    form = read_form(request.form, ("keep", "reason"))
    pair = (str(first_id), str(second_id))
    side = form.text("keep")
    keep_id, gone_id = pair if side != "second" else pair[::-1]
    try:
        if side not in _SIDES:
            raise Invalid("keep", "unknown")
        merge(session, actor, MergeCustomers(keep_id, gone_id, form.text("reason")))
    except Invalid as refusal:
        session.rollback()
        form.refuse(refusal)
        return _compared(session, actor, pair, form), 422
    flash(_("已合并为一位客户。合并错了，可在“疑似重复客户”里撤销。"), "good")
    return redirect(url_for("customers.show", customer_id=keep_id), 303)


@blueprint.post("/customers/duplicates/<uuid:first_id>/<uuid:second_id>/apart", endpoint="apart")
@writes
def tell_pair_apart(
    session: Session, actor: Actor, first_id: UUID, second_id: UUID
) -> ResponseReturnValue:
    """Say that the two are two people: they are not listed any more."""
    pair, form = (str(first_id), str(second_id)), read_form(request.form, ("reason",))
    try:
        tell_apart(session, actor, TellApart(*pair, form.text("reason")))
    except Invalid as refusal:
        session.rollback()
        flash(message_for(refusal), "bad")
        return redirect(url_for("settling.compare", first_id=first_id, second_id=second_id), 303)
    flash(_("已记为两位客户，不再提示。"), "good")
    return redirect(next_of(session, actor), 303)


@blueprint.post("/customers/pairs/<uuid:pair_id>/undo", endpoint="doubt_again")
@writes
def doubt(session: Session, actor: Actor, pair_id: UUID) -> ResponseReturnValue:
    """Take back that two customers are two people."""
    doubt_again(session, actor, str(pair_id))
    flash(_("已撤销，两位客户会重新列为疑似重复。"), "good")
    return redirect(url_for("settling.duplicates"), 303)


@blueprint.get("/customers/duplicates/entries/<uuid:mutation_id>", endpoint="compare_entry")
@reads
def compare_entry(session: Session, actor: Actor, mutation_id: UUID) -> ResponseReturnValue:
    """Lay a new customer of a device beside the one who has its ID number."""
    entry = waiting.held_entry(session, actor, str(mutation_id))
    if entry.reason != _DUPLICATE or entry.about_id is None:
        return redirect(url_for("settling.entry", mutation_id=entry.id))
    return _claimed(session, actor, entry, FormState())


@blueprint.post("/customers/duplicates/entries/<uuid:mutation_id>/merge", endpoint="join_entry")
@writes
def join_entry(session: Session, actor: Actor, mutation_id: UUID) -> ResponseReturnValue:
    """Say that the new customer is the one who stands."""
    form = read_form(request.form, ("reason",))
    entry = waiting.held_entry(session, actor, str(mutation_id))
    about_id = _about(session, entry)
    try:
        if entry.is_waiting and not about_id:
            raise Invalid("mutation", "no_customer")
        join_held_customer(session, actor, entry.id, about_id, form.text("reason"))
    except Invalid as refusal:
        session.rollback()
        if entry.reason != _DUPLICATE or not entry.is_waiting:
            flash(message_for(refusal), "bad")
            return redirect(url_for("settling.entry", mutation_id=entry.id), 303)
        form.refuse(refusal)
        return _claimed(session, actor, entry, form), 422
    flash(_("已并入登记的客户，结果会送到记录人的设备。"), "good")
    return redirect(next_of(session, actor), 303)


@blueprint.post("/customers/merges/<uuid:merge_id>/undo", endpoint="undo_merge")
@writes
def undo_merge(session: Session, actor: Actor, merge_id: UUID) -> ResponseReturnValue:
    """Part two customers again."""
    try:
        unmerge(session, actor, str(merge_id))
    except Invalid as refusal:
        session.rollback()
        flash(message_for(refusal), "bad")
    else:
        flash(_("合并已撤销，两位客户恢复到合并之前；合并之后新增的内容留在原处。"), "good")
    return redirect(url_for("settling.duplicates"), 303)


def _compared(session: Session, actor: Actor, pair: tuple[str, str], form: FormState | None) -> str:
    found = comparing.compare_customers(session, actor, *pair)
    moves = belongings_of(session, actor, pair)
    return render_template(
        "replication/compare.html",
        both=found,
        moves=(moves[pair[0]], moves[pair[1]]),
        why=duplicates.possible_duplicates(session, actor, of=pair[0]),
        form=form or FormState({"keep": _likelier(found, moves)}),
    )


def _likelier(found: comparing.Comparison, moves: dict[str, dict[str, int]]) -> str:
    """The side that had better stay: with an ID number, with loans, registered first."""
    first, second = found.first, found.second
    one = (bool(first.id_no), moves[first.id].get("loan", 0))
    other = (bool(second.id_no), moves[second.id].get("loan", 0))
    if one != other:
        return "first" if one > other else "second"
    return "first" if first.created_at <= second.created_at else "second"


def _about(session: Session, entry: waiting.HeldLine) -> str:
    """Whom a held new customer seems to be, also where that one has become another."""
    about_id = entry.about_id or ""
    return duplicates.merged_into(session, {about_id}).get(about_id, about_id) if about_id else ""


def _claimed(session: Session, actor: Actor, entry: waiting.HeldLine, form: FormState) -> str:
    about_id = _about(session, entry)
    return render_template(
        "replication/compare_entry.html",
        entry=entry,
        customer=customer_detail(session, actor, about_id),
        fields=comparing.compare_claim(session, actor, entry.values, about_id),
        form=form,
        is_own=entry.user_id == actor.user_id,
    )
