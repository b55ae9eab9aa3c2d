"""Which field each column of a sheet holds, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.fields import FieldDefinition
from server.domain.ledger.columns import BY_FIELD, CUSTOM, FURTHER, IGNORED_FIELD
from server.domain.parsing.headers import Heading, Unit, map_heading
from server.domain.parsing.synonyms import IGNORED, Kind
from server.domain.typed import MAX_TYPED, tight

MAX_HEADING: Final = 80
_LOOSE: Final = {"日期": "disbursed_on", "时间": "disbursed_on", "年限": "term_months"}
"""What headings that say little mostly mean in a loan ledger; a guess that a person looks at."""


@dataclass(frozen=True, slots=True)
class Source:
    """A column of the sheet. `field` is None while nobody knows what it holds.

    Bare amounts are multiplied by `scale`; `unit` is that of rates and terms. `is_sure` is False
    for a guess that a person should look at, `candidates` are the fields to offer. `flag` is
    `LENDER_WORD` for 贷款人. `is_ignored`: a running number, or what a person left out.
    """

    place: int
    heading: str
    field: str | None
    scale: int = 1
    unit: Unit | None = None
    is_sure: bool = True
    flag: str | None = None
    candidates: tuple[str, ...] = ()
    is_ignored: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether a person should look at it first."""
        return bool(self.flag) or (not self.is_ignored and (self.field is None or not self.is_sure))


class Headings:
    """What this bank's headings mean: standard ones, taught ones, its own fields' labels."""

    def __init__(
        self,
        taught: Mapping[str, str | None] | None = None,
        own: Mapping[str, Sequence[FieldDefinition]] | None = None,
    ) -> None:
        self._taught = dict(taught or {})
        self.fields = {
            f"{CUSTOM}{owner}.{each.key}": each
            for owner, definitions in (own or {}).items()
            for each in definitions
        }
        self._exact = {
            heading_key(word): column.field
            for column in FURTHER
            for word in (column.field, column.label, *column.synonyms)
        }
        for field, definition in self.fields.items():
            self._exact[heading_key(field)] = field
            for label in (definition.label, definition.label_en):
                if label and map_heading(label).field is None:
                    self._exact.setdefault(heading_key(label), field)

    def read(self, heading: str) -> Heading:
        """What a heading means to this bank."""
        key = heading_key(heading)
        usual = map_heading(heading)
        if usual.field is None and key in _LOOSE:
            usual = Heading(_LOOSE[key], usual.scale, usual.unit, is_sure=False)
        if key in self._taught:
            field = self._taught[key]
            return Heading(field, usual.scale, usual.unit, is_sure=True)
        if key in self._exact:
            return Heading(self._exact[key], usual.scale, usual.unit, is_sure=True)
        return usual

    def knows(self, heading: str) -> bool:
        """Whether a heading surely means one field."""
        found = self.read(heading)
        return found.field is not None and found.is_sure

    def is_taught(self, heading: str) -> bool:
        """Whether a person said what this heading means."""
        return heading_key(heading) in self._taught


def heading_key(heading: str) -> str:
    """A heading as it is remembered: evened out, at most 80 characters."""
    return tight(heading[:MAX_TYPED]).casefold().lstrip("*")[:MAX_HEADING]


def map_columns(
    headings: Sequence[str],
    known: Headings,
    *,
    chosen: Mapping[int, str] | None = None,
    scales: Mapping[int, int] | None = None,
    sheet_scale: int | None = None,
) -> tuple[Source, ...]:
    """Give each heading its field: a person's choice first, then what is surest.

    `sheet_scale` is the unit the titles name, for amounts whose heading names none. A field that
    two columns claim goes to the surer and then the first of them; the other is asked.
    """
    chosen, scales = chosen or {}, scales or {}
    found = [
        _chosen(place, heading, known, chosen[place])
        if place in chosen
        else _source(place, heading, known)
        for place, heading in enumerate(headings)
    ]
    taken = {chosen[source.place] for source in found if source.place in chosen}
    for source in sorted(found, key=lambda each: (each.place not in chosen, not each.is_sure)):
        if source.field is None or source.place in chosen:
            continue
        if source.field in taken:
            found[source.place] = _asked(source)
        taken.add(source.field)
    return tuple(_in_unit(source, scales, sheet_scale) for source in found)


def _source(place: int, heading: str, known: Headings) -> Source:
    if not heading:
        return Source(place, "", None, is_ignored=True)
    read = known.read(heading)
    taught = known.is_taught(heading)
    return Source(
        place,
        heading,
        read.field,
        read.scale,
        read.unit,
        read.is_sure,
        None if taught else read.flag,
        read.candidates,
        is_ignored=read.field is None and (taught or _is_nothing(heading)),
    )


def _is_nothing(heading: str) -> bool:
    return tight(heading[:MAX_TYPED]).casefold() in IGNORED


def _chosen(place: int, heading: str, known: Headings, field: str) -> Source:
    read = known.read(heading) if heading else Heading(None)
    if field in {"", IGNORED_FIELD}:
        return Source(place, heading, None, is_ignored=True)
    return Source(place, heading, field, read.scale, read.unit)


def _asked(source: Source) -> Source:
    return Source(
        source.place,
        source.heading,
        None,
        source.scale,
        source.unit,
        is_sure=False,
        candidates=(source.field,) if source.field else (),
    )


def _in_unit(source: Source, scales: Mapping[int, int], sheet_scale: int | None) -> Source:
    scale = scales.get(source.place)
    if scale is None and sheet_scale and source.scale == 1 and source.unit is not Unit.YUAN:
        column = BY_FIELD.get(source.field or "")
        scale = sheet_scale if column is not None and column.kind is Kind.MONEY else None
    if scale is None:
        return source
    return Source(
        source.place,
        source.heading,
        source.field,
        scale,
        source.unit,
        source.is_sure,
        source.flag,
        source.candidates,
        source.is_ignored,
    )
