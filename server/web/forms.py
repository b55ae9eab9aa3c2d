"""The state of a form between two tries: what was typed, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server.web.messages import message_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.domain.errors import Invalid

MAX_TEXT = 2000


@dataclass(slots=True)
class FormState:
    """`values` keeps what was typed by field name (a list where several are chosen), `errors` the
    message by field name.
    """

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def refuse(self, refusal: Invalid) -> None:
        """Show a refusal at its field; the first message at a field stands."""
        self.errors.setdefault(refusal.field, message_for(refusal))

    def text(self, name: str) -> str:
        """What was typed, without the white space around it."""
        return str(self.values.get(name, "")).strip()


def read_form(form: Mapping[str, str], names: Iterable[str]) -> FormState:
    """Take the named fields of a request's form; a missing one counts as empty."""
    return FormState({name: form.get(name, "") for name in names})
