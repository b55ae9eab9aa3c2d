"""A row of a ledger as values by field, with all that is wrong with its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from server.domain.fields import FieldDefinition
from server.domain.ledger.cells import Cell, Reader, reader_of
from server.domain.ledger.columns import BY_FIELD, CUSTOMER_FIELDS
from server.domain.ledger.mapping import Source
from server.domain.parsing.cells import CELL_ERROR


class Fault(NamedTuple):
    """Why a row is refused, or what a person should look at; `detail` fills the sentence."""

    field: str
    reason: str
    detail: dict[str, Any] = {}  # noqa: RUF012 (never changed)


class LedgerRow(NamedTuple):
    """What a row says: `values` by field, without those that are empty.

    `faults` refuse it, `remarks` are told. `row_no` counts from 1, as a spreadsheet shows it.
    """

    row_no: int
    values: dict[str, Any]
    faults: list[Fault]
    remarks: list[Fault]


# Cells that only describe: when they cannot be read, the row is still good and the cell is told.
_HARMLESS: Final = frozenset(
    {
        *("credit_limit", "rate_type", "lpr_spread_bp", "overdue_periods", "five_class"),
        *("extended", "restructured", "last_visit_on", "id_type", "instalment_amount"),
        *("monthly_income", "collateral_value", "penalty_uplift", "repay_account"),
    }
)


# A formula's error where only words were to be: the words are lost, the row is not.
_DESCRIBING: Final = frozenset(
    {
        *("address", "employer", "occupation", "spouse_name", "purpose", "remark", "collateral"),
        *("customer_remark", "officer", "emergency_contact"),
    }
)


def _is_harmless(field: str, flag: str) -> bool:
    return field in _HARMLESS or (flag == CELL_ERROR and field in _DESCRIBING)


class RowReader:
    """Reads the rows of one sheet."""

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        base_1904: bool = False,
        words: Mapping[str, Mapping[str, str]] | None = None,
        own: Mapping[str, FieldDefinition] | None = None,
        merged: Sequence[tuple[int, int, int]] = (),
    ) -> None:
        words, own = words or {}, own or {}
        self._columns: list[tuple[int, str, Reader]] = []
        for source in sources:
            if source.field is None:
                continue
            column = BY_FIELD.get(source.field)
            reader = reader_of(
                source,
                base_1904=base_1904,
                words=words.get(source.field),
                own=own.get(source.field),
                kind=column.kind if column else None,
            )
            self._columns.append((source.place, source.field, reader))
        fillable = {
            source.place for source in sources if source.field in {*CUSTOMER_FIELDS, "branch"}
        }
        self._readers = {place: read for place, _, read in self._columns}
        self._merged = [each for each in merged if each[2] in fillable]
        self._carried: dict[int, tuple[int, Any]] = {}

    def read_cell(self, place: int, cell: Any) -> Cell:
        """Read one cell of a mapped column alone."""
        return self._readers[place](cell)

    def read(self, row_index: int, cells: Sequence[Any]) -> LedgerRow:
        """Read the row at `row_index` (from 0)."""
        if self._merged or self._carried:
            cells = self._filled_down(row_index, cells)
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        remarks: list[Fault] = []
        width = len(cells)
        for place, field, read in self._columns:
            if place >= width:
                continue
            cell = cells[place]
            if cell == "" or cell is None:
                continue
            value, flag = read(cell)
            if value is not None:
                values[field] = value
                if flag is not None:
                    remarks.append(Fault(field, flag))
            elif flag is not None:
                told = Fault(field, flag)
                (remarks if _is_harmless(field, flag) else faults).append(told)
        return LedgerRow(row_index + 1, values, faults, remarks)

    def _filled_down(self, row_index: int, cells: Sequence[Any]) -> Sequence[Any]:
        """Repeat a merged customer's cells on the rows that the merge covers."""
        filled = list(cells)
        while self._merged and self._merged[0][0] <= row_index:
            first, last, place = self._merged.pop(0)
            if first == row_index and place < len(filled):
                self._carried[place] = (last, filled[place])
        for place, (last, value) in list(self._carried.items()):
            if row_index > last:
                del self._carried[place]
            elif place < len(filled) and filled[place] in {"", None}:
                filled[place] = value
        return filled
