"""The bank's own fields of kind `file` in a form: what was chosen, what stays, what goes.

A file gets its id here, so that the row that has the field can name it before it is kept. A
browser never sends a chosen file twice: where the form is shown again, it must be chosen again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import FileStorage

from server.attachments.actions import Upload
from server.crypto import keyring
from server.database import new_id
from server.domain.errors import Invalid
from server.domain.fields import FieldDefinition, FieldKind
from server.domain.files import read_kind
from server.web.forms import FormState


@dataclass(slots=True)
class FileFields:
    """The file fields of a form: `ids` by key, what stands as well as what was chosen; `uploads`
    to be kept once the owner is written; `chosen` the names of the inputs that had a file.
    """

    ids: dict[str, str] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    faults: list[Invalid] = field(default_factory=list)

    def tell(self, state: FormState) -> None:
        """Show what is wrong with the files, and that good ones must be chosen again if the form
        comes back for another reason.
        """
        for fault in self.faults:
            state.refuse(fault)
        if state.errors:
            for name in self.chosen:
                state.refuse(Invalid(name, "choose_again"))


def has_files(definitions: Iterable[FieldDefinition]) -> bool:
    """Whether a form with these fields sends files."""
    return any(each.kind is FieldKind.FILE for each in definitions)


def read_files(
    definitions: Iterable[FieldDefinition],
    files: Mapping[str, FileStorage],
    form: Mapping[str, str],
    standing: Mapping[str, Any] | None = None,
    held: Mapping[str, str] | None = None,
) -> FileFields:
    """Read the file fields of a form.

    `standing` is the row's `extra`: without a new file the old one stays, unless `clear.<field>`
    is set. `held` are the owner's files by SHA-256: a file that is there already is not kept
    twice.
    """
    found, known = FileFields(), dict(held or {})
    for definition in definitions:
        if definition.kind is not FieldKind.FILE:
            continue
        stands = (standing or {}).get(definition.key)
        if stands and not form.get(f"clear.{definition.field}"):
            found.ids[definition.key] = str(stands)
        sent = files.get(definition.field)
        if sent is not None and sent.filename:
            _choose(found, definition, sent, known)
    return found


def _choose(
    found: FileFields, definition: FieldDefinition, sent: FileStorage, known: dict[str, str]
) -> None:
    content = sent.read()
    try:
        read_kind(content, definition.field)
    except Invalid as fault:
        found.faults.append(fault)
        # The field is not empty: what is wrong with it is told once.
        found.ids.setdefault(definition.key, new_id())
        return
    sha256 = keyring.fingerprint(content)
    found.chosen.append(definition.field)
    if sha256 not in known:
        known[sha256] = new_id()
        found.uploads.append(Upload(known[sha256], sent.filename or "", content))
    found.ids[definition.key] = known[sha256]
