"""The two sides of a field template: Jinja2 here, and its compiled twin in a node process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from jinja2 import BaseLoader

from server.field.compiler.catalogues import Catalogue
from server.field.environment import Speech, field_environment

HOME = Path(__file__).resolve().parents[3]
ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Told:
    """How a rendering ended: with HTML, or with an error of any kind."""

    html: str | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A node process that renders."""

    asking: IO[str]
    answering: IO[str]

    def render(
        self, module: Path, name: str, context: Mapping[str, Any], language: str, texts: Catalogue
    ) -> Told:
        """The page as the service worker would make it."""
        speech = {"language": language, "zone": ZONE, "catalogue": texts}
        asked = {"module": str(module), "name": name, "context": context, "speech": speech}
        self.asking.write(json.dumps(asked) + "\n")
        self.asking.flush()
        answer = json.loads(self.answering.readline())
        return Told(answer.get("html"), answer.get("error", ""))


@contextmanager
def node_process() -> Iterator[Node]:
    """Node, from the machine or the virtual environment, with the packages of `npm ci`."""
    found = shutil.which("node") or str(HOME / ".venv/bin/node")
    with subprocess.Popen(
        [found, str(Path(__file__).with_name("render.mjs"))],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Node(process.stdin, process.stdout)
        process.stdin.close()


class Jinja:
    """Jinja2 with the field environment, which keeps its templates between renderings."""

    def __init__(self, loader: BaseLoader | None = None) -> None:
        self._speech = speech_of("zh", {})
        self.environment = field_environment(lambda: self._speech, loader)

    def render(
        self, name: str, context: Mapping[str, Any], language: str, texts: Catalogue
    ) -> Told:
        """The page as the server would make it."""
        self._speech = speech_of(language, texts)
        try:
            return Told(self.environment.get_template(name).render(context))
        except Exception as error:  # noqa: BLE001 - any error must be an error on both sides
            return Told(None, repr(error))


def speech_of(language: str, texts: Catalogue) -> Speech:
    """A speech with the catalogue of the device."""

    def one(msgid: str) -> str:
        text = texts.get(msgid, msgid)
        return text if isinstance(text, str) else text[0]

    def counted(msgid: str, many: str, num: int) -> str:
        text = texts.get(msgid)
        if isinstance(text, list):
            return text[0 if num == 1 else 1]
        return text or (msgid if num == 1 else many)

    return Speech(language, ZONE, one, counted, lambda name: f"/static/{name}")
