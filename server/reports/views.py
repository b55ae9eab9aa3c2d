"""Exports: any list as its page shows it, the blank template, the whole ledger."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, abort, current_app, request, send_file
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor, Permission
from server.reports import actions
from server.reports.documents.sheets import (
    MIME_TYPES,
    FileKind,
    Heading,
    Table,
    write_table,
)
from server.web.doors import reads, writes
from server.web.exports import ExportedList

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
