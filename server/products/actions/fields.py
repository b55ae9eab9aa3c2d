"""Making and changing the bank's own fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.database import record
from server.domain.access import Actor, Permission
from server.domain.chinese.names import name_pinyin
from server.domain.errors import Conflict, Invalid, NotFound
from server.domain.fields import FieldKind, FieldOwner
from server.products.models import CustomField
from server.products.queries import has_values

_MAX_KEY: Final = 40
_MAX_LABEL: Final = 60
_MAX_HINT: Final = 200
_MAX_CHOICES: Final = 100
_MAX_FIELDS: Final = 100
_EDITED: Final = ("label", "label_en", "kind", "choices", "required", "hint", "place", "active")


@dataclass(frozen=True, slots=True)
class NewField:
    """A field to be made; its key comes from the label, its place is after the others."""

    owner: str
    label: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = False
    label_en: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChangeField:
    """What a field is to be; its kind may change only while nothing holds a value of it."""

    label: str
    kind: str
    choices: tuple[str, ...] = ()
    required: bool = False
    label_en: str = ""
    hint: str = ""
    place: int = 0
    active: bool = True


def create_field(session: Session, actor: Actor, command: NewField) -> str:
    """Make a field; returns its id. Raises `Invalid` with the field at fault."""
    actor.require(Permission.PRODUCTS_MANAGE)
    if command.owner not in FieldOwner.__members__.values():
        raise Invalid("owner", "unknown")
    _check(command)
    _check_free(session, command.owner, command.label, None)
    keys = _keys(session, command.owner)
    if len(keys) >= _MAX_FIELDS:
        raise Invalid("label", "too_many_fields", most=_MAX_FIELDS)
    last = session.scalar(select(func.max(CustomField.place)).where(_of(command.owner)))
    row = CustomField(
        owner=command.owner,
        key=_free_key(command.label, keys),
        label=command.label,
        label_en=command.label_en,
        kind=command.kind,
        choices=_choices(command),
        required=command.required,
        hint=command.hint,
        place=(last or 0) + 1,
    )
    session.add(row)
    session.flush()
    changes = {name: [None, getattr(row, name)] for name in ("owner", "key", "label", "kind")}
    record.note(session, actor, "field.create", ("field", row.id), changes=changes)
    record.changed(session, ("field", row.id), None)
    return row.id


def change_field(
    session: Session, actor: Actor, field_id: str, version: int, command: ChangeField
) -> None:
    """Change a field. Raises `Conflict`, or `Invalid("kind", "in_use")` when values exist."""
    actor.require(Permission.PRODUCTS_MANAGE)
    row = _row(session, field_id)
    before = {name: getattr(row, name) for name in _EDITED}
    after: dict[str, Any] = {name: getattr(command, name) for name in _EDITED}
    after["choices"] = _choices(command)
    if row.version != version:
        raise Conflict("field", before, after)
    _check(command)
    _check_free(session, row.owner, command.label, row.id)
    if command.kind != row.kind and has_values(session, row):
        raise Invalid("kind", "in_use")
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if not changes:
        return
    for name, value in after.items():
        setattr(row, name, value)
    row.version += 1
    record.note(session, actor, "field.update", ("field", row.id), changes=changes)
    record.changed(session, ("field", row.id), None)


def delete_field(session: Session, actor: Actor, field_id: str) -> None:
    """Take away a field that nothing holds a value of. Raises `Invalid("field", "in_use")`."""
    actor.require(Permission.PRODUCTS_MANAGE)
    row = _row(session, field_id)
    if has_values(session, row):
        raise Invalid("field", "in_use")
    changes = {name: [getattr(row, name), None] for name in ("owner", "key", "label", "kind")}
    session.delete(row)
    record.note(session, actor, "field.delete", ("field", field_id), changes=changes)
    record.changed(session, ("field", field_id), None)


def _row(session: Session, field_id: str) -> CustomField:
    row = session.get(CustomField, field_id, with_for_update=True)
    if row is None:
        raise NotFound("field", field_id)
    return row


def _check(command: NewField | ChangeField) -> None:
    if not command.label.strip():
        raise Invalid("label", "missing")
    for name, most in (("label", _MAX_LABEL), ("label_en", _MAX_LABEL), ("hint", _MAX_HINT)):
        if len(getattr(command, name)) > most:
            raise Invalid(name, "too_long")
    if command.kind not in FieldKind.__members__.values():
        raise Invalid("kind", "unknown")
    if isinstance(command, ChangeField) and not 0 <= command.place <= 9999:
        raise Invalid("place", "out_of_range")
    if command.kind == FieldKind.CHOICE:
        _check_choices(command.choices)


def _check_choices(choices: tuple[str, ...]) -> None:
    if len(choices) < 2:
        raise Invalid("choices", "too_few")
    if len(choices) > _MAX_CHOICES or any(len(choice) > _MAX_LABEL for choice in choices):
        raise Invalid("choices", "too_long")
    if len(set(choices)) < len(choices):
        raise Invalid("choices", "repeated")


def _choices(command: NewField | ChangeField) -> list[str]:
    return list(command.choices) if command.kind == FieldKind.CHOICE else []


def _check_free(session: Session, owner: str, label: str, own_id: str | None) -> None:
    taken = session.scalar(
        select(CustomField.id).where(_of(owner), CustomField.label == label.strip())
    )
    if taken is not None and taken != own_id:
        raise Invalid("label", "taken")


def _of(owner: str) -> Any:
    return CustomField.owner == owner


def _keys(session: Session, owner: str) -> set[str]:
    return set(session.scalars(select(CustomField.key).where(_of(owner))))


def _free_key(label: str, keys: set[str]) -> str:
    """`产地` becomes `chandi`; the next of that sound `chandi_2`."""
    letters = name_pinyin(label, person=False).full
    stem = "".join(c for c in letters if c.isascii() and c.isalnum())[: _MAX_KEY - 4]
    stem = stem if stem[:1].isalpha() else f"f{stem}"
    key, number = stem, 1
    while key in keys:
        number += 1
        key = f"{stem}_{number}"
    return key
