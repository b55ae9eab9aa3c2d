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
    """One pass."""

    def __init__(
        self, opened: Opened, choices: Choices, around: Surroundings, today: dt.date
    ) -> None:
        self.opened, self.today = opened, today
        self.found = Survey()
        self.amounts: list[int] = []
        wanted = {*_PLACES, *_WORDS, *_SUMMED, *_DAYS, "maturity_on", "term_months"}
        if choices.as_of or opened.layout.as_of or "loan_status" not in opened.mapped:
            wanted -= {*_DAYS, "maturity_on", "term_months"}
        narrowed = [source for source in opened.sources if source.field in wanted]
        self.reader = type(opened)(
            opened.book, opened.sheet, opened.layout, tuple(narrowed)
        ).reader(choices, around)
        self.places = [(s.place, s.field or "") for s in narrowed if s.field in {*_PLACES, *_WORDS}]
        self.numbers = [s.place for s in narrowed if s.field in _SUMMED]

    def run(self) -> Survey:
        found = self.found
        for index, kind, cells in self.opened.numbered():
            if kind is RowKind.DATA:
                found.rows += 1
                row = self.reader.read(index, cells)
                self._take(
                    row.values, {fault.field for fault in (*row.faults, *row.remarks)}, cells
                )
            else:
                found.skipped[kind.value] += 1
                if kind is RowKind.TOTAL:
                    self._total(index, cells)
        found.suspects_ten_thousands = looks_like_ten_thousands(self.amounts)
        return found

    def _take(self, values: Mapping[str, Any], told: set[str], cells: list[Any]) -> None:
        found = self.found
        for name in _SUMMED:
            if name in values:
                found.sums[name] += values[name]
        if "principal_amount" in values and len(self.amounts) < 5000:
            self.amounts.append(values["principal_amount"])
        for place, name in self.places:
            if name in _PLACES:
                said = values.get(name)
                if said is not None:
                    self._count(found.words, name, said)
            elif name in told:
                cell = as_text(cells[place])[:80]
                self._count(found.assumed if name in values else found.words, name, cell)
        self._take_days(values)

    def _take_days(self, values: Mapping[str, Any]) -> None:
        found = self.found
        for name in _DAYS:
            day = values.get(name)
            if day is not None and day <= self.today:
                found.latest = max(found.latest or day, day)
        matures = values.get("maturity_on") or _matures(values)
        if matures is not None and matures < self.today and values.get("loan_status") in _RUNNING:
            found.has_matured = True

    def _count(self, where: dict[str, Counter[str]], name: str, word: str) -> None:
        counts = where.setdefault(name, Counter())
        if word in counts or len(counts) < _MOST_WORDS:
            counts[word] += 1

    def _total(self, index: int, cells: list[Any]) -> None:
        row = self.reader.read(index, cells)
        for name in _SUMMED:
            if name in row.values:
                self.found.totals[name] = row.values[name]


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
