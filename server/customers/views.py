"""Pages of customers: the form, live checks, reveals.

The list, the page of one customer and handing over need loans beside them: they stand in
`desk.views`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.actions import keep_uploads
from server.attachments.forms import FileFields, has_files, read_files
from server.attachments.views import data_dir
from server.customers import actions, forms, queries
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.domain.fields import FieldDefinition, FieldOwner
from server.products import queries as products
from server.web.doors import reads, writes
from server.web.forms import FormState
from server.web.messages import message_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

blueprint = Blueprint("customers", __name__)

KINDS = ("person", "company")


@blueprint.get("/customers/new")
@reads
def new(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new person or company."""
    actor.require(Permission.CUSTOMERS_WRITE)
    kind = _kind(request.args)
    mine = actor.user_id if actor.branch_id else ""
    state = FormState({"branch_id": actor.branch_id or "", "officer_id": mine})
    return render_template("customers/new.html", **_form_context(session, actor, state, kind))


@blueprint.post("/customers")
@writes
def create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make a customer."""
    kind = _kind(request.form)
    definitions = products.custom_fields(session, FieldOwner.CUSTOMER)
    branch_id = actor.branch_id or request.form.get("branch_id", "")
    files = read_files(definitions, request.files, request.form)
    entered = forms.read_customer(request.form, kind, branch_id, definitions, files.ids)
    context = _form_context(session, actor, entered.state, kind)
    files.tell(entered.state)
    if not queries.is_id(branch_id):
        entered.state.refuse(Invalid("branch_id", "missing"))
    else:
        (checked, faults), *_rest = actions.examine_customers(session, actor, [entered.values])
        entered.refuse(faults)
    if not entered.state.errors:
        try:
            customer_id = actions.write_customers(session, actor, [checked])[0]
            owner = attachments.Owner("customer", customer_id, branch_id)
            keep_uploads(session, actor, owner, files.uploads, data_dir())
        except Invalid as refusal:
            entered.refuse([refusal])
        else:
            _tell_warnings(checked.warnings)
            flash(_("客户 %(name)s 已登记。", name=checked.values.name), "good")
            return redirect(url_for("customers.show", customer_id=customer_id), 303)
    files.tell(entered.state)
    return render_template("customers/new.html", **context), 422


@blueprint.get("/customers/<uuid:customer_id>/edit")
@reads
def edit(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Show the form of a standing customer, sensitive values masked."""
    detail = queries.customer_detail(session, actor, str(customer_id))
    actor.require(Permission.CUSTOMERS_WRITE, detail.branch_id)
    definitions = products.custom_fields(session, FieldOwner.CUSTOMER)
    state = FormState(forms.values_of(detail, definitions))
    context = _form_context(session, actor, state, detail.kind, detail)
    return render_template("customers/edit.html", **context)


@blueprint.post("/customers/<uuid:customer_id>/edit")
@writes
def update(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Change a customer; who is second is shown both versions."""
    detail = queries.customer_detail(session, actor, str(customer_id))
    definitions = products.custom_fields(session, FieldOwner.CUSTOMER)
    form = forms.take_theirs(request.form, detail, definitions, _theirs())
    version = _version()
    files = _files(session, detail, definitions, form, version)
    entered = forms.read_customer(
        form, detail.kind, detail.branch_id, definitions, files.ids, editing=True
    )
    context = _form_context(session, actor, entered.state, detail.kind, detail)
    files.tell(entered.state)
    command = actions.EditCustomer(
        customer_id=detail.id,
        version=version,
        values=entered.values,
        keep=entered.keep,
    )
    try:
        _checked, faults = actions.examine_edit(session, actor, command)
        entered.refuse(faults)
        if not entered.state.errors:
            actions.update_customer(session, actor, command)
            owner = attachments.Owner("customer", detail.id, detail.branch_id)
            keep_uploads(session, actor, owner, files.uploads, data_dir())
            flash(_("客户资料已保存。"), "good")
            return redirect(url_for("customers.show", customer_id=detail.id), 303)
    except Invalid as refusal:
        entered.refuse([refusal])
    except Conflict as conflict:
        since = queries.changed_since(session, detail.id, command.version)
        names = {user.id: user.display_name for user in accounts.officers(session, None)}
        fields = forms.both_versions(conflict, since.before, names, detail.kind)
        sent = [(name, text) for name, text in form.items(multi=True) if _is_content(name)]
        page = render_template(
            "customers/conflict.html", customer=detail, since=since, fields=fields, sent=sent
        )
        return page, 409
    files.tell(entered.state)
    return render_template("customers/edit.html", **context), 422


def _version() -> int:
    version = request.form.get("version", "")
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0


def _files(
    session: Session,
    detail: queries.CustomerDetail,
    definitions: list[FieldDefinition],
    form: MultiDict[str, str],
    version: int,
) -> FileFields:
    """The file fields of an edit. Two versions are compared without new files, which the page of
    both cannot send on: they are chosen again afterwards.
    """
    sent = request.files if version == detail.version else {}
    if not sent and any(file.filename for file in request.files.values()):
        flash(_("选择的文件没有保存，请在保存后重新上传。"), "warn")
    held = attachments.ids_by_content(session, "customer", detail.id)
    return read_files(definitions, sent, form, detail.extra, held)


@blueprint.post("/customers/checks/id-no")
@reads
def check(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer what an ID number says while it is typed."""
    actor.require(Permission.CUSTOMERS_WRITE)
    text = request.form.get("id_no", "").replace("\x00", "")
    facts, refusal = None, ""
    if text.strip():
        try:
            facts = queries.read_id_no(session, actor, text, _kind(request.args))
        except Invalid as fault:
            refusal = message_for(fault)
    warnings = [_warning(f"id_no.{code}") for code in facts.warnings] if facts else []
    return render_template(
        "customers/_id_check.html", facts=facts, refusal=refusal, warnings=warnings
    )


@blueprint.post("/customers/<uuid:customer_id>/reveal/<any(id_no,bank_card,monthly_income):field>")
@writes
def reveal(session: Session, actor: Actor, customer_id: UUID, field: str) -> ResponseReturnValue:
    """Show a sensitive field in clear for a minute."""
    return _revealed(actions.reveal_field(session, actor, str(customer_id), field), customer_id)


@blueprint.post("/customers/<uuid:customer_id>/contacts/<uuid:contact_id>/reveal")
@writes
def reveal_contact(
    session: Session, actor: Actor, customer_id: UUID, contact_id: UUID
) -> ResponseReturnValue:
    """Show a phone number or the like in clear for a minute."""
    shown = actions.reveal_contact(session, actor, str(customer_id), str(contact_id))
    return _revealed(shown, customer_id)


@blueprint.post("/customers/<uuid:customer_id>/addresses/<uuid:address_id>/reveal")
@writes
def reveal_address(
    session: Session, actor: Actor, customer_id: UUID, address_id: UUID
) -> ResponseReturnValue:
    """Show an address in clear for a minute."""
    shown = actions.reveal_address(session, actor, str(customer_id), str(address_id))
    return _revealed(shown, customer_id)


def _revealed(shown: actions.Revealed, customer_id: UUID) -> ResponseReturnValue:
    """A fragment for a page with scripts, else a page of its own."""
    fragment = bool(request.headers.get("HX-Request"))
    template = "customers/_revealed.html" if fragment else "customers/revealed.html"
    return render_template(template, shown=shown, customer_id=str(customer_id))


def _form_context(
    session: Session,
    actor: Actor,
    state: FormState,
    kind: str,
    detail: queries.CustomerDetail | None = None,
) -> dict[str, Any]:
    """Everything the form asks for, read before a write may fail."""
    masks: dict[str, str] = {}
    if detail is not None:
        masks = {name: getattr(detail, name) for name in actions.SEALED}
        masks |= {contact.id: contact.value for contact in detail.contacts}
        masks |= {address.id: address.address for address in detail.addresses}
    branch_id = detail.branch_id if detail else actor.branch_id
    definitions = products.custom_fields(session, FieldOwner.CUSTOMER)
    return {
        "form": state,
        "kind": kind,
        "customer": detail,
        "masks": masks,
        "rows": {name: forms.row_count(state.values, name) for name in forms.LEAST_ROWS},
        "definitions": definitions,
        "multipart": has_files(definitions),
        "standing": detail.extra if detail else {},
        "names": attachments.file_names(session, "customer", detail.id) if detail else {},
        "sharings": queries.sharings(session, actor, detail.id) if detail else [],
        "branches": _pairs(accounts.branches(session, actor), "name"),
        "officers": _pairs(accounts.officers(session, branch_id), "display_name"),
    }


def _pairs(rows: Iterable[Any], name: str) -> list[tuple[str, str]]:
    """Options of a select field."""
    return [(row.id, getattr(row, name)) for row in rows]


def _kind(values: Any) -> str:
    kind = values.get("kind", "person")
    return kind if kind in KINDS else "person"


def _theirs() -> frozenset[str]:
    """The fields for which the page of both versions chose what stands."""
    return frozenset(
        name.removeprefix("choose.")
        for name, choice in request.form.items()
        if name.startswith("choose.") and choice == "theirs"
    )


def _is_content(name: str) -> bool:
    return name not in {"csrf_token", "version"} and not name.startswith("choose.")


def _tell_warnings(codes: tuple[str, ...]) -> None:
    for code in codes:
        flash(_warning(code), "warn")


def _warning(code: str) -> str:
    field, _dot, reason = code.partition(".")
    return message_for(Invalid(field, f"warning_{reason}"))
