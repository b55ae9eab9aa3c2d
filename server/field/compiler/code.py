"""Pieces of JavaScript, with what they give."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """JavaScript of an expression: any value, a truth value, or a string that is HTML."""

    text: str
    kind: Literal["value", "truth", "html"] = "value"

    @property
    def value(self) -> str:
        """As a value of a template."""
        return f"new r.Html({self.text})" if self.kind == "html" else self.text

    @property
    def truth(self) -> str:
        """As a JavaScript condition."""
        return self.text if self.kind == "truth" else f"r.truthy({self.value})"

    @property
    def shown(self) -> str:
        """As the HTML that `{{ … }}` writes."""
        return self.text if self.kind == "html" else f"r.out({self.text})"


def js_text(value: object) -> str:
    """A text, number, truth value or None as JavaScript writes it."""
    return json.dumps(value, ensure_ascii=False)
