"""Pages of payments: the day's list, recording, paying early, receipts, reversals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.views import send_attachment
from server.database import Session
from server.database.extension import current_session
from server.database.paging import Page
from server.domain.access import Actor, Permission
from server.domain.chinese.amounts import capitals
from server.domain.errors import Invalid, NotFound
from server.domain.masking import mask_name
from server.domain.money import yuan as plain_yuan
from server.loans import queries as loans
from server.repayments import actions, forms, queries
from server.web.doors import reads, writes
from server.web.exports import Arguments, ExportedList, export_urls
from server.web.formatting import yuan
from server.web.forms import FormState
from server.web.labels import label
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("repayments", __name__)


def init_held(app: Flask) -> None:
    """Offer `held_of_loan(loan_id)` to the pages of loans, which know nothing of payments."""
    app.jinja_env.globals["held_of_loan"] = _held_of_loan


def _held_of_loan(loan_id: str) -> list[queries.HeldRow]:
    return queries.held_of_loans(current_session(), [loan_id])


_COLUMNS = (
    Column("receipt_no", lazy("收据号"), "code", fixed=True),
    Column("paid_on", lazy("还款日"), "date"),
    Column("customer", lazy("客户名称")),
    Column("contract_no", lazy("合同号"), "code"),
    Column("amount", lazy("金额"), "num"),
    Column("method", lazy("方式")),
    Column("reference", lazy("流水号"), "code"),
    Column("recorded_by", lazy("经办人")),
    Column("status", lazy("状态")),
)


@blueprint.get("/repayments")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the payments of a day, or of what the filters say, with totals by method."""
    wanted = forms.read_filter(request.args, actor.today)
    page = queries.list_repayments(
        session,
        actor,
        wanted,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    by_method, total = queries.totals_by_method(session, actor, wanted)
    listing = make_listing(
        page,
        list(_COLUMNS),
        totals={"amount": yuan(total.amount)},
        exports=export_urls("repayments"),
    )
    shown = {"from": wanted.paid_from, "to": wanted.paid_to}
    values = {name: day.isoformat() for name, day in shown.items() if day}
    return render_template(
        "repayments/index.html",
        listing=listing,
        form=FormState({**request.args.to_dict(), **values}),
        by_method=by_method,
        total=total,
        branches=[(each.id, each.name) for each in accounts.branches(session, actor)],
        waiting=queries.pending_request_count(session, actor),
        held=queries.held_count(session, actor),
    )


def _exported_page(
    session: Session, actor: Actor, arguments: Arguments, after: str | None, rows: int
) -> Page[queries.RepaymentRow]:
    wanted = forms.read_filter(arguments, actor.today)
    return queries.list_repayments(session, actor, wanted, after=after, limit=rows)


def _cells(row: queries.RepaymentRow) -> dict[str, Any]:
    return {
        "receipt_no": row.receipt_no,
        "paid_on": row.paid_on,
        "customer": row.customer_name,
        "contract_no": row.contract_no,
        "amount": Decimal(plain_yuan(row.amount)),
        "method": label(row.method, "payment_method"),
        "reference": row.reference,
        "recorded_by": row.recorded_by,
        "status": _("已冲正") if row.is_reversed else _("有效"),
    }


whole_list: Final = ExportedList(
    "repayments",
    lazy("还款记录"),
    "repayments.index",
    Permission.LOANS_READ,
    _COLUMNS,
    _exported_page,
    _cells,
)


@blueprint.get("/loans/<uuid:loan_id>/repayments/new")
@reads
def new(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Show the form of a payment, with what is due filled in."""
    loan = loans.loan(session, actor, str(loan_id))
    actor.require(Permission.REPAYMENTS_RECORD, loan.branch_id)
    sheet = loans.statement_on(session, loan, actor.today)
    owed = sheet.total_due or (sheet.next_due.to_pay if sheet.next_due else 0)
    state = FormState(
        {
            "amount": plain_yuan(owed) if owed else "",
            "paid_on": actor.today.isoformat(),
            "method": request.args.get("method", "transfer"),
        }
    )
    return render_template("repayments/new.html", **_loan_context(session, loan, sheet, state))


@blueprint.post("/loans/<uuid:loan_id>/repayments")
@writes
def create(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Record a payment; what must be asked once comes back as a question."""
    loan = loans.loan(session, actor, str(loan_id))
    entered = forms.read_repayment(request.form, loan.id)
    asked = ""
    if entered.command is not None:
        try:
            repayment_id = actions.record_repayment(session, actor, entered.command)
        except Invalid as refusal:
            entered.state.refuse(refusal)
            asked = forms.QUESTIONS.get(refusal.reason, "")
        else:
            flash(_("还款已记录。"), "success")
            return redirect(url_for("repayments.show", repayment_id=repayment_id), 303)
    sheet = loans.statement_on(session, loan, actor.today)
    context = _loan_context(session, loan, sheet, entered.state)
    return render_template("repayments/new.html", asked=asked, **context), 422


@blueprint.get("/loans/<uuid:loan_id>/prepayment")
@reads
def new_prepayment(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Show the form of a prepayment."""
    loan = loans.loan(session, actor, str(loan_id))
    actor.require(Permission.LOANS_AMEND, loan.branch_id)
    sheet = loans.statement_on(session, loan, actor.today)
    state = FormState(
        {
            "scope": "all",
            "mode": "REDUCE_PAYMENT",
            "paid_on": actor.today.isoformat(),
            "method": "transfer",
        }
    )
    return render_template("repayments/prepay.html", **_loan_context(session, loan, sheet, state))


@blueprint.post("/loans/<uuid:loan_id>/prepayment")
@writes
def prepay(session: Session, actor: Actor, loan_id: UUID) -> ResponseReturnValue:
    """Quote a prepayment (`step=quote`), or record what was quoted."""
    loan = loans.loan(session, actor, str(loan_id))
    entered = forms.read_prepayment(request.form, loan.id)
    quote = None
    if entered.command is not None:
        try:
            quote = actions.quote_prepayment(session, actor, entered.command)
            if request.form.get("step") != "quote":
                repayment_id = actions.prepay_loan(session, actor, entered.command)
                flash(_("提前还款已记录。"), "success")
                return redirect(url_for("repayments.show", repayment_id=repayment_id), 303)
        except Invalid as refusal:
            entered.state.refuse(refusal)
    sheet = loans.statement_on(session, loan, actor.today)
    context = _loan_context(session, loan, sheet, entered.state)
    status = 422 if entered.state.errors else 200
    return render_template("repayments/prepay.html", quote=quote, **context), status


@blueprint.get("/repayments/<uuid:repayment_id>")
@reads
def show(session: Session, actor: Actor, repayment_id: UUID) -> ResponseReturnValue:
    """Show a payment as the receipt that is handed to the customer."""
    row = queries.repayment(session, actor, str(repayment_id))
    return render_template(
        "repayments/show.html",
        repayment=row,
        masked_name=mask_name(row.customer_name),
        capitals=capitals(row.amount),
        code=queries.receipt_code(row),
        signature=_signature(session, actor, row),
        allocations=queries.allocations_of(session, row.id),
        sheet=queries.statement_after(session, actor, row),
        request_id=queries.requests_of(session, [row.id]).get(row.id),
    )


@blueprint.get("/repayments/<uuid:repayment_id>/signature")
@writes
def signature(session: Session, actor: Actor, repayment_id: UUID) -> ResponseReturnValue:
    """Send what the customer signed on the screen; its opening is audited."""
    row = _signature(session, actor, queries.repayment(session, actor, str(repayment_id)))
    if row is None:
        raise NotFound("signature", str(repayment_id))
    return send_attachment(session, actor, row, inline=True)


def _signature(
    session: Session, actor: Actor, row: queries.RepaymentRow
) -> attachments.AttachmentRow | None:
    """The signed receipt, when it has arrived."""
    if row.signature is None:
        return None
    owner = attachments.Owner("repayment", row.id, None)
    kept = attachments.attachments_of(session, actor, owner)
    return next((each for each in kept if each.sha256 == row.signature and each.is_image), None)


@blueprint.get("/repayments/<uuid:repayment_id>/reversal")
@reads
def new_reversal(session: Session, actor: Actor, repayment_id: UUID) -> ResponseReturnValue:
    """Show the form that reverses a payment, or asks another person to."""
    return _reversal_page(session, actor, str(repayment_id), FormState())


@blueprint.post("/repayments/<uuid:repayment_id>/reversal")
@writes
def reverse(session: Session, actor: Actor, repayment_id: UUID) -> ResponseReturnValue:
    """Reverse one's own entry of today, or ask for the reversal of another."""
    state = FormState({"reason": request.form.get("reason", "")})
    row = queries.repayment(session, actor, str(repayment_id))
    try:
        if _is_own_today(actor, row):
            actions.reverse_repayment(session, actor, row.id, state.text("reason"))
            flash(_("还款已冲正。"), "success")
        else:
            actions.request_reversal(session, actor, row.id, state.text("reason"))
            flash(_("冲正申请已提交，等待他人审批。"), "success")
    except Invalid as refusal:
        state.refuse(refusal)
        return _reversal_page(session, actor, row.id, state), 422
    return redirect(url_for("repayments.show", repayment_id=row.id), 303)


@blueprint.get("/reversal-requests")
@reads
def requests(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the requests that wait for a decision, and the latest decided."""
    return _queue(session, actor, FormState(), "")


@blueprint.post("/reversal-requests/<uuid:request_id>/approval")
@writes
def approve(session: Session, actor: Actor, request_id: UUID) -> ResponseReturnValue:
    """Approve a request: the payment is reversed."""
    return _decide(session, actor, str(request_id), is_approved=True)


@blueprint.post("/reversal-requests/<uuid:request_id>/refusal")
@writes
def refuse(session: Session, actor: Actor, request_id: UUID) -> ResponseReturnValue:
    """Refuse a request, with a reason."""
    return _decide(session, actor, str(request_id), is_approved=False)


def _decide(
    session: Session, actor: Actor, request_id: str, *, is_approved: bool
) -> ResponseReturnValue:
    state = FormState({"note": request.form.get("note", "")})
    act = actions.approve_reversal if is_approved else actions.refuse_reversal
    try:
        act(session, actor, request_id, state.text("note"))
    except Invalid as refusal:
        state.refuse(refusal)
        return _queue(session, actor, state, request_id), 422
    flash(_("已冲正该笔还款。") if is_approved else _("已拒绝冲正申请。"), "success")
    return redirect(url_for("repayments.requests"), 303)


def _queue(session: Session, actor: Actor, state: FormState, at: str) -> str:
    return render_template(
        "repayments/requests.html",
        form=state,
        at=at,
        empty=FormState(),
        me=actor.user_id,
        waiting=queries.reversal_requests(session, actor),
        decided=[
            each
            for status in ("approved", "refused")
            for each in queries.reversal_requests(session, actor, status=status, limit=20)
        ],
    )


def _reversal_page(session: Session, actor: Actor, repayment_id: str, state: FormState) -> str:
    actor.require(Permission.REPAYMENTS_REVERSE)
    row = queries.repayment(session, actor, repayment_id)
    return render_template(
        "repayments/reverse.html", form=state, repayment=row, at_once=_is_own_today(actor, row)
    )


def _is_own_today(actor: Actor, row: queries.RepaymentRow) -> bool:
    return row.recorded_by_id == actor.user_id and row.posted_on == actor.today


def _loan_context(session: Session, loan: Any, sheet: Any, state: FormState) -> dict[str, Any]:
    return {
        "form": state,
        "loan": loan,
        "sheet": sheet,
        "parties": loans.parties_of(session, loan),
    }
