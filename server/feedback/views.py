"""Pages of feedback: the list by deadline, logging a case, one case with its handling and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.views import ACCEPTED, add_files, send_attachment
from server.customers import queries as customers
from server.database import Session
from server.database.paging import Page
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid, NotFound
from server.feedback import actions, forms, queries
from server.loans import queries as loans
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.exports import Arguments, ExportedList, export_urls
from server.web.forms import FormState
from server.web.labels import label
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("feedback", __name__)
_FOUND_ROWS = 20


@blueprint.get("/feedback")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List cases, by default those that wait for an answer, the latest overdue first."""
    form, wanted, sort = _asked(request.args)
    page = queries.list_feedback(
        session,
        actor,
        wanted,
        sort=sort,
        after=form.text("after") or None,
        before=form.text("before") or None,
    )
    return render_template(
        "feedback/index.html",
        form=form,
        listing=make_listing(page, _columns(), sort=sort, exports=export_urls("feedback")),
        counts=queries.deadline_counts(session, actor),
        branches=[(row.id, row.name) for row in accounts.branches(session, actor)],
    )


def _asked(arguments: Arguments) -> tuple[FormState, queries.FeedbackFilter, str]:
    """What the list's URL asks for: the form as typed, the filter, the sort."""
    form = FormState(dict(arguments.items()))
    form.values.setdefault("status", "waiting")
    wanted = forms.read_filter(form)
    usual = "due_on" if wanted.status in {"waiting", "late"} else "-received_on"
    return form, wanted, form.text("sort") or usual


def _exported_page(
    session: Session, actor: Actor, arguments: Arguments, after: str | None, rows: int
) -> Page[queries.FeedbackRow]:
    _form, wanted, sort = _asked(arguments)
    return queries.list_feedback(session, actor, wanted, sort=sort, after=after, limit=rows)


def _cells(row: queries.FeedbackRow) -> dict[str, Any]:
    return {
        "feedback_no": row.feedback_no,
        "customer": row.customer_name,
        "kind": label(row.kind, "feedback_kind"),
        "category": label(row.category, "feedback_category"),
        "channel": label(row.channel, "feedback_channel"),
        "received_on": row.received_on,
        "due_on": row.due_on,
        "status": label(row.status, "feedback_status"),
        "owner": row.owner_name,
    }


@blueprint.get("/feedback/new")
@reads
def new(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the form of a new case, or first ask whose it is."""
    actor.require(Permission.FEEDBACK_LOG)
    customer_id = request.args.get("customer", "")
    if not customers.is_id(customer_id):
        return _ask_customer(session, actor)
    state = FormState(
        {
            "received_on": actor.today.isoformat(),
            "kind": "complaint",
            "channel": "visit",
            "loan_id": request.args.get("loan", ""),
        }
    )
    return render_template("feedback/new.html", **_new_context(session, actor, state, customer_id))


@blueprint.post("/feedback")
@writes
def create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Log a case."""
    actor.require(Permission.FEEDBACK_LOG)
    customer_id = request.form.get("customer_id", "")
    if not customers.is_id(customer_id):
        raise NotFound("customer", customer_id)
    entries = Entries(request.form)
    command = forms.read_new(entries, customer_id)
    context = _new_context(session, actor, entries.state, customer_id)
    if not entries.state.errors:
        try:
            feedback_id = actions.log_feedback(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("反馈已登记。"), "good")
            return redirect(_after_logging(actor, command, feedback_id), 303)
    return render_template("feedback/new.html", **context), 422


@blueprint.get("/feedback/<uuid:feedback_id>")
@reads
def show(session: Session, actor: Actor, feedback_id: UUID) -> ResponseReturnValue:
    """Show one case and the form of the next step."""
    return _page(session, actor, str(feedback_id), FormState())


@blueprint.post("/feedback/<uuid:feedback_id>/entries")
@writes
def handle(session: Session, actor: Actor, feedback_id: UUID) -> ResponseReturnValue:
    """Write a note, an answer or a change of state."""
    entries = Entries(request.form)
    command = forms.read_step(entries, str(feedback_id))
    if not entries.state.errors:
        try:
            actions.handle_feedback(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        except Conflict:
            page = _page(session, actor, command.feedback_id, entries.state, has_conflict=True)
            return page, 409
        else:
            flash(_("已记录。"), "good")
            return redirect(url_for("feedback.show", feedback_id=feedback_id), 303)
    return _page(session, actor, str(feedback_id), entries.state), 422


@blueprint.post("/feedback/<uuid:feedback_id>/attachments")
@writes
def attach(session: Session, actor: Actor, feedback_id: UUID) -> ResponseReturnValue:
    """Keep files with a case."""
    owner = _owner(session, actor, str(feedback_id))
    return add_files(session, actor, owner, back=url_for("feedback.show", feedback_id=owner.id))


@blueprint.get("/feedback/<uuid:feedback_id>/attachments/<uuid:attachment_id>")
@writes
def attachment(
    session: Session, actor: Actor, feedback_id: UUID, attachment_id: UUID
) -> ResponseReturnValue:
    """Send a file of a case: an image to be looked at, all else to be saved."""
    owner = _owner(session, actor, str(feedback_id))
    row = attachments.attachment(session, actor, str(attachment_id), owner)
    return send_attachment(session, actor, row, inline=row.is_image)


def _owner(session: Session, actor: Actor, feedback_id: str) -> attachments.Owner:
    kept = queries.find_feedback(session, actor, feedback_id)
    return attachments.Owner("feedback", kept.id, kept.branch_id)


def _page(
    session: Session, actor: Actor, feedback_id: str, form: FormState, *, has_conflict: bool = False
) -> str:
    detail = queries.feedback_detail(session, actor, feedback_id)
    answers = actor.may(Permission.FEEDBACK_ANSWER)
    steps = forms.next_steps(detail.row.status, answers=answers)
    owner = attachments.Owner("feedback", feedback_id, detail.branch_id)
    return render_template(
        "feedback/show.html",
        case=detail,
        form=form,
        steps=[(code, label(code, "feedback_step")) for code in steps],
        has_conflict=has_conflict,
        attachments=attachments.attachments_of(session, actor, owner),
        accepted=ACCEPTED,
    )


def _after_logging(actor: Actor, command: actions.LogFeedback, feedback_id: str) -> str:
    """The case; but who logged a complaint about oneself sees it no more."""
    if command.kind == "complaint" and command.about_user_id == actor.user_id:
        return url_for("customers.show", customer_id=command.customer_id)
    return url_for("feedback.show", feedback_id=feedback_id)


def _ask_customer(session: Session, actor: Actor) -> str:
    text = request.args.get("q", "").strip()
    found = customers.search(session, actor, text, _FOUND_ROWS) if text else []
    return render_template(
        "feedback/whose.html", form=FormState({"q": text}), found=found, searched=text
    )


def _new_context(
    session: Session, actor: Actor, state: FormState, customer_id: str
) -> dict[str, Any]:
    customer = customers.find_customer(session, actor, customer_id)
    own = loans.loans_of_customer(session, actor, customer.id)
    staff = accounts.officers(session, customer.branch_id)
    return {
        "form": state,
        "customer": customer,
        "loans": [(loan.id, loan.contract_no) for loan in own],
        "staff": [(user.id, user.display_name) for user in staff],
    }


def _columns() -> list[Column]:
    return [
        Column("feedback_no", lazy("编号"), "code", fixed=True),
        Column("customer", lazy("客户名称")),
        Column("kind", lazy("类型")),
        Column("category", lazy("类别")),
        Column("channel", lazy("渠道"), shown=False),
        Column("received_on", lazy("收到日期"), "date", sortable=True),
        Column("due_on", lazy("答复期限"), "date", sortable=True),
        Column("status", lazy("状态")),
        Column("owner", lazy("处理人")),
    ]


whole_list: Final = ExportedList(
    "feedback",
    lazy("反馈"),
    "feedback.index",
    Permission.FEEDBACK_LOG,
    tuple(_columns()),
    _exported_page,
    _cells,
)
