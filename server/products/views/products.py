"""Products: the list, a new one, and changing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.attachments import queries as attachments
from server.attachments.actions import keep_uploads
from server.attachments.forms import has_files, read_files
from server.attachments.views import data_dir
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.domain.fields import STANDARD_FIELDS, FieldDefinition, FieldOwner
from server.products import actions, queries
from server.products.forms import new_product, read_product, typed_product
from server.products.views.blueprint import blueprint
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue


@blueprint.get("/products")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the products."""
    return render_template("products/index.html", products=queries.products(session, actor))


@blueprint.get("/products/new")
@reads
def new(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new product."""
    actor.require(Permission.PRODUCTS_MANAGE)
    own = _own_fields(session)
    return _form(FormState(new_product(own)), None, own)


@blueprint.post("/products")
@writes
def create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Make a product."""
    actor.require(Permission.PRODUCTS_MANAGE)
    own, entries = _own_fields(session), Entries(request.form)
    files = read_files(own, request.files, request.form)
    command = read_product(entries, own, files.ids)
    files.tell(entries.state)
    if not entries.state.errors:
        try:
            product_id = actions.create_product(session, actor, command)
            keep_uploads(session, actor, _owner(product_id), files.uploads, data_dir())
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("产品已建立。"), "good")
            return redirect(url_for("products.index"), 303)
    files.tell(entries.state)
    return _form(entries.state, None, own), 422


@blueprint.get("/products/<uuid:product_id>")
@reads
def show(session: Session, actor: Actor, product_id: UUID) -> ResponseReturnValue:
    """Show a product: its form to those who may change it, its terms to the others."""
    product, own = queries.product(session, actor, str(product_id)), _own_fields(session)
    if actor.may(Permission.PRODUCTS_MANAGE):
        state = FormState(typed_product(product, own))
        return _form(state, product, own, names=_names(session, product.id))
    return render_template(
        "products/show.html",
        product=product,
        own_fields=own,
        names=_names(session, product.id),
        rules=queries.field_rules(product),
    )


@blueprint.post("/products/<uuid:product_id>")
@writes
def update(session: Session, actor: Actor, product_id: UUID) -> ResponseReturnValue:
    """Change a product."""
    actor.require(Permission.PRODUCTS_MANAGE)
    product, own = queries.product(session, actor, str(product_id)), _own_fields(session)
    entries, names = Entries(request.form), _names(session, product.id)
    held = attachments.ids_by_content(session, "product", product.id)
    files = read_files(own, request.files, request.form, product.extra, held)
    command = read_product(entries, own, files.ids)
    files.tell(entries.state)
    version = entries.whole("version", 1, 10**9)
    if not entries.state.errors:
        try:
            actions.update_product(session, actor, product.id, version, command)
            keep_uploads(session, actor, _owner(product.id), files.uploads, data_dir())
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict as conflict:
            entries.state.values["version"] = str(product.version)
            for name in files.chosen:
                entries.refuse(name, "choose_again")
            return _form(entries.state, product, own, conflict, names), 409
        else:
            flash(_("已保存。已经发放的贷款不受影响。"), "good")
            return redirect(url_for("products.index"), 303)
    files.tell(entries.state)
    return _form(entries.state, product, own, names=names), 422


@blueprint.post("/products/<uuid:product_id>/deactivation")
@writes
def deactivate(session: Session, actor: Actor, product_id: UUID) -> ResponseReturnValue:
    """Offer a product no longer."""
    actions.set_product_active(session, actor, str(product_id), active=False)
    flash(_("产品已停用，不能再用于新贷款。"), "good")
    return redirect(url_for("products.show", product_id=product_id), 303)


@blueprint.post("/products/<uuid:product_id>/activation")
@writes
def activate(session: Session, actor: Actor, product_id: UUID) -> ResponseReturnValue:
    """Offer a product again."""
    actions.set_product_active(session, actor, str(product_id), active=True)
    flash(_("产品已启用。"), "good")
    return redirect(url_for("products.show", product_id=product_id), 303)


def _own_fields(session: Session) -> list[FieldDefinition]:
    return queries.custom_fields(session, FieldOwner.PRODUCT)


def _owner(product_id: str) -> attachments.Owner:
    return attachments.Owner("product", product_id, None)


def _names(session: Session, product_id: str) -> dict[str, str]:
    return attachments.file_names(session, "product", product_id)


def _form(
    state: FormState,
    product: Any,
    own: list[FieldDefinition],
    conflict: Conflict | None = None,
    names: dict[str, str] | None = None,
) -> str:
    return render_template(
        "products/edit.html",
        form=state,
        product=product,
        conflict=conflict,
        own_fields=own,
        names=names or {},
        standing=product.extra if product else {},
        multipart=has_files(own),
        standard_fields=STANDARD_FIELDS,
    )
