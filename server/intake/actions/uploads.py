"""Taking a file in: looked over at its top, sealed on disk before its row stands, swept later."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.attachments.actions import write_sealed
from server.crypto import keyring
from server.database import new_id, record
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid
from server.domain.ledger.columns import BY_FIELD
from server.domain.ledger.layout import RowKind
from server.domain.ledger.mapping import Headings, Source
from server.domain.masking import mask_address, mask_card, mask_id, mask_phone
from server.domain.parsing.synonyms import Kind
from server.intake.actions.choices import Choices, read_choices
from server.intake.actions.opening import Opened, headings_of, open_ledger
from server.intake.actions.places import surroundings
from server.intake.actions.surveying import samples_of
from server.intake.models import ImportRun
from server.intake.queries.files import SheetName
from server.intake.queries.runs import OPEN, RunRow, read_upload, seal_place, upload_path

KEPT_FOR: Final = dt.timedelta(days=30)
MAX_NAME: Final = 200
_SWEPT_AT_ONCE: Final = 50
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
_LONG_NUMBER: Final = re.compile(r"[0-9Xx]{7,}")
_CELL_SHOWN: Final = 40
_HIDDEN: Final = "***"


@dataclass(frozen=True, slots=True)
class LookedOver:
    """What the top of a file shows: its columns with masked samples, and the sheet they are of."""

    columns: list[dict[str, Any]]
    sheet: dict[str, Any]


@dataclass(frozen=True, slots=True)
class UploadLedger:
    """A file to take in: the name it was sent under, its bytes, what its top shows."""

    file_name: str
    content: bytes
    seen: LookedOver


def require_import(actor: Actor) -> None:
    """Refuse whoever may not import, or could not write what is imported. Raises `NotAllowed`."""
    for permission in (
        Permission.INTAKE_IMPORT,
        Permission.CUSTOMERS_WRITE,
        Permission.LOANS_WRITE,
    ):
        actor.require(permission)


def look_over(
    session: Session, actor: Actor, content: bytes, file_name: str, choices: Choices
) -> LookedOver:
    """Read the top of a file; nothing is written.

    Raises `Invalid("file" | "sheet", reason)` for what cannot be read or holds no rows.
    """
    require_import(actor)
    if not content:
        raise Invalid("file", "missing")
    around = surroundings(session, actor)
    opened = open_ledger(content, plain_file_name(file_name), choices, around)
    if not any(kind is RowKind.DATA for _index, kind, _cells in opened.numbered()):
        raise Invalid("file", "no_rows")
    return LookedOver(_columns(opened, headings_of(around)), _sheet(opened))


def open_run_file(session: Session, actor: Actor, run: RunRow, data_dir: Path) -> Opened:
    """A run's file, opened as its choices say. Raises `Invalid("file", reason)`."""
    require_import(actor)
    content = read_upload(data_dir, run.id)
    around = surroundings(session, actor)
    return open_ledger(content, run.file_name, read_choices(run.choices), around)


def upload_ledger(session: Session, actor: Actor, command: UploadLedger, data_dir: Path) -> str:
    """Take a file in and return the id of its run.

    The sealed bytes are on disk before the row is written: a run without a file cannot be.
    """
    require_import(actor)
    run = ImportRun(
        id=new_id(),
        branch_id=actor.branch_id,
        file_name=plain_file_name(command.file_name),
        sha256=keyring.fingerprint(command.content),
        headers=command.seen.columns,
        mapping=command.seen.sheet,
        choices={},
        counts={},
        created_by=actor.user_id,
        created_at=actor.now,
    )
    write_sealed(upload_path(data_dir, run.id), command.content, seal_place(run.id))
    session.add(run)
    record.note(
        session,
        actor,
        "import.upload",
        ("import", run.id),
        branch_id=run.branch_id,
        changes={"file_name": [None, run.file_name], "sha256": [None, run.sha256]},
    )
    return run.id


def sweep_uploads(session: Session, actor: Actor, data_dir: Path) -> int:
    """Remove sealed files thirty days old, some at a time; gives how many. The runs stay."""
    old = actor.now - KEPT_FOR
    runs = session.scalars(
        select(ImportRun)
        .where(ImportRun.created_at < old, ImportRun.sha256 != "")
        .order_by(ImportRun.id)
        .limit(_SWEPT_AT_ONCE)
    ).all()
    for run in runs:
        with contextlib.suppress(FileNotFoundError):
            upload_path(data_dir, run.id).unlink()
        run.sha256 = ""
        run.mapping = {**run.mapping, "swept": True}
        run.headers = [{**column, "samples": []} for column in run.headers]
        if run.status in OPEN:
            run.status, run.finished_at = "cancelled", actor.now
    return len(runs)


def plain_file_name(name: str) -> str:
    """The name alone, without folders and signs that could mislead; never used as a path."""
    last = unicodedata.normalize("NFC", name[-1000:]).replace("\\", "/").rpartition("/")[2]
    plain = " ".join(_UNSAFE.sub("", last).split()).strip(" .")
    return plain[-MAX_NAME:] or "ledger"


def _columns(opened: Opened, known: Headings) -> list[dict[str, Any]]:
    samples = samples_of(opened)
    return [
        {
            "place": source.place,
            "heading": source.heading,
            "field": source.field,
            "scale": source.scale,
            "unit": source.unit.value if source.unit else None,
            "doubtful": source.is_doubtful,
            "taught": bool(source.heading) and known.is_taught(source.heading),
            "lender": source.flag is not None,
            "candidates": list(source.candidates),
            "ignored": source.is_ignored,
            "samples": _masked_samples(source, samples.get(source.place, [])),
        }
        for source in opened.sources
        if source.heading or samples.get(source.place)
    ]


def _masked_samples(source: Source, cells: list[str]) -> list[str]:
    return [masked_cell(source.field, cell) for cell in cells]


def _sheet(opened: Opened) -> dict[str, Any]:
    as_of = opened.layout.as_of
    return {
        "name": opened.sheet.name,
        "sheets": [_sheet_name(each) for each in opened.book.sheets],
        "as_of": as_of.isoformat() if as_of else None,
        "scale": opened.layout.scale,
    }


def _sheet_name(sheet: SheetName) -> list[Any]:
    return [sheet.name, sheet.is_hidden]


def masked_cell(field: str | None, text: str) -> str:
    """A cell as a page may show it. Of an unknown column, long numbers are hidden."""
    short = text[:_CELL_SHOWN]
    column = BY_FIELD.get(field or "")
    if column is None:
        return _LONG_NUMBER.sub(lambda found: found[0][:3] + _HIDDEN, short)
    if field == "address":
        return mask_address(short)
    if field == "monthly_income":
        return _HIDDEN
    masks = {Kind.ID: mask_id, Kind.PHONE: mask_phone, Kind.CARD: mask_card}
    if column.field == "uscc":
        return mask_id(short)
    found = masks.get(column.kind)
    return found(short) if found else short
