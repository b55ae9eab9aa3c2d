"""`flask import`: a file brought in whole by whoever runs the command on the server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from server.accounts.queries import branches
from server.database import record
from server.database.engine import begin_writing, write_much
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.ledger.cells import word_key
from server.domain.ledger.columns import label_of
from server.domain.ledger.mapping import heading_key
from server.domain.money import grouped_yuan
from server.intake.actions.choices import Choices, Surroundings, require_day
from server.intake.actions.laying import Outcome
from server.intake.actions.opening import Opened, open_book, open_ledger
from server.intake.actions.places import (
    DEFAULT_BRANCH,
    DEFAULT_PRODUCT,
    found_branches,
    found_products,
    surroundings,
    wide_bounds,
)
from server.intake.actions.prepare import Setting, setting_for
from server.intake.actions.running import Totals, run_rows
from server.intake.actions.surveying import Survey, survey, unknown_words
from server.intake.queries import early
from server.intake.queries.files import MAX_BYTES, Book
from server.products.queries import parameters_on

WANTED: Final = (
    *("customer_name", "id_no", "mobile", "contract_no", "principal_amount", "annual_rate"),
    *("disbursed_on", "term_months", "repay_method", "principal_balance"),
)
"""Columns whose absence is told."""


@dataclass(frozen=True, slots=True)
class FromFile:
    """What the command was told. `columns` gives fields by heading; places are named by codes."""

    path: Path
    dry: bool = False
    strict: bool = False
    sheet: str = ""
    branch: str = ""
    product: str = ""
    as_of: dt.date | None = None
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: counts by outcome, refused rows, and what a person should know."""

    counts: dict[str, int]
    refused: list[Outcome]
    notes: list[tuple[str, dict[str, Any]]]


def import_file(session: Session, actor: Actor, command: FromFile) -> Imported:
    """Bring a file in. Raises `Invalid` for a file that cannot be read at all."""
    require_day(command.as_of, actor.today)
    data, book = _begun(command.path)
    write_much(session)
    begin_writing(session)
    around = surroundings(session, actor)
    choices = Choices(
        sheet=command.sheet, as_of=command.as_of, accept_incomplete=not command.strict
    )
    choices = _with_columns(data, command, choices, around)
    opened = open_book(book, choices, around)
    found = survey(opened, choices, around, actor.today)
    del data, book
    if not found.rows:
        raise Invalid("file", "no_rows")
    notes = notes_on(opened, found)
    around, choices = _with_places(session, actor, command, found, around, choices, notes)
    setting = setting_of(session, actor, opened, found, around, choices)
    if setting.as_of != actor.today:
        notes.append(("as_of", {"day": setting.as_of.isoformat()}))
    if command.dry:
        session.commit()
    totals = run_rows(session, actor, opened, setting, dry=command.dry, rows=found.rows)
    if not command.dry:
        _note_run(session, actor, command.path.name, totals)
    return Imported(
        {name: totals.counts[name] for name in ("created", "updated", "unchanged", "refused")},
        totals.refused,
        notes,
    )


def _begun(path: Path) -> tuple[bytes, Book]:
    """A file and its book; whoever started the command may have begun to read it."""
    begun = early.taken(path)
    if begun is not None:
        return begun
    data = read_whole(path)
    return data, Book(data, path.name)


def read_whole(path: Path) -> bytes:
    """The bytes of a file. Raises `Invalid("file", …)` for none and for one too large."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise Invalid("file", "too_large", most=MAX_BYTES // 1024 // 1024)
        return path.read_bytes()
    except OSError:
        raise Invalid("file", "unreadable") from None


def setting_of(
    session: Session,
    actor: Actor,
    opened: Opened,
    found: Survey,
    around: Surroundings,
    choices: Choices,
) -> Setting:
    """How the rows of a surveyed file are prepared."""
    return setting_for(
        choices,
        around,
        opened.mapped,
        as_of_day(opened, found, choices, actor.today),
        actor.today,
        parameters_on(session, actor.today),
    )


def as_of_day(opened: Opened, found: Survey, choices: Choices, today: dt.date) -> dt.date:
    """The day a ledger's balances are of: as chosen, as its titles say, or today.

    A ledger with running loans long matured is an old one: then its last day is meant.
    """
    told = choices.as_of or opened.layout.as_of
    if told is None and found.has_matured:
        told = found.latest
    return min(told or today, today)


def _with_columns(
    data: bytes, command: FromFile, choices: Choices, around: Surroundings
) -> Choices:
    """Columns that the command names by their headings."""
    if not command.columns:
        return choices
    taught = {heading_key(heading): name or None for heading, name in command.columns.items()}
    around = replace(around, taught={**around.taught, **taught})
    opened = open_ledger(data, command.path.name, choices, around)
    places = {heading_key(source.heading): source.place for source in opened.sources}
    unknown = [heading for heading in command.columns if heading_key(heading) not in places]
    if unknown:
        raise Invalid("map", "unknown", heading=unknown[0])
    return replace(
        choices,
        columns={places[heading_key(each)]: name for each, name in command.columns.items()},
    )


def _with_places(
    session: Session,
    actor: Actor,
    command: FromFile,
    found: Survey,
    around: Surroundings,
    choices: Choices,
    notes: list[tuple[str, dict[str, Any]]],
) -> tuple[Surroundings, Choices]:
    """Give every row a branch and a product; what the file names and the bank lacks is founded."""
    product, branch = command.product, command.branch
    unknown = unknown_words(found, choices, around)
    products = [] if product else unknown["product"]
    names = [] if branch else unknown["branch"]
    if not around.branches and not names:
        names = [DEFAULT_BRANCH]
    if not around.products and not products:
        products = [DEFAULT_PRODUCT]
    if not command.dry:
        _found(session, actor, names, products, notes)
        around = surroundings(session, actor)
    else:
        around = _imagined(around, names, products)
    branch_id = _branch_id(session, actor, around, branch)
    product_id = _product_id(around, product)
    chosen = {word_key(word): branch_id for word in unknown["branch"]} if branch else {}
    put = {word_key(word): product_id for word in unknown["product"]} if product else {}
    return around, replace(
        choices, branch_id=branch_id, product_id=product_id, branches=chosen, products=put
    )


def _found(
    session: Session,
    actor: Actor,
    names: Sequence[str],
    products: Sequence[str],
    notes: list[tuple[str, dict[str, Any]]],
) -> None:
    made = found_branches(session, actor, names)
    notes.extend(("branch_founded", {"name": name}) for name in made)
    made = found_products(session, actor, products)
    notes.extend(("product_founded", {"name": name}) for name in made)
    session.commit()
    begin_writing(session)


def _imagined(around: Surroundings, names: Sequence[str], products: Sequence[str]) -> Surroundings:
    """The bank as it would be, for a dry run."""
    return replace(
        around,
        branches={**around.branches, **{word_key(name): f"new {name}" for name in names}},
        products={**around.products, **{word_key(name): wide_bounds(name) for name in products}},
    )


def _branch_id(session: Session, actor: Actor, around: Surroundings, code: str) -> str:
    if code:
        found = around.branches.get(word_key(code))
        if found is None:
            raise Invalid("branch", "unknown")
        return found
    standing = [each.id for each in branches(session, actor) if each.active]
    return standing[0] if standing else next(iter(around.branches.values()))


def _product_id(around: Surroundings, code: str) -> str:
    if code:
        found = around.products.get(word_key(code))
        if found is None:
            raise Invalid("product", "unknown")
        return found.id
    usual = around.products.get(word_key(DEFAULT_PRODUCT))
    active = [each for each in around.products.values() if each.active]
    chosen = usual or min(active or around.products.values(), key=lambda each: each.code)
    return chosen.id


def notes_on(opened: Opened, found: Survey) -> list[tuple[str, dict[str, Any]]]:
    """What a person should know of a file, before its rows."""
    mapped = opened.mapped
    notes: list[tuple[str, dict[str, Any]]] = []
    either = {
        "annual_rate": {"annual_rate", "monthly_rate_permille"},
        "term_months": {"term_months", "maturity_on"},
        "contract_no": {"contract_no", "iou_no"},
        "id_no": {"id_no", "uscc"},
    }
    lacking = [name for name in WANTED if not mapped & either.get(name, {name})]
    if lacking:
        notes.append(("columns_missing", {"columns": "、".join(map(label_of, lacking))}))
    left = [s.heading for s in opened.sources if s.field is None and not s.is_ignored]
    if left:
        notes.append(("columns_unread", {"columns": "、".join(left)}))
    lenders = [source.heading for source in opened.sources if source.flag and source.field]
    if lenders:
        notes.append(("lender_word", {"columns": "、".join(lenders)}))
    for name, words in found.assumed.items():
        notes.append(("words_assumed", {"column": label_of(name), "words": "、".join(words)}))
    if found.suspects_ten_thousands:
        notes.append(("ten_thousands", {}))
    for name, (rows, sheet) in found.differing_totals().items():
        both = {"rows": grouped_yuan(rows), "sheet": grouped_yuan(sheet)}
        notes.append(("total_differs", {"column": label_of(name), **both}))
    return notes


def _note_run(session: Session, actor: Actor, name: str, totals: Totals) -> None:
    begin_writing(session)
    record.note(
        session,
        actor,
        "import.finish",
        ("import", name[:64]),
        changes={outcome: [None, count] for outcome, count in totals.counts.items()},
    )
    session.commit()
