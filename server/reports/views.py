"""Exports: any list as its page shows it, the blank template, the whole ledger."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _

from server.accounts import queries as accounts
from server.database import Session
from server.domain.access import Actor, Permission
from server.products import queries as products
from server.reports import actions
from server.reports.documents.ledger import ledger_table
from server.reports.documents.sheets import (
    MIME_TYPES,
    FileKind,
    Heading,
    Table,
    write_table,
)
from server.reports.documents.template import write_template
from server.reports.queries import ledger as queries
from server.web.doors import reads, writes
from server.web.entries import Entries
from server.web.exports import ExportedList
from server.web.forms import FormState

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("reports", __name__)

MAX_LIST_ROWS: Final = 200_000
_LISTS: Final = "taizhang_exported_lists"
_WIDTHS: Final = {"num": 16, "date": 12, "code": 20, "text": 16, "note": 40}


def init_exports(app: Flask, lists: Iterable[ExportedList]) -> None:
    """Register the pages of exports, and the lists that can be had as files."""
    app.extensions[_LISTS] = {each.name: each for each in lists}
    app.register_blueprint(blueprint)


@blueprint.get("/exports")
@reads
def index(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show what can be taken out."""
    actor.require(Permission.REPORTS_EXPORT)
    return _page(session, actor, FormState({"kind": "xlsx"}))


@blueprint.get("/exports/template.xlsx")
@reads
def template(session: Session, actor: Actor) -> ResponseReturnValue:
    """Send the blank ledger."""
    actor.require(Permission.INTAKE_IMPORT)
    branches = [each.name for each in accounts.branches(session, actor) if each.active]
    offered = [each.name for each in products.products_for_new_loan(session)]
    with whole_file() as file:
        write_template(file, queries.ledger_fields(session), branches, offered)
        return send_table(file, "xlsx", _("台账模板.xlsx"))


@blueprint.post("/exports/ledger")
@reads
def ledger(session: Session, actor: Actor) -> ResponseReturnValue:
    """Send the whole ledger, with full numbers, for a reason."""
    entries = Entries(request.form)
    reason = entries.text("reason", most=actions.MAX_REASON)
    kind = entries.code("kind", MIME_TYPES)
    branch_id = entries.code("branch", _branch_ids(session, actor), required=False)
    actions.require_ledger(actor, reason or "-")
    if entries.state.errors:
        return _page(session, actor, entries.state), 422
    file_kind: FileKind = "csv" if kind == "csv" else "xlsx"
    table = ledger_table(session, actor, current_app.config["BANK_NAME"], branch_id)
    with whole_file() as file:
        rows = write_table(file, file_kind, table)
        note = actions.NoteExport("ledger", kind, rows, reason=reason)
        return _send_ledger(file, note, branch_id or None)


@writes
def _send_ledger(
    session: Session,
    actor: Actor,
    file: IO[bytes],
    note: actions.NoteExport,
    branch_id: str | None,
) -> ResponseReturnValue:
    actions.note_ledger(session, actor, note, branch_id)
    return send_table(file, note.kind, f"{_('贷款台账')}-{actor.today}.{note.kind}")


def _page(session: Session, actor: Actor, form: FormState) -> str:
    lists = current_app.extensions[_LISTS].values()
    return render_template(
        "reports/index.html",
        form=form,
        branches=[(each.id, each.name) for each in accounts.branches(session, actor)],
        lists=[
            (url_for(each.endpoint), each.title) for each in lists if actor.may(each.permission)
        ],
        imports=_imports(actor),
    )


def _imports(actor: Actor) -> str | None:
    is_there = "intake.index" in current_app.view_functions
    return url_for("intake.index") if is_there and actor.may(Permission.INTAKE_IMPORT) else None


def _branch_ids(session: Session, actor: Actor) -> list[str]:
    return [each.id for each in accounts.branches(session, actor)]


@blueprint.get("/export/<name>.<any(xlsx, csv):kind>")
@reads
def list_file(session: Session, actor: Actor, name: str, kind: FileKind) -> ResponseReturnValue:
    """Send a list whole: the columns, filters and order of its page, masked as there."""
    actor.require(Permission.REPORTS_EXPORT)
    source: ExportedList | None = current_app.extensions[_LISTS].get(name)
    if source is None:
        abort(404)
    title = str(source.title)
    table = Table(
        name=title,
        headings=[
            Heading(str(each.label), _WIDTHS[each.kind]) for each in source.shown(request.args)
        ],
        rows=source.rows(session, actor, request.args),
        title=_title(title, actor) if kind == "xlsx" else "",
    )
    with whole_file() as file:
        rows = write_table(file, kind, table, most=MAX_LIST_ROWS)
        filters = tuple(request.args.items(multi=True))
        note = actions.NoteExport(name, kind, rows, filters)
        return _send_list(file, note, f"{title}-{actor.today}.{kind}")


@writes
def _send_list(
    session: Session, actor: Actor, file: IO[bytes], note: actions.NoteExport, name: str
) -> ResponseReturnValue:
    """The file is whole: take note, then let it go."""
    actions.note_list(session, actor, note)
    return send_table(file, note.kind, name)


@contextmanager
def whole_file() -> Iterator[IO[bytes]]:
    """A file without a name: all is written before any is sent. The answer or a fault closes it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 (open until the answer is sent)
    try:
        yield file
    except BaseException:
        file.close()
        raise


def send_table(file: IO[bytes], kind: str, name: str) -> Response:
    """Answer with a finished file."""
    file.seek(0)
    return send_file(file, MIME_TYPES[kind], as_attachment=True, download_name=name)


def _title(title: str, actor: Actor) -> str:
    bank = current_app.config["BANK_NAME"]
    return str(_("%(bank)s %(title)s（截至 %(day)s）", bank=bank, title=title, day=actor.today))
