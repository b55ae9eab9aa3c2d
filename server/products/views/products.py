"""Products: the list, a new one, and changing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

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
    command = read_product(entries, own)
    if not entries.state.errors:
        try:
            actions.create_product(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("产品已建立。"), "good")
            return redirect(url_for("products.index"), 303)
    return _form(entries.state, None, own), 422


@blueprint.get("/products/<uuid:product_id>")
@reads
def show(session: Session, actor: Actor, product_id: UUID) -> ResponseReturnValue:
    """Show a product: its form to those who may change it, its terms to the others."""
    product, own = queries.product(session, actor, str(product_id)), _own_fields(session)
    if actor.may(Permission.PRODUCTS_MANAGE):
        return _form(FormState(typed_product(product, own)), product, own)
    return render_template(
        "products/show.html",
        product=product,
        own_fields=own,
        rules=queries.field_rules(product),
    )


@blueprint.post("/products/<uuid:product_id>")
@writes
def update(session: Session, actor: Actor, product_id: UUID) -> ResponseReturnValue:
    """Change a product."""
    actor.require(Permission.PRODUCTS_MANAGE)
    product, own = queries.product(session, actor, str(product_id)), _own_fields(session)
    entries = Entries(request.form)
    command = read_product(entries, own)
    version = entries.whole("version", 1, 10**9)
    if not entries.state.errors:
        try:
            actions.update_product(session, actor, str(product_id), version, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict as conflict:
            entries.state.values["version"] = str(product.version)
            return _form(entries.state, product, own, conflict), 409
        else:
            flash(_("已保存。已经发放的贷款不受影响。"), "good")
            return redirect(url_for("products.index"), 303)
    return _form(entries.state, product, own), 422


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


def _form(
    state: FormState, product: Any, own: list[FieldDefinition], conflict: Conflict | None = None
) -> str:
    return render_template(
        "products/edit.html",
        form=state,
        product=product,
        conflict=conflict,
        own_fields=own,
        standard_fields=STANDARD_FIELDS,
    )
