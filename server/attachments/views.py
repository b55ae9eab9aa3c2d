"""Sending files, and taking those of a form. The pages around them stand in `desk.views.files`.

A file is opened by GET but told to the audit, so these doors write.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    request,
    send_file,
)
from flask_babel import gettext as _
from flask_babel import ngettext

from server.attachments import actions, queries
from server.database import Session
from server.domain.access import Actor
from server.domain.errors import Invalid, NotFound
from server.domain.files import MEDIA_TYPES, FileKind
from server.web.doors import writes
from server.web.messages import message_for

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from flask import Response
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("attachments", __name__)

ACCEPTED = ",".join(f".{kind}" for kind in (*FileKind, "jpeg"))
_MOST_FILES = 20


@blueprint.get("/attachments/<uuid:attachment_id>/file")
@writes
def download(session: Session, actor: Actor, attachment_id: UUID) -> ResponseReturnValue:
    """Send a file to be saved."""
    row = queries.attachment(session, actor, str(attachment_id))
    return send_attachment(session, actor, row, inline=False)


@blueprint.get("/attachments/<uuid:attachment_id>/image")
@writes
def image(session: Session, actor: Actor, attachment_id: UUID) -> ResponseReturnValue:
    """Send an image to be looked at."""
    row = queries.attachment(session, actor, str(attachment_id))
    return send_attachment(session, actor, row, inline=True)


def add_files(
    session: Session, actor: Actor, owner: queries.Owner, back: str
) -> ResponseReturnValue:
    """Keep the files of the request, all or none, and go back; the refusal is told there."""
    files = [file for file in request.files.getlist("file") if file.filename]
    try:
        if not files:
            raise Invalid("file", "missing")
        if len(files) > _MOST_FILES:
            raise Invalid("file", "too_many_files", most=_MOST_FILES)
        for file in files:
            command = actions.AttachFile(owner, file.filename or "", file.read())
            actions.attach_file(session, actor, command, data_dir())
    except Invalid as refusal:
        session.rollback()
        flash(_("文件没有保存：%(reason)s", reason=message_for(refusal)), "bad")
        return redirect(back, 303)
    told = ngettext("已保存 %(num)d 个文件。", "已保存 %(num)d 个文件。", len(files))
    flash(told, "good")
    return redirect(back, 303)


def send_attachment(
    session: Session, actor: Actor, row: queries.AttachmentRow, *, inline: bool
) -> Response:
    """Answer with the bytes of a file, kept by no cache, its opening audited."""
    if inline and not row.is_image:
        raise NotFound("image", row.id)
    content = actions.open_attachment(session, actor, row, data_dir())
    answer = send_file(
        io.BytesIO(content),
        mimetype=row.media_type if row.media_type in MEDIA_TYPES.values() else None,
        as_attachment=not inline,
        download_name=row.file_name,
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def data_dir() -> Path:
    """The data folder of this app."""
    folder: Path = current_app.config["DATA_DIR"]
    return folder
