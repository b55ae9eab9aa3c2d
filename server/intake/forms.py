"""The form that maps a sheet's columns, and what it offers to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from server.domain.ledger.cells import word_key
from server.domain.ledger.columns import (
    ALL,
    BY_FIELD,
    CUSTOMER_FIELDS,
    IGNORED_FIELD,
    PLACE_FIELDS,
)
from server.domain.parsing.synonyms import Kind
from server.intake.actions import Choices, MapRun, read_choices
from server.intake.queries.runs import RunRow
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.intake_labels import column_label
from server.web.labels import options_of

SCALES: Final = (1, 1000, 10_000, 100_000_000)
MODES: Final = ("each", "all")
PLACES: Final = ("branch", "officer", "product")
_WORDS_SHOWN: Final = 60
_CODES_OF: Final = {
    "repay_method": "method",
    "loan_status": "status",
    "gender": "gender",
    "id_type": "id_type",
}
_UPPER_CODES_OF: Final = {"security_type": "security", "customer_type": "customer_kind"}

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person may choose: branches, officers and products by id, the bank's own fields."""

    branches: Options
    officers: Options
    products: Options
    own_fields: Options

    def fields(self) -> dict[str, Options]:
        """The fields a column may hold, by group: customer, loan, own."""
        return {
            "customer": [(name, column_label(name)) for name in CUSTOMER_FIELDS],
            "loan": [
                (column.field, column_label(column.field))
                for column in ALL
                if column.field not in {*CUSTOMER_FIELDS, *PLACE_FIELDS}
            ],
            "place": [(name, column_label(name)) for name in PLACE_FIELDS],
            "own": self.own_fields,
        }

    def words(self, field: str) -> Options:
        """What a word of a column may be taken for."""
        places = {"branch": self.branches, "officer": self.officers, "product": self.products}
        if field in places:
            return places[field]
        if field in _UPPER_CODES_OF:
            return [(code.upper(), word) for code, word in options_of(_UPPER_CODES_OF[field])]
        return options_of(_CODES_OF[field]) if field in _CODES_OF else []


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of the sheet that nobody could read; `name` is its input's."""

    name: str
    field: str
    word: str


def asked_words(run: RunRow, offer: Offer) -> list[AskedWord]:
    """The words to ask about, as far as a form can hold them."""
    found: dict[str, list[str]] = run.counts.get("survey", {}).get("words", {})
    return [
        AskedWord(f"word.{field}.{place}", field, word)
        for field, words in found.items()
        if offer.words(field)
        for place, word in enumerate(words[:_WORDS_SHOWN])
    ]


def is_amount(field: str | None) -> bool:
    """Whether a column of that field has a unit to choose."""
    column = BY_FIELD.get(field or "")
    return column is not None and column.kind is Kind.MONEY


def typed_mapping(run: RunRow, offer: Offer) -> FormState:
    """The form as the run has it: what was chosen, else what is suggested."""
    choices = read_choices(run.choices)
    first_product = offer.products[0][0] if len(offer.products) == 1 else ""
    values: dict[str, Any] = {
        "branch_id": choices.branch_id
        or (offer.branches[0][0] if len(offer.branches) == 1 else ""),
        "product_id": choices.product_id or first_product,
        "as_of": (choices.as_of.isoformat() if choices.as_of else run.sheet.get("as_of")) or "",
        "accept_incomplete": "1" if choices.accept_incomplete else "",
        "mode": "all" if choices.all_or_none else "each",
        "remember": "1",
    }
    for column in run.columns:
        place = column["place"]
        usual = column["field"] or (IGNORED_FIELD if column["ignored"] else "")
        values[f"column.{place}"] = choices.columns.get(place, usual)
        values[f"scale.{place}"] = str(choices.scales.get(place, column["scale"]))
    for asked in asked_words(run, offer):
        values[asked.name] = _meaning(choices, asked)
    return FormState(values)


def _meaning(choices: Choices, asked: AskedWord) -> str:
    places = {
        "branch": choices.branches,
        "officer": choices.officers,
        "product": choices.products,
    }
    chosen = places.get(asked.field, choices.words.get(asked.field, {}))
    return chosen.get(word_key(asked.word), "")


def read_mapping(entries: Entries, run: RunRow, offer: Offer) -> MapRun:
    """Read the form; refusals stand in `entries.state`."""
    known = {code for group in offer.fields().values() for code, _word in group}
    columns: dict[int, str] = {}
    scales: dict[int, int] = {}
    for column in run.columns:
        place = column["place"]
        chosen = entries.code(f"column.{place}", {*known, IGNORED_FIELD}, required=False)
        columns[place] = chosen
        scale = entries.code(f"scale.{place}", {str(each) for each in SCALES}, required=False)
        if scale and is_amount(chosen) and int(scale) != column["scale"]:
            scales[place] = int(scale)
    meanings: dict[str, dict[str, str]] = {}
    for asked in asked_words(run, offer):
        allowed = {code for code, _word in offer.words(asked.field)}
        code = entries.code(asked.name, allowed, required=False)
        if code:
            meanings.setdefault(asked.field, {})[word_key(asked.word)] = code
    choices = Choices(
        sheet=run.sheet["name"],
        columns=columns,
        scales=scales,
        words={name: each for name, each in meanings.items() if name not in PLACES},
        branches=meanings.get("branch", {}),
        officers=meanings.get("officer", {}),
        products=meanings.get("product", {}),
        branch_id=entries.code("branch_id", dict(offer.branches), required=False),
        product_id=entries.code("product_id", dict(offer.products), required=False),
        as_of=entries.optional_day("as_of"),
        accept_incomplete=entries.is_set("accept_incomplete"),
        all_or_none=entries.code("mode", MODES, required=False) == "all",
    )
    for name in ("accept_incomplete", "remember"):
        entries.state.values.setdefault(name, "")
    return MapRun(run.id, choices, remember=entries.is_set("remember"))
