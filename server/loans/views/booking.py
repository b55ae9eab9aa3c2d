"""Booking a loan: the form for a customer, the plan before saving, saving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.actions import keep_uploads
from server.attachments.forms import FileFields, has_files, read_files
from server.attachments.views import data_dir
from server.customers import queries as customers
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.fields import FieldDefinition, FieldOwner
from server.domain.plan import make_plan
from server.loans import actions, forms, queries
from server.loans.views.pages import blueprint
from server.products import queries as products
from server.products.forms import percent_text
from server.web.doors import reads, writes
from server.web.forms import FormState
from server.web.labels import options_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_CANDIDATES: Final = 8


@blueprint.get("/loans/new")
@reads
def new(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new loan for the customer named in the URL."""
    customer = _customer(session, actor, request.args.get("customer_id", ""))
    state = FormState(
        {
            "officer_id": customer.officer_id or "",
            "disbursed_on": actor.today.isoformat(),
            "frequency_months": "1",
            **{name: text for name, text in request.args.items() if name != "customer_id"},
        }
    )
    return render_template("loans/new.html", **_context(session, customer, state))


@blueprint.post("/loans/form")
@reads
def choose_product(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form with the fields of the product chosen; what was typed stays."""
    customer = _customer(session, actor, request.form.get("customer_id", ""))
    state = FormState(dict(request.form.items()))
    context = _context(session, customer, state, _sureties(session, actor))
    product = context["product"]
    if product is not None and not state.text("annual_rate"):
        state.values["annual_rate"] = percent_text(product.default_rate)
    return render_template("loans/new.html", **context)


@blueprint.post("/loans/guarantor")
@reads
def find_guarantor(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer the customers that what was typed for a guarantor may mean."""
    actor.require(Permission.LOANS_WRITE)
    place = request.args.get("place", 0, int)
    if not 0 <= place < forms.GUARANTOR_ROWS:
        raise NotFound("guarantor", str(place)[:20])
    surety = _surety(session, actor, place)
    return render_template("loans/_surety.html", place=place, surety=surety)


@blueprint.post("/loans/preview")
@reads
def preview(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer the plan of what the form says, or what is still wrong with it."""
    customer = _customer(session, actor, request.form.get("customer_id", ""))
    entered = _entered(session, actor, customer, FileFields(), own_fields=[])
    page = "_preview" if request.headers.get("HX-Request") else "preview"
    return render_template(f"loans/{page}.html", form=entered.state, **_planned(entered))


@blueprint.post("/loans")
@writes
def create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Book a loan."""
    customer = _customer(session, actor, request.form.get("customer_id", ""))
    own_fields = products.custom_fields(session, FieldOwner.LOAN)
    files = read_files(own_fields, request.files, request.form)
    entered = _entered(session, actor, customer, files, own_fields=own_fields)
    if entered.values is not None and not entered.state.errors:
        [(checked, faults)] = actions.examine_loans(session, actor, [entered.values])
        for fault in faults:
            entered.state.refuse(_at_its_field(fault))
        if not faults:
            try:
                [loan_id] = actions.write_loans(session, actor, [checked])
                owner = attachments.Owner("loan", loan_id, customer.branch_id)
                keep_uploads(session, actor, owner, files.uploads, data_dir())
            except Invalid as refusal:
                session.rollback()
                entered.state.refuse(refusal)
            else:
                flash(_("贷款已登记。"), "success")
                return redirect(url_for("loans.show", loan_id=loan_id), 303)
    files.tell(entered.state)
    context = _context(session, customer, entered.state, _sureties(session, actor))
    return render_template("loans/new.html", **context, **_planned(entered)), 422


def _at_its_field(fault: Invalid) -> Invalid:
    """A refusal at an input of this form."""
    rows = {"guarantors": "guarantors.0.name", "collaterals": "collaterals.0.description"}
    return Invalid(rows.get(fault.field, fault.field), fault.reason, **fault.detail)


def _customer(session: Session, actor: Actor, customer_id: str) -> Any:
    actor.require(Permission.LOANS_WRITE)
    if not forms.is_id(customer_id):
        raise NotFound("customer", customer_id)
    return queries.customer_of(session, actor, customer_id)


def _sureties(session: Session, actor: Actor) -> list[forms.Surety]:
    return [_surety(session, actor, place) for place in range(forms.GUARANTOR_ROWS)]


def _surety(session: Session, actor: Actor, place: int) -> forms.Surety:
    """Who a guarantor is among the customers: the one chosen, else the only one that fits."""
    typed = request.form.get(f"guarantors.{place}.customer", "").replace("\x00", "").strip()
    if not typed:
        return forms.Surety()
    found = tuple(customers.search(session, actor, typed[:120], _CANDIDATES))
    wanted = request.form.get(f"guarantors.{place}.customer_id")
    fitting = [each for each in found if each.id == wanted] or found
    chosen = (fitting[0].id, fitting[0].name) if len(fitting) == 1 else None
    return forms.Surety(typed, found, chosen)


def _entered(
    session: Session,
    actor: Actor,
    customer: Any,
    files: FileFields,
    *,
    own_fields: list[FieldDefinition],
) -> forms.EnteredLoan:
    entered = forms.read_loan(
        request.form,
        customer,
        products.products_for_new_loan(session, customer.kind),
        products.parameters_on(session, actor.today),
        own_fields,
        files.ids,
        _sureties(session, actor),
    )
    files.tell(entered.state)
    return entered


def _planned(entered: forms.EnteredLoan) -> dict[str, Any]:
    """The plan of a form that can be planned, with its annualised cost."""
    if entered.values is None:
        return {"planned": None, "cost": None}
    try:
        planned = make_plan(entered.values.terms)
        return {"planned": planned, "cost": actions.annual_cost(entered.values.terms)}
    except Invalid as refusal:
        entered.state.refuse(refusal)
        return {"planned": None, "cost": None}


def _context(
    session: Session,
    customer: Any,
    state: FormState,
    sureties: list[forms.Surety] | None = None,
) -> dict[str, Any]:
    found = products.products_for_new_loan(session, customer.kind)
    product = next((each for each in found if each.id == state.text("product_id")), None)
    own_fields = products.custom_fields(session, FieldOwner.LOAN)
    return {
        "form": state,
        "customer": customer,
        "products": [(each.id, each.name) for each in found],
        "product": product,
        "rules": products.field_rules(product),
        "lacking": _lacking(session, customer, product),
        "methods": [
            (code, word)
            for code, word in options_of("method")
            if product is None or code in product.methods
        ],
        "officers": [
            (each.id, each.display_name) for each in accounts.officers(session, customer.branch_id)
        ],
        "definitions": own_fields,
        "multipart": has_files(own_fields),
        "sureties": sureties or [forms.Surety()] * forms.GUARANTOR_ROWS,
        "collateral_rows": forms.COLLATERAL_ROWS,
    }


def _lacking(session: Session, customer: Any, product: Any) -> tuple[str, ...]:
    """What the product demands to know of its borrowers and is not known of this one."""
    if product is None:
        return ()
    needed = actions.customer_fields_needed(product.field_rules)
    stands = customers.standing_fields(session, [customer.id])[customer.id]
    return customers.missing_fields(stands, needed)
