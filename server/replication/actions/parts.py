"""The parts of an upload on disk: each sealed at its place, read back as one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.attachments.actions import write_sealed
from server.crypto import keyring

FOLDER: Final = "blobs"


def write_part(data_dir: Path, upload_id: str, offset: int, content: bytes) -> None:
    """Keep the bytes from `offset`; a part that was written before a crash is written anew."""
    write_sealed(_path(data_dir, upload_id, offset), content, _place(upload_id, offset))


def read_parts(data_dir: Path, upload_id: str, length: int) -> bytes:
    """All that arrived, in order. Raises `OSError` or `SealBroken` where a part is gone."""
    return b"".join(_parts(data_dir, upload_id, length))


def sealed_parts(data_dir: Path) -> Iterator[tuple[Path, str]]:
    """Every part on disk with the place of its seal."""
    for path in sorted((data_dir / FOLDER).glob("*/*")):
        if path.name.isdecimal():
            yield path, _place(path.parent.name, int(path.name))


def drop_parts(data_dir: Path, upload_id: str) -> None:
    """Forget an upload's parts; nothing is there afterwards."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(_folder(data_dir, upload_id))


def _parts(data_dir: Path, upload_id: str, length: int) -> Iterator[bytes]:
    offset = 0
    while offset < length:
        sealed = _path(data_dir, upload_id, offset).read_bytes()
        part = keyring.active().open_bytes(sealed, _place(upload_id, offset))
        if not part:
            raise FileNotFoundError(upload_id)
        offset += len(part)
        yield part


def _folder(data_dir: Path, upload_id: str) -> Path:
    return data_dir / FOLDER / upload_id


def _path(data_dir: Path, upload_id: str, offset: int) -> Path:
    return _folder(data_dir, upload_id) / str(offset)


def _place(upload_id: str, offset: int) -> str:
    return f"blob_uploads.part:{upload_id}:{offset}"
