"""From a setting to the store it names."""

from __future__ import annotations

from pathlib import Path

from server.backups.actions.bucket import Bucket
from server.backups.actions.folder import Folder
from server.backups.actions.stores import S3, Store
from server.backups.refusals import BackupRefused


def open_store(place: str) -> Store:
    """The store at a place. Raises `BackupRefused("no_place" | "no_boto3")`."""
    if place.startswith(S3):
        return Bucket(place)
    if not place:
        raise BackupRefused("no_place", place=place)
    return Folder(Path(place))
