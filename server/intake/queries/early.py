"""Reading the file of `flask import` while the app is still being made.

Making the app and reading a workbook take about a second each, and the reader of workbooks needs
no interpreter meanwhile. So that it starts soon, this and `files` import little. It is only begun
early: what is wrong with a file is told by whoever asks for it, as if nothing had been begun.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from server.domain.errors import Invalid
from server.intake.queries.files import MAX_BYTES, Book

_COMMAND: Final = "import"


class Early:
    """One file being read in a thread; nobody else touches the book until the thread is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[bytes, Book] | None = None
        # Not a daemon: the end of the process waits for it instead of cutting the reader off.
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def take(self) -> tuple[bytes, Book] | None:
        """The bytes and the book, once; None where they could not be read."""
        self._thread.join()
        taken, self._read = self._read, None
        return taken

    def _run(self) -> None:
        try:
            data = self.path.read_bytes()
            book = Book(data, self.path.name)
            book.read_only_sheet()
        except (Invalid, OSError):
            return
        self._read = data, book


_begun: list[Early] = []


def begin(words: Sequence[str]) -> None:
    """Begin to read what the words of a command line (the program first) import, if they do."""
    path = _named(words)
    if path is not None and not _begun:
        _begun.append(Early(path))


def taken(path: Path) -> tuple[bytes, Book] | None:
    """What was begun for that path: its bytes and its book; None where nothing was."""
    if not _begun or _begun[0].path != path:
        return None
    return _begun.pop().take()


def _named(words: Sequence[str]) -> Path | None:
    program = Path(words[0]) if words else Path()
    if "flask" not in {program.name, program.parent.name} or _COMMAND not in words:
        return None
    after = words[words.index(_COMMAND) + 1 :]
    if not after or after[0].startswith("-"):
        return None
    path = Path(after[0])
    try:
        return path if path.is_file() and path.stat().st_size <= MAX_BYTES else None
    except OSError:
        return None
