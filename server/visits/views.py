"""Pages of field work: the lists of visits and promises, one visit, and the forms at the desk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from server.accounts import queries as accounts
from server.attachments import queries as attachments
from server.attachments.actions import AttachFile, attach_file
from server.attachments.views import ACCEPTED, data_dir, send_attachment
from server.crypto import keyring
from server.customers import queries as customers
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.loans import queries as loans
from server.visits import actions, forms, queries
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.listing import Column, make_listing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("visits", __name__)

_VISIT_COLUMNS: Final = (
    Column("visited_at", lazy("走访时间"), "date", fixed=True),
    Column("customer", lazy("客户名称")),
    Column("purpose", lazy("目的")),
    Column("met", lazy("见到")),
    Column("findings", lazy("走访情况")),
    Column("photos", lazy("照片"), "num"),
    Column("next_step", lazy("下一步")),
    Column("contract_no", lazy("合同号"), "code", shown=False),
    Column("recorded_by", lazy("登记人")),
    Column("rules", lazy("合规")),
)
_PROMISE_COLUMNS: Final = (
    Column("promised_on", lazy("承诺还款日"), "date", fixed=True),
    Column("customer", lazy("客户名称")),
    Column("contract_no", lazy("合同号"), "code"),
    Column("amount", lazy("承诺金额"), "num"),
    Column("received", lazy("已收"), "num"),
    Column("state", lazy("结果")),
    Column("channel", lazy("方式")),
    Column("made_on", lazy("承诺日"), "date"),
    Column("recorded_by", lazy("登记人")),
)


@blueprint.get("/visits")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List visits, the latest first."""
    wanted = forms.read_visit_filter(request.args, actor.now.tzinfo)
    after, before = request.args.get("after"), request.args.get("before")
    page = queries.list_visits(session, actor, wanted, after=after, before=before)
    return render_template(
        "visits/index.html",
        listing=make_listing(page, list(_VISIT_COLUMNS)),
        **_list_context(session, actor),
    )


@blueprint.get("/promises", endpoint="promises")
@reads
def promises(session: Session, actor: Actor) -> ResponseReturnValue:
    """List promises to pay, the latest day first."""
    wanted = forms.read_promise_filter(request.args)
    after, before = request.args.get("after"), request.args.get("before")
    page = queries.list_promises(session, actor, wanted, after=after, before=before)
    return render_template(
        "visits/promises.html",
        listing=make_listing(page, list(_PROMISE_COLUMNS)),
        counts=queries.promise_counts(session, actor),
        today=actor.today,
        **_list_context(session, actor),
    )


@blueprint.get("/visits/<uuid:visit_id>")
@reads
def show(session: Session, actor: Actor, visit_id: UUID) -> ResponseReturnValue:
    """Show one visit with its pictures and what was said about it later."""
    visit = queries.visit(session, actor, str(visit_id))
    return render_template(
        "visits/show.html", visit=visit, addenda=queries.addenda_of(session, visit.id)
    )


@blueprint.get("/visits/<uuid:visit_id>/photos/<uuid:attachment_id>")
@writes
def photo(
    session: Session, actor: Actor, visit_id: UUID, attachment_id: UUID
) -> ResponseReturnValue:
    """Send a picture of a visit to be looked at; its opening is audited."""
    visit = queries.visit(session, actor, str(visit_id))
    owner = attachments.Owner(queries.VISIT, visit.id, visit.branch_id)
    row = attachments.attachment(session, actor, str(attachment_id), owner)
    return send_attachment(session, actor, row, inline=row.is_image)


@blueprint.get("/customers/<uuid:customer_id>/visits/new")
@reads
def new_visit(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Show the form of a visit, or of an addendum to one (`?addendum_to=`)."""
    values = {
        "purpose": "post_loan",
        "staff": actor.name,
        "next_step": "none",
        "addendum_to": request.args.get("addendum_to", ""),
        **forms.moment_values("visited", actor.now),
    }
    return _page(session, actor, "visits/new_visit.html", str(customer_id), FormState(values))


@blueprint.post("/customers/<uuid:customer_id>/visits")
@writes
def create_visit(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Record a visit with its pictures, all or nothing."""
    entries = Entries(request.form)
    command = forms.read_visit(entries, str(customer_id), actor.now.tzinfo)
    files = [file for file in request.files.getlist("photos") if file.filename]
    if not entries.state.errors:
        try:
            visit_id = _record(session, actor, command, [file.read() for file in files])
        except Invalid as refusal:
            place = "photos" if refusal.field == "file" else refusal.field
            told = Invalid(place, refusal.reason, **refusal.detail)
            entries.state.refuse(forms.at_the_form(told))
        else:
            flash(_("走访已登记。"), "good")
            return redirect(url_for("visits.show", visit_id=visit_id), 303)
    if files:
        entries.state.refuse(Invalid("photos", "choose_again"))
    page = _page(session, actor, "visits/new_visit.html", str(customer_id), entries.state)
    return page, 422


@blueprint.get("/customers/<uuid:customer_id>/promises/new")
@reads
def new_promise(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Show the form of a promise."""
    values = {"channel": "phone", "loan_id": request.args.get("loan", "")}
    return _page(session, actor, "visits/new_promise.html", str(customer_id), FormState(values))


@blueprint.post("/customers/<uuid:customer_id>/promises")
@writes
def create_promise(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Record a promise."""
    entries = Entries(request.form)
    command = forms.read_promise(entries, str(customer_id))
    if not entries.state.errors:
        try:
            actions.make_promise(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            flash(_("还款承诺已登记。"), "good")
            return _back(customer_id)
    page = _page(session, actor, "visits/new_promise.html", str(customer_id), entries.state)
    return page, 422


@blueprint.get("/customers/<uuid:customer_id>/calls/new")
@reads
def new_call(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Show the form of a contact."""
    detail = customers.customer_detail(session, actor, str(customer_id))
    own = next((each.id for each in detail.contacts if each.relation == "self"), "")
    values = {
        "channel": "phone",
        "contact_id": request.args.get("contact", own),
        "result": "reached",
        "relation": "self",
        **forms.moment_values("called", actor.now),
    }
    return _page(session, actor, "visits/new_call.html", str(customer_id), FormState(values))


@blueprint.post("/customers/<uuid:customer_id>/calls")
@writes
def create_call(session: Session, actor: Actor, customer_id: UUID) -> ResponseReturnValue:
    """Log a contact; what the rules of conduct ask comes back as a question."""
    entries = Entries(request.form)
    command = forms.read_call(entries, str(customer_id), actor.now.tzinfo)
    asked = ""
    if not entries.state.errors:
        try:
            actions.log_call(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(forms.at_the_form(refusal))
            asked = forms.QUESTIONS.get(refusal.reason, "")
        else:
            flash(_("联系已登记。"), "good")
            return _back(customer_id)
    template = "visits/new_call.html"
    return _page(session, actor, template, str(customer_id), entries.state, asked), 422


def _record(
    session: Session, actor: Actor, command: actions.RecordVisit, contents: list[bytes]
) -> str:
    """Record a visit at the desk: its pictures are there at once."""
    named = {keyring.fingerprint(content): content for content in contents}
    visit_id = actions.record_visit(session, actor, replace(command, photos=tuple(named)))
    visit = queries.visit(session, actor, visit_id)
    owner = attachments.Owner(queries.VISIT, visit_id, visit.branch_id)
    for sha256, content in named.items():
        attach_file(session, actor, AttachFile(owner, sha256[:12], content), data_dir())
    return visit_id


def _page(
    session: Session,
    actor: Actor,
    template: str,
    customer_id: str,
    form: FormState,
    asked: str = "",
) -> str:
    actor.require(Permission.VISITS_RECORD)
    detail = customers.customer_detail(session, actor, customer_id)
    own = loans.loans_of_customer(session, actor, detail.id)
    return render_template(
        template,
        form=form,
        asked=asked,
        customer=detail,
        loans=[(loan.id, loan.contract_no) for loan in own],
        contacts=[each for each in detail.contacts if each.kind in {"mobile", "landline"}],
        accepted=ACCEPTED,
    )


def _list_context(session: Session, actor: Actor) -> dict[str, Any]:
    return {
        "form": FormState(dict(request.args.items())),
        "branches": [(each.id, each.name) for each in accounts.branches(session, actor)],
        "officers": [
            (each.id, each.display_name) for each in accounts.officers(session, actor.branch_id)
        ],
    }


def _back(customer_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("customers.show", customer_id=customer_id, _anchor="field"), 303)
