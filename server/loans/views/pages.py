"""The list of loans, and one loan: plan against actual, statement, events, contract, payoff."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.database import Session
from server.database.paging import Page
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.fields import FieldOwner
from server.domain.money import yuan as plain_yuan
from server.domain.parsing.dates import parse_date
from server.domain.statement import lines_of
from server.loans import actions, queries
from server.loans.forms import BUCKETS, read_filter
from server.products import queries as products
from server.web.doors import reads
from server.web.exports import Arguments, ExportedList, export_urls
from server.web.formatting import yuan
from server.web.forms import FormState
from server.web.labels import label
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("loans", __name__)

TABS: Final = ("plan", "statement", "events", "terms")
_COLUMNS: Final = (
    Column("contract_no", lazy("合同号"), "code", sortable=True, fixed=True),
    Column("customer", lazy("客户名称")),
    Column("status", lazy("状态")),
    Column("product", lazy("贷款产品")),
    Column("principal", lazy("贷款金额"), "num", sortable=True, shown=False),
    Column("balance", lazy("本金余额"), "num", sortable=True),
    Column("total_due", lazy("当前应还"), "num", sortable=True),
    Column("next_due_on", lazy("下次应还日"), "date", sortable=True),
    Column("next_due_amount", lazy("下次应还"), "num", shown=False),
    Column("unpaid_due_on", lazy("逾期天数"), "num", sortable=True),
    Column("five_class", lazy("分类")),
    Column("officer", lazy("客户经理")),
    Column("disbursed_on", lazy("放款日"), "date", sortable=True, shown=False),
    Column("maturity_on", lazy("到期日"), "date", sortable=True, shown=False),
)


@blueprint.get("/loans")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List loans with filters, sorts and sums; six statements a page."""
    wanted = read_filter(request.args)
    sort = request.args.get("sort") or "contract_no"
    page = queries.list_loans(
        session,
        actor,
        wanted,
        sort=sort,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    totals = queries.totals_of(session, actor, wanted)
    listing = make_listing(
        page,
        list(_COLUMNS),
        sort=sort,
        total=totals.count,
        totals={
            "principal": yuan(totals.principal),
            "balance": yuan(totals.balance),
            "total_due": yuan(totals.total_due),
        },
        exports=export_urls("loans"),
    )
    return render_template(
        "loans/index.html",
        listing=listing,
        form=FormState(dict(request.args.items())),
        branches=[(each.id, each.name) for each in accounts.branches(session, actor)],
        officers=[
            (each.id, each.display_name) for each in accounts.officers(session, actor.branch_id)
        ],
        products=[(each.id, each.name) for each in products.products_for_new_loan(session)],
        buckets=BUCKETS,
    )


def _exported_page(
    session: Session, actor: Actor, arguments: Arguments, after: str | None, rows: int
) -> Page[queries.LoanRow]:
    wanted, sort = read_filter(arguments), arguments.get("sort") or "contract_no"
    return queries.list_loans(session, actor, wanted, sort=sort, after=after, limit=rows)


def _cells(row: queries.LoanRow) -> dict[str, Any]:
    return {
        "contract_no": row.contract_no,
        "customer": row.customer_name,
        "status": label(row.status, "status"),
        "product": row.product_name,
        "principal": Decimal(plain_yuan(row.principal)),
        "balance": Decimal(plain_yuan(row.balance)),
        "total_due": Decimal(plain_yuan(row.total_due)),
        "next_due_on": row.next_due_on,
        "next_due_amount": Decimal(plain_yuan(row.next_due_amount)) if row.next_due_on else None,
        "unpaid_due_on": row.dpd,
        "five_class": label(row.five_class, "five_class"),
        "officer": row.officer_name,
        "disbursed_on": row.disbursed_on,
        "maturity_on": row.maturity_on,
    }


whole_list: Final = ExportedList(
    "loans", lazy("贷款"), "loans.index", Permission.LOANS_READ, _COLUMNS, _exported_page, _cells
)


@blueprint.get("/loans/<uuid:loan_id>")
@reads
def show(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Show one loan as of a day: `?tab=` says which part, `?as_of=` which day."""
    loan = queries.loan(session, actor, str(loan_id))
    tab = request.args.get("tab", "plan")
    form = FormState({"as_of": request.args.get("as_of", ""), "on": request.args.get("on", "")})
    as_of = _day(form, "as_of", actor.today)
    context = loan_context(session, actor, loan, _sheet(session, loan, form, as_of, actor))
    return render_template(
        "loans/show.html",
        tab=tab if tab in TABS else TABS[0],
        form=form,
        definitions=products.custom_fields(session, FieldOwner.LOAN),
        payoff=_payoff(session, loan, form, actor.today),
        entries=queries.entries_of(session, loan.id),
        lines=lines_of(context["sheet"]) if tab == "statement" else (),
        guarantors=queries.guarantors_of(loan),
        files=attachments.file_names(session, "loan", loan.id),
        amendment_kinds=actions.AMENDMENT_KINDS,
        **context,
    )


@blueprint.get("/loans/<uuid:loan_id>/plan")
@reads
def plan(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Show the plan on a sheet to hand to the customer."""
    loan = queries.loan(session, actor, str(loan_id))
    sheet = _sheet(session, loan, FormState(), actor.today, actor)
    return render_template("loans/plan.html", **loan_context(session, actor, loan, sheet))


def loan_context(session: Session, actor: Actor, loan: Any, sheet: Any) -> dict[str, Any]:
    """What every page of one loan shows around its own part."""
    return {
        "loan": loan,
        "sheet": sheet,
        "parties": queries.parties_of(session, loan),
        "today": actor.today,
        "of_branch": actor.reaches(loan.branch_id),
    }


def _day(form: FormState, name: str, today: dt.date) -> dt.date:
    """The day a page is asked for; one that cannot be read is told at its field."""
    reading = parse_date(form.text(name))
    if reading.is_empty:
        return today
    if reading.value is None or reading.flag is not None or not _is_known(reading.value):
        form.refuse(Invalid(name, reading.flag or "INVALID_DATE"))
        return today
    return reading.value


def _is_known(day: dt.date) -> bool:
    return dt.date(1950, 1, 1) <= day <= dt.date(2200, 12, 31)


def _sheet(session: Session, loan: Any, form: FormState, as_of: dt.date, actor: Actor) -> Any:
    """The statement of the day asked for; of today where the rules know nothing of that day."""
    try:
        return queries.statement_on(session, loan, as_of)
    except Invalid as refusal:
        form.refuse(Invalid("as_of", refusal.reason, **refusal.detail))
        return queries.statement_on(session, loan, actor.today)


def _payoff(session: Session, loan: Any, form: FormState, today: dt.date) -> Any:
    on = _day(form, "on", today)
    try:
        return queries.payoff_on(session, loan, on)
    except Invalid as refusal:
        form.refuse(Invalid("on", refusal.reason, **refusal.detail))
        return None
