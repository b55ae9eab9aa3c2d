"""The sentences of the device: only those that field templates and the worker say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

KEYWORDS: Final = {"_": None, "t": None, "ngettext": (1, 2)}

Catalogue = dict[str, str | list[str]]


def msgids(paths: Iterable[Path]) -> Iterator[str]:
    """The sentences that templates (`.html`) and scripts (`.ts`) say, of plurals the first."""
    for path in paths:
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "javascript"
        options = {"trimmed": "true"} if path.suffix == ".html" else {"jsx": "false"}
        for _line, found, _comments, _context in extract_from_file(
            method, path, keywords=KEYWORDS, options=options
        ):
            yield found if isinstance(found, str) else found[0]


def catalogue(po_file: Path, wanted: Iterable[str]) -> Catalogue:
    """Translations of the wanted sentences; what has none is left out and stands for itself."""
    with po_file.open("rb") as file:
        messages = read_po(file)
    picked: Catalogue = {}
    for msgid in sorted(set(wanted)):
        message = messages.get(msgid)
        if message is None or message.fuzzy or not message.string:
            continue
        forms = message.string if isinstance(message.string, tuple) else None
        if forms is None or all(forms):
            picked[msgid] = list(forms) if forms else str(message.string)
    return picked
