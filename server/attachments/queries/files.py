"""Where the sealed bytes of a file lie, and reading them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.crypto import keyring

FOLDER: Final = "attachments"


class AttachmentLost(OSError):
    """The row stands but its file is gone or altered: restore it from a backup."""


def file_path(data_dir: Path, sha256: str) -> Path:
    """The place of a file in the data folder."""
    return data_dir / FOLDER / sha256[:2] / sha256


def seal_place(sha256: str) -> str:
    """What the seal of a file is bound to: the same bytes under another name do not open."""
    return f"attachments.file:{sha256}"


def sealed_files(data_dir: Path) -> Iterator[tuple[Path, str]]:
    """Every file on disk with the place of its seal; drafts of files are none."""
    for path in sorted((data_dir / FOLDER).glob("*/*")):
        if not path.name.startswith("."):
            yield path, seal_place(path.name)


def read_file(data_dir: Path, sha256: str) -> bytes:
    """Open a file. Raises `AttachmentLost`."""
    try:
        sealed = file_path(data_dir, sha256).read_bytes()
        return keyring.active().open_bytes(sealed, seal_place(sha256))
    except (OSError, keyring.SealBroken) as fault:
        raise AttachmentLost(sha256) from fault
