"""The list of customers with their standing, and the whole account of one.

Both are pages of `customers` that need loans, payments and feedback beside them; they hang on that
blueprint, so that their names and addresses are those of any other page of customers.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.forms import has_files
from server.attachments.views import ACCEPTED
from server.customers import queries as customers
from server.customers.queries import duplicates
from server.customers.views import blueprint
from server.database import Session
from server.database.paging import Page
from server.desk import queries
from server.domain.access import Actor, Permission
from server.domain.errors import NotFound
from server.domain.fields import FieldOwner
from server.domain.money import yuan
from server.feedback.queries import feedback_of_customer
from server.products import queries as products
from server.repayments.queries import RepaymentFilter, held_of_loans, list_repayments
from server.visits import queries as fieldwork
from server.web.doors import reads
from server.web.exports import Arguments, ExportedList, export_urls
from server.web.formatting import day_of
from server.web.forms import FormState
from server.web.labels import label
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

_FOUND_ROWS = 50
_PAYMENTS_SHOWN = 10


@blueprint.get("/customers", endpoint="index")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List customers, or those that a search finds, with the worst state of their loans."""
    form = FormState(dict(request.args.items()))
    text, sort = form.text("q"), form.text("sort") or "name"
    if text:
        page = Page(customers.search(session, actor, text, _FOUND_ROWS))
    else:
        page = customers.customers_page(session, actor, _filter(form, sort))
    return render_template(
        "customers/index.html",
        form=form,
        listing=make_listing(
            page,
            _columns(sortable=not text),
            sort=None if text else sort,
            exports=export_urls("customers"),
        ),
        standings=queries.standings_of(session, actor, [line.id for line in page.rows]),
        searched=text,
        reassignment=FormState({"loans": "1"}),
        branches=[(row.id, row.name) for row in accounts.branches(session, actor)],
        officers=[
            (row.id, row.display_name) for row in accounts.officers(session, actor.branch_id)
        ],
    )


@blueprint.get("/customers/<uuid:customer_id>", endpoint="show")
@reads
def show(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Show all of one customer; the number of statements does not grow with the account."""
    try:
        detail = customers.customer_detail(session, actor, str(customer_id))
    except NotFound:
        became = duplicates.merged_into(session, {str(customer_id)}).get(str(customer_id))
        if became is None:
            raise
        return redirect(url_for("customers.show", customer_id=became))
    context: dict[str, Any] = {"account": None, "repayments": [], "guarantees": []}
    loan_ids: list[str] = []
    if actor.may(Permission.LOANS_READ):
        account = queries.account_of(session, actor, detail.id)
        loan_ids = [each.row.id for each in account.loans]
        context = {
            "account": account,
            "repayments": _payments(session, actor, detail.id) if loan_ids else [],
            "guarantees": queries.guarantees_of(session, actor, detail.id),
        }
    visits = fieldwork.visits_of_customer(session, actor, detail.id)
    promises = fieldwork.promises_of_customer(session, actor, detail.id)
    calls = fieldwork.calls_of_customer(session, actor, detail.id)
    done = [("visit", each.id) for each in visits]
    done += [("promise", each.id) for each in promises]
    done += [("call", each.id) for each in calls]
    definitions = products.custom_fields(session, FieldOwner.CUSTOMER)
    names = attachments.file_names(session, "customer", detail.id) if has_files(definitions) else {}
    return render_template(
        "desk/customer.html",
        today=actor.today,
        customer=detail,
        definitions=definitions,
        names=names,
        sharings=customers.sharings(session, actor, detail.id),
        cases=feedback_of_customer(session, actor, detail.id),
        attachments=attachments.attachments_of_customer(session, actor, detail.id, loan_ids),
        accepted=ACCEPTED,
        visits=visits,
        promises=promises,
        calls=calls,
        held=held_of_loans(session, loan_ids),
        history=queries.history_of(session, detail.id, loan_ids, done),
        alike=_alike(session, actor, detail.id),
        merges=duplicates.merges_of(session, actor, detail.id),
        **context,
    )


def _alike(session: Session, actor: Actor, customer_id: str) -> list[duplicates.PossibleDuplicate]:
    if not actor.may(Permission.CONFLICTS_SETTLE):
        return []
    return duplicates.possible_duplicates(session, actor, of=customer_id)


def _payments(session: Session, actor: Actor, customer_id: str) -> list[Any]:
    wanted = RepaymentFilter(customer_id=customer_id)
    return list_repayments(session, actor, wanted, limit=_PAYMENTS_SHOWN).rows


def _filter(form: FormState, sort: str) -> customers.CustomerFilter:
    return customers.CustomerFilter(
        branch_id=_id_or_nothing(form.text("branch")),
        officer_id=_id_or_nothing(form.text("officer")),
        kind=form.text("kind"),
        incomplete=bool(form.text("incomplete")),
        sort=sort,
        after=form.text("after"),
        before=form.text("before"),
    )


def _id_or_nothing(text: str) -> str:
    return text if customers.is_id(text) else ""


def _columns(*, sortable: bool) -> list[Column]:
    return [
        Column("name", lazy("姓名"), sortable=sortable, fixed=True),
        Column("customer_no", lazy("客户编号"), "code", sortable=sortable),
        Column("kind", lazy("类型")),
        Column("id_no", lazy("证件号码"), "code"),
        Column("phone", lazy("电话"), "code"),
        Column("balance", lazy("本金余额"), "num"),
        Column("status", lazy("贷款状态")),
        Column("branch", lazy("机构")),
        Column("officer", lazy("客户经理")),
        Column("missing", lazy("资料")),
        Column("created_at", lazy("登记日期"), "date", sortable=sortable),
    ]


def _exported_page(
    session: Session, actor: Actor, arguments: Arguments, after: str | None, rows: int
) -> Page[tuple[customers.CustomerLine, queries.CustomerStanding | None]]:
    form = FormState(dict(arguments.items()))
    text = form.text("q")
    if text:
        page = Page(customers.search(session, actor, text, _FOUND_ROWS))
    else:
        wanted = replace(_filter(form, form.text("sort") or "name"), after=after or "", before="")
        page = customers.customers_page(session, actor, wanted, rows)
    standings = queries.standings_of(session, actor, [line.id for line in page.rows])
    lines = [(line, standings.get(line.id)) for line in page.rows]
    return Page(lines, following=page.following)


def _cells(row: tuple[customers.CustomerLine, queries.CustomerStanding | None]) -> dict[str, Any]:
    line, standing = row
    status = standing.status if standing else None
    return {
        "name": line.name,
        "customer_no": line.customer_no,
        "kind": label(line.kind, "customer_kind"),
        "id_no": line.id_no,
        "phone": line.phone,
        "balance": Decimal(yuan(standing.balance)) if standing else None,
        "status": label(status, "status") if status else None,
        "branch": line.branch_name,
        "officer": line.officer_name,
        "missing": _("不全") if line.missing else _("齐全"),
        "created_at": day_of(line.created_at),
    }


whole_list: Final = ExportedList(
    "customers",
    lazy("客户"),
    "customers.index",
    Permission.CUSTOMERS_READ,
    tuple(_columns(sortable=True)),
    _exported_page,
    _cells,
)
