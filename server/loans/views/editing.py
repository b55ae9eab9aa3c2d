"""Editing what describes a loan; who is second is shown both versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.actions import keep_uploads
from server.attachments.forms import has_files, read_files
from server.attachments.views import data_dir
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.domain.fields import FieldDefinition, FieldOwner
from server.loans import actions, forms, queries
from server.loans.views.pages import blueprint
from server.products import queries as products
from server.web.doors import reads, writes
from server.web.forms import FormState
from server.web.labels import field_value

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/loans/<uuid:loan_id>/edit")
@reads
def edit(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Show the form of what describes a loan."""
    loan = _loan(session, actor, loan_id)
    own = products.custom_fields(session, FieldOwner.LOAN)
    return render_template(
        "loans/edit.html", **_context(session, loan, FormState(forms.values_of(loan, own)), own)
    )


@blueprint.post("/loans/<uuid:loan_id>/edit")
@writes
def update(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Change what describes a loan."""
    loan = _loan(session, actor, loan_id)
    own = products.custom_fields(session, FieldOwner.LOAN)
    held = attachments.ids_by_content(session, "loan", loan.id)
    files = read_files(own, request.files, request.form, loan.extra, held)
    state, values = forms.read_edit(request.form, own, files.ids)
    files.tell(state)
    context = _context(session, loan, state, own)
    if not state.errors:
        try:
            actions.edit_loan(session, actor, actions.EditLoan(loan.id, _version(), values))
            owner = attachments.Owner("loan", loan.id, loan.branch_id)
            keep_uploads(session, actor, owner, files.uploads, data_dir())
        except Invalid as refusal:
            state.refuse(refusal)
        except Conflict as conflict:
            state.values["version"] = str(loan.version)
            for name in files.chosen:
                state.refuse(Invalid(name, "choose_again"))
            told = _told(conflict, own, context)
            return render_template("loans/edit.html", conflict=told, **context), 409
        else:
            flash(_("贷款资料已保存。"), "success")
            return redirect(url_for("loans.show", loan_id=loan.id, tab="terms"), 303)
    files.tell(state)
    return render_template("loans/edit.html", **context), 422


def _loan(session: Session, actor: Actor, loan_id: UUID) -> Any:
    loan = queries.loan(session, actor, str(loan_id))
    actor.require(Permission.LOANS_WRITE, loan.branch_id)
    return loan


def _version() -> int:
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0


def _told(conflict: Conflict, own: list[FieldDefinition], context: dict[str, Any]) -> Conflict:
    """Both versions as people read them: officers by name, own fields one by one."""
    return Conflict(
        conflict.kind,
        _side(conflict.current, own, context),
        _side(conflict.entered, own, context),
    )


def _side(
    values: dict[str, Any], own: list[FieldDefinition], context: dict[str, Any]
) -> dict[str, object]:
    extra, names = values["extra"] or {}, dict(context["officers"])
    plain = {name: value for name, value in values.items() if name != "extra"}
    plain["officer_id"] = names.get(values["officer_id"], values["officer_id"])
    files = context["names"]
    for each in own:
        value = extra.get(each.key)
        plain[each.field] = files.get(value, field_value(value, each)) if value else ""
    return plain


def _context(
    session: Session, loan: Any, state: FormState, own: list[FieldDefinition]
) -> dict[str, Any]:
    officers = accounts.officers(session, loan.branch_id)
    parties = queries.parties_of(session, loan)
    product = products.product_of(session, loan.product_id)
    return {
        "form": state,
        "loan": loan,
        "parties": parties,
        "rules": products.field_rules(product),
        "officers": _officers(officers, loan, parties.officer_name),
        "definitions": own,
        "names": attachments.file_names(session, "loan", loan.id),
        "multipart": has_files(own),
    }


def _officers(rows: list[Any], loan: Any, officer_name: str | None) -> list[tuple[str, str]]:
    """Those to choose from, and the one who has it though no longer to be chosen."""
    pairs = [(each.id, each.display_name) for each in rows]
    if loan.officer_id and loan.officer_id not in dict(pairs):
        pairs.append((loan.officer_id, officer_name or loan.officer_id))
    return pairs
