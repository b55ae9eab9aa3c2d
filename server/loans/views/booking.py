"""Booking a loan: the form for a customer, the plan before saving, saving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.accounts import queries as accounts
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.fields import FieldOwner
from server.domain.plan import make_plan
from server.loans import actions, forms, queries
from server.loans.views.pages import blueprint
from server.products import queries as products
from server.web.doors import reads, writes
from server.web.forms import FormState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


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
            "security": "credit",
            **{name: text for name, text in request.args.items() if name != "customer_id"},
        }
    )
    return render_template("loans/new.html", **_context(session, customer, state))


@blueprint.post("/loans/preview")
@reads
def preview(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer the plan of what the form says, or what is still wrong with it."""
    customer = _customer(session, actor, request.form.get("customer_id", ""))
    entered = _entered(session, actor, customer)
    page = "_preview" if request.headers.get("HX-Request") else "preview"
    return render_template(f"loans/{page}.html", form=entered.state, **_planned(entered))


@blueprint.post("/loans")
@writes
def create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Book a loan."""
    customer = _customer(session, actor, request.form.get("customer_id", ""))
    entered = _entered(session, actor, customer)
    if entered.values is not None:
        [(checked, faults)] = actions.examine_loans(session, actor, [entered.values])
        for fault in faults:
            entered.state.refuse(fault)
        if not faults:
            try:
                [loan_id] = actions.write_loans(session, actor, [checked])
            except Invalid as refusal:
                entered.state.refuse(refusal)
            else:
                flash(_("贷款已登记。"), "success")
                return redirect(url_for("loans.show", loan_id=loan_id), 303)
    context = _context(session, customer, entered.state)
    return render_template("loans/new.html", **context, **_planned(entered)), 422


def _customer(session: Session, actor: Actor, customer_id: str) -> Any:
    actor.require(Permission.LOANS_WRITE)
    if not forms.is_id(customer_id):
        raise NotFound("customer", customer_id)
    return queries.customer_of(session, actor, customer_id)


def _entered(session: Session, actor: Actor, customer: Any) -> forms.EnteredLoan:
    return forms.read_loan(
        request.form,
        customer,
        products.products_for_new_loan(session, customer.kind),
        products.parameters_on(session, actor.today),
        products.custom_fields(session, FieldOwner.LOAN),
    )


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


def _context(session: Session, customer: Any, state: FormState) -> dict[str, Any]:
    found = products.products_for_new_loan(session, customer.kind)
    return {
        "form": state,
        "customer": customer,
        "products": [(each.id, each.name) for each in found],
        "product_rows": found,
        "officers": [
            (each.id, each.display_name) for each in accounts.officers(session, customer.branch_id)
        ],
        "definitions": products.custom_fields(session, FieldOwner.LOAN),
        "guarantor_rows": forms.GUARANTOR_ROWS,
        "collateral_rows": forms.COLLATERAL_ROWS,
    }
