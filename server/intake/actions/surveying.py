"""Looking over a whole file before any row goes in: words, sums, days, doubtful units."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from server.domain.calendar import add_months
from server.domain.ledger.cells import as_text, word_key
from server.domain.ledger.columns import BY_FIELD
from server.domain.ledger.layout import RowKind
from server.domain.parsing.amounts import looks_like_ten_thousands
from server.domain.parsing.synonyms import Kind
from server.domain.terms import MAX_PERIODS
from server.intake.actions.choices import Choices, Surroundings
from server.intake.actions.opening import Opened

_PLACES: Final = ("branch", "officer", "product")
_WORDS: Final = (
    "repay_method",
    "security_type",
    "loan_status",
    "customer_type",
    "gender",
    "id_type",
)
_MOST_WORDS: Final = 200
_SUMMED: Final = ("principal_amount", "principal_balance", "overdue_principal", "interest_due")
_DAYS: Final = ("disbursed_on", "last_paid_on")
_LIFE: Final = ("loan_status", *_DAYS, "maturity_on", "term_months")
_JUDGED: Final = 5000
_RUNNING: Final = frozenset({"NORMAL", "EXTENDED"})
_SAMPLES: Final = 3


@dataclass(slots=True)
class Survey:
    """What a file holds, without any of its people.

    `words` counts what stands in columns of names and of codes that nobody could read; `sums` and
    `totals` are fen by field: what the rows add up to and what the sheet's own total says.
    """

    rows: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    words: dict[str, Counter[str]] = field(default_factory=dict)
    assumed: dict[str, Counter[str]] = field(default_factory=dict)
    sums: Counter[str] = field(default_factory=Counter)
    totals: dict[str, int] = field(default_factory=dict)
    latest: dt.date | None = None
    suspects_ten_thousands: bool = False
    has_matured: bool = False

    def differing_totals(self) -> dict[str, tuple[int, int]]:
        """Fields whose rows do not add up to the sheet's own total: (rows, sheet)."""
        return {
            name: (self.sums[name], total)
            for name, total in self.totals.items()
            if self.sums[name] != total
        }


def survey(opened: Opened, choices: Choices, around: Surroundings, today: dt.date) -> Survey:
    """Go through a file once, reading only what must be known before."""
    return _Surveying(opened, choices, around, today).run()


class _Surveying:
    """One pass that only collects; what was collected is read afterwards, each cell once."""

    def __init__(
        self, opened: Opened, choices: Choices, around: Surroundings, today: dt.date
    ) -> None:
        self.opened, self.today = opened, today
        self.found = Survey()
        self.reader = opened.reader(choices, around)
        self.at = {source.field: source.place for source in opened.sources if source.field}
        self.words: dict[str, Counter[Any]] = {
            name: Counter() for name in (*_PLACES, *_WORDS) if name in self.at
        }
        self.amounts: dict[str, list[Any]] = {name: [] for name in _SUMMED if name in self.at}
        asks_the_day = not (choices.as_of or opened.layout.as_of) and "loan_status" in self.at
        self.day_places = [self.at.get(name, -1) for name in _LIFE] if asks_the_day else []
        self.lives: set[tuple[Any, ...]] = set()
        self.totals: list[list[Any]] = []

    def run(self) -> Survey:
        found = self.found
        words = [(self.at[name], counts) for name, counts in self.words.items()]
        amounts = [(self.at[name], cells) for name, cells in self.amounts.items()]
        for _index, kind, cells in self.opened.numbered():
            if kind is not RowKind.DATA:
                found.skipped[kind.value] += 1
                if kind is RowKind.TOTAL:
                    self.totals.append(cells)
                continue
            found.rows += 1
            width = len(cells)
            for place, counts in words:
                if place < width:
                    counts[cells[place]] += 1
            for place, kept in amounts:
                if place < width:
                    kept.append(cells[place])
            if self.day_places:
                self.lives.add(
                    tuple(cells[at] if 0 <= at < width else "" for at in self.day_places)
                )
        self._read_words()
        self._read_amounts()
        self._read_lives()
        return found

    def _read_words(self) -> None:
        for name, counts in self.words.items():
            for cell, count in counts.items():
                if cell is None or cell == "":
                    continue
                value, flag = self.reader.read_cell(self.at[name], cell)
                if name in _PLACES:
                    if value is not None:
                        self._count(self.found.words, name, str(value), count)
                elif flag is not None:
                    where = self.found.words if value is None else self.found.assumed
                    self._count(where, name, as_text(cell)[:80], count)

    def _count(self, where: dict[str, Counter[str]], name: str, word: str, count: int) -> None:
        counts = where.setdefault(name, Counter())
        if word in counts or len(counts) < _MOST_WORDS:
            counts[word] += count

    def _read_amounts(self) -> None:
        """Sums are wanted only beside the sheet's own; a doubtful unit shows in a few thousand."""
        found, adds_up = self.found, bool(self.totals)
        for name, cells in self.amounts.items():
            values = [self._fen(name, cell) for cell in (cells if adds_up else cells[:_JUDGED])]
            if name == "principal_amount":
                amounts = [value for value in values[:_JUDGED] if value]
                found.suspects_ten_thousands = looks_like_ten_thousands(amounts)
            if adds_up:
                found.sums[name] = sum(values)
        for row in self.totals:
            for name, place in ((name, self.at[name]) for name in self.amounts):
                if place < len(row) and (total := self._fen(name, row[place])):
                    found.totals[name] = total

    def _fen(self, name: str, cell: Any) -> int:
        if cell is None or cell == "":
            return 0
        return int(self.reader.read_cell(self.at[name], cell).value or 0)

    def _read_lives(self) -> None:
        """The file's latest day, and whether a loan said to be running had matured by now."""
        found = self.found
        for cells in self.lives:
            values = {
                name: self.reader.read_cell(self.at[name], cell).value
                for name, cell in zip(_LIFE, cells, strict=True)
                if name in self.at and cell is not None and cell != ""
            }
            for name in _DAYS:
                day = values.get(name)
                if day is not None and day <= self.today:
                    found.latest = max(found.latest or day, day)
            matures = values.get("maturity_on") or _matures(values)
            if matures and matures < self.today and values.get("loan_status") in _RUNNING:
                found.has_matured = True


def _matures(values: Mapping[str, Any]) -> dt.date | None:
    """The maturity that a first day and a term make."""
    day, term = values.get("disbursed_on"), values.get("term_months")
    if day is None or term is None or not 0 < term <= MAX_PERIODS:
        return None
    return add_months(day, term)


def samples_of(opened: Opened, count: int = _SAMPLES) -> dict[int, list[str]]:
    """The first cells that hold something, by column; long ones cut."""
    found: dict[int, list[str]] = {source.place: [] for source in opened.sources}
    for number, (_index, kind, cells) in enumerate(opened.numbered()):
        if number >= 50:
            break
        if kind is not RowKind.DATA:
            continue
        for place, kept in found.items():
            if place < len(cells) and cells[place] not in {"", None} and len(kept) < count:
                kept.append(as_text(cells[place])[:40])
    return found


def is_money(name: str) -> bool:
    """Whether a field holds an amount."""
    column = BY_FIELD.get(name)
    return column is not None and column.kind is Kind.MONEY


def unknown_words(found: Survey, choices: Choices, around: Surroundings) -> dict[str, list[str]]:
    """The words of a file that name no branch, officer or product of the bank."""
    known: dict[str, Any] = {
        "branch": {**around.branches, **choices.branches},
        "officer": {**around.officers, **choices.officers},
        "product": {**around.products, **choices.products},
    }
    return {
        name: [word for word in found.words.get(name, ()) if word_key(word) not in known[name]]
        for name in _PLACES
    }
