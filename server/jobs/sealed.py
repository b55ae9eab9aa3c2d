"""What is sealed beside columns: the rooms that keep files and caches, for the rotation of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.attachments.actions import write_sealed
from server.attachments.queries.files import sealed_files
from server.intake.queries.runs import sealed_uploads
from server.operations.seals import Stores
from server.replication.actions.keeping import count_kept, forget_kept
from server.replication.actions.parts import sealed_parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def stores(data_dir: Path) -> Stores:
    """The stores of a data folder. A room that keeps sealed files adds its line."""

    def files() -> Iterator[tuple[Path, str]]:
        yield from sealed_files(data_dir)
        yield from sealed_uploads(data_dir)
        yield from sealed_parts(data_dir)

    return Stores(files, write_sealed, forget_kept, count_kept)
