"""`python -m server.field.compiler [folder]` writes templates.js, zh.json and en.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from server.field.compiler.catalogues import catalogue, msgids
from server.field.compiler.modules import compile_templates
from server.field.compiler.reach import named_in, reachable
from server.field.compiler.subset import Refused
from server.field.environment import TEMPLATES, Speech, field_environment

HOME: Final = Path(__file__).resolve().parents[3]
TARGET: Final = HOME / "static" / "build" / "field"
ENGLISH: Final = HOME / "server" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
ROOT: Final = "server/templates"
SCRIPTS: Final = ("sw", "field")
"""Folders of static/src that speak."""


def main(target: Path = TARGET) -> int:
    """Write the files; the exit code is 1 when a template is outside the subset."""
    environment = field_environment(_silent)
    sources = field_sources()
    wanted = reachable(named_in(file.read_text() for file in scripts()), sources, environment)
    try:
        # All are checked; the worker carries those that it can come to show.
        compile_templates(sources, environment, ROOT)
        module = compile_templates({name: sources[name] for name in wanted}, environment, ROOT)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    target.mkdir(parents=True, exist_ok=True)
    (target / "templates.js").write_text(module)
    # Sentences are Chinese, so that language needs no catalogue.
    for language, texts in (("zh", {}), ("en", catalogue(ENGLISH, msgids(speaking_files())))):
        content = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        (target / f"{language}.json").write_text(f"{content}\n")
    return 0


def field_sources() -> dict[str, str]:
    """Every field template by its name."""
    files = sorted((TEMPLATES / "field").rglob("*.html"))
    return {str(file.relative_to(TEMPLATES)): file.read_text() for file in files}


def speaking_files() -> list[Path]:
    """The files whose sentences a device needs."""
    return sorted([*(TEMPLATES / "field").rglob("*.html"), *scripts()])


def scripts() -> list[Path]:
    """The scripts of the worker and of its pages."""
    return [file for name in SCRIPTS for file in (HOME / "static/src" / name).rglob("*.ts")]


def _silent() -> Speech:
    raise AssertionError("nothing is rendered while compiling")


if __name__ == "__main__":
    sys.exit(main(*(Path(argument) for argument in sys.argv[1:2])))
