"""The pages of imports: upload, mapping, preview, progress, result.

They read requests and render; what happens to a run stands in `actions/runs.py`. A file is opened
before the write transaction begins, so that a large one holds nobody up.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _

from server.accounts import queries as accounts
from server.database import Session
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.fields import FieldOwner
from server.domain.ledger.columns import BY_FIELD, CUSTOM
from server.intake import actions, forms
from server.intake.documents.refused import write_refused
from server.intake.queries import runs
from server.products import queries as products
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.intake_labels import column_label
from server.web.messages import message_for, row_message

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("intake", __name__)

ACCEPTED: Final = ".xlsx,.xls,.ods,.csv,.tsv,.txt"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WAITS_TOO_LONG: Final = 30
_PAGES: Final = {
    "uploaded": "intake/mapping.html",
    "reading": "intake/working.html",
    "importing": "intake/working.html",
    "previewed": "intake/preview.html",
}


@blueprint.get("/imports")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """List the runs and offer to take in a file."""
    return _index(session, actor, FormState())


@blueprint.post("/imports")
@reads
def create(session: Session, actor: Actor) -> ResponseReturnValue:
    """Take in a file and lead to its mapping."""
    actions.require_import(actor)
    sent = request.files.get("file")
    state = FormState()
    try:
        if sent is None or not sent.filename:
            raise Invalid("file", "missing")
        content = sent.read()
        seen = actions.look_over(session, actor, content, sent.filename, actions.Choices())
    except Invalid as refusal:
        state.refuse(Invalid("file", refusal.reason, **refusal.detail))
        return _index(session, actor, state), 422
    return _keep(actions.UploadLedger(sent.filename, content, seen))


@writes
def _keep(session: Session, actor: Actor, command: actions.UploadLedger) -> ResponseReturnValue:
    run_id = actions.upload_ledger(session, actor, command, _data_dir())
    return redirect(_url(run_id), 303)


@blueprint.get("/imports/<uuid:run_id>")
@reads
def show(session: Session, actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Show a run at the step where it is."""
    run = runs.find_run(session, actor, str(run_id))
    changes_mapping = run.status == "previewed" and request.args.get("step") == "mapping"
    if run.status == "uploaded" or changes_mapping:
        offer = _offer(session, actor)
        return _mapping(run, forms.typed_mapping(run, offer), offer)
    return _page(session, actor, run)


@blueprint.post("/imports/<uuid:run_id>/sheet")
@reads
def choose_sheet(session: Session, actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Map another sheet of the file."""
    run = runs.find_run(session, actor, str(run_id))
    name = request.form.get("sheet", "")
    try:
        content = runs.read_upload(_data_dir(), run.id)
        wanted = actions.Choices(sheet=name)
        seen = actions.look_over(session, actor, content, run.file_name, wanted)
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
        return redirect(_url(run.id), 303)
    return _act(run_id, lambda s, a, key: actions.choose_sheet(s, a, key, seen))


@blueprint.post("/imports/<uuid:run_id>/mapping")
@writes
def save_mapping(session: Session, actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Keep the mapping and have the preview made."""
    run = runs.find_run(session, actor, str(run_id))
    offer, entries = _offer(session, actor), Entries(request.form)
    command = forms.read_mapping(entries, run, offer)
    if not entries.state.errors:
        try:
            actions.map_run(session, actor, command)
        except Invalid as refusal:
            entries.state.refuse(refusal)
        else:
            return redirect(_url(run.id), 303)
    return _mapping(run, entries.state, offer), 422


@blueprint.post("/imports/<uuid:run_id>/start")
@reads
def start(_session: Session, _actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Have the previewed file brought in."""
    return _act(run_id, actions.start_run)


@blueprint.post("/imports/<uuid:run_id>/cancel")
@reads
def cancel(_session: Session, _actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Stop a run."""
    return _act(run_id, actions.cancel_run)


@blueprint.post("/imports/<uuid:run_id>/reopen")
@reads
def reopen(_session: Session, _actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Lead a stopped or failed run back to its mapping."""
    return _act(run_id, actions.reopen_run)


@blueprint.get("/imports/<uuid:run_id>/refused.xlsx")
@reads
def refused(session: Session, actor: Actor, run_id: UUID) -> ResponseReturnValue:
    """Send the refused rows: their cells as they came, and why."""
    run = runs.find_run(session, actor, str(run_id))
    actor.require(Permission.CUSTOMERS_REVEAL)
    try:
        opened = actions.open_run_file(session, actor, run, _data_dir())
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
        return redirect(_url(run.id), 303)
    reasons = runs.refused_reasons(session, run.id)
    words, heading_of = (_("未导入的行"), _("原行号"), _("原因")), _headings_of(run)
    file = tempfile.TemporaryFile()  # noqa: SIM115 (open until the answer is sent)
    try:
        rows = write_refused(
            file,
            opened,
            reasons,
            words,
            lambda each: _(
                "%(column)s：%(reason)s",
                column=heading_of(each["field"]),
                reason=_sentence(each),
            ),
        )
        _note_download(run.id, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    stem = Path(run.file_name).stem
    name = _("%(name)s-未导入的行.xlsx", name=stem)
    return send_file(file, XLSX, as_attachment=True, download_name=name)


@writes
def _note_download(session: Session, actor: Actor, run_id: str, rows: int) -> ResponseReturnValue:
    actions.note_download(session, actor, run_id, rows)
    return ""


def _act(run_id: UUID, act: Callable[[Session, Actor, str], None]) -> ResponseReturnValue:
    """One act on a run, then its page; a refusal is told there."""
    try:
        _in_transaction(str(run_id), act)
    except Invalid as refusal:
        flash(message_for(refusal), "bad")
    return redirect(_url(str(run_id)), 303)


@writes
def _in_transaction(
    session: Session, actor: Actor, run_id: str, act: Callable[[Session, Actor, str], None]
) -> ResponseReturnValue:
    act(session, actor, run_id)
    return ""


def _index(session: Session, actor: Actor, state: FormState) -> str:
    page = runs.list_runs(
        session,
        actor,
        after=request.args.get("after") or None,
        before=request.args.get("before") or None,
    )
    return render_template(
        "intake/index.html",
        form=state,
        page=page,
        branches={row.id: row.name for row in accounts.branches(session, actor)},
        accepted=ACCEPTED,
        megabytes=current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024,
        known=[column_label(field) for field in BY_FIELD],
        has_template="reports.template" in current_app.view_functions,
    )


def _mapping(run: runs.RunRow, state: FormState, offer: forms.Offer) -> str:
    columns = sorted(run.columns, key=lambda each: (not each["doubtful"], each["place"]))
    return render_template(
        "intake/mapping.html",
        run=run,
        form=state,
        offer=offer,
        columns=columns,
        asked=forms.asked_words(run, offer),
        scales=forms.SCALES,
        is_amount=forms.is_amount,
        column_label=column_label,
    )


def _page(session: Session, actor: Actor, run: runs.RunRow) -> str:
    shows_refused = request.args.get("rows") != "remarked"
    rows = runs.told_rows(
        session,
        run.id,
        refused=shows_refused,
        after=request.args.get("after") or None,
        before=request.args.get("before") or None,
    )
    return render_template(
        _PAGES.get(run.status, "intake/result.html"),
        run=run,
        page=rows,
        shows_refused=shows_refused,
        notes=[
            message_for(Invalid("note", name, **detail))
            for name, detail in run.counts.get("survey", {}).get("notes", ())
        ],
        error=message_for(run.error) if run.error else "",
        heading_of=_headings_of(run),
        sentence=_sentence,
        column_label=column_label,
        worker_sleeps=_worker_sleeps(run, actor),
    )


def _headings_of(run: runs.RunRow) -> Callable[[str], str]:
    """What the sheet itself calls the column of a field; a standard word where it has none."""
    chosen = actions.read_choices(run.choices).columns
    headings = {
        chosen.get(column["place"], column["field"]): column["heading"] for column in run.columns
    }
    return lambda field: headings.get(field) or column_label(field)


def _worker_sleeps(run: runs.RunRow, actor: Actor) -> bool:
    """Whether a run has waited so long that the worker seems not to be running."""
    asked = dt.datetime.fromisoformat(run.counts.get("asked_at", run.created_at.isoformat()))
    last = run.heartbeat_at or asked
    return run.is_working and (actor.now - last).total_seconds() > _WAITS_TOO_LONG


def _offer(session: Session, actor: Actor) -> forms.Offer:
    own = [
        (f"{CUSTOM}{owner}.{each.key}", each.label)
        for owner in (FieldOwner.CUSTOMER, FieldOwner.LOAN)
        for each in products.custom_fields(session, owner)
    ]
    return forms.Offer(
        branches=[(row.id, row.name) for row in accounts.branches(session, actor) if row.active],
        officers=[
            (row.id, row.display_name) for row in accounts.officers(session, actor.branch_id)
        ],
        products=[
            (row.id, f"{row.name} ({row.code})")
            for row in products.products(session, actor, active=True)
        ],
        own_fields=own,
    )


def _sentence(reason: dict[str, Any]) -> str:
    """A stored reason in the reader's language."""
    return row_message(Invalid(reason["field"], reason["reason"], **reason["detail"]))


def _url(run_id: str) -> str:
    return url_for("intake.show", run_id=run_id)


def _data_dir() -> Path:
    folder: Path = current_app.config["DATA_DIR"]
    return folder
