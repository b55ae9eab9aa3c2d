"""Backups in a bucket that speaks S3: sent in parts, there only once all parts are.

Credentials, region and address come from the environment, as boto3 reads it (AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from server.backups.actions.stores import S3, Stored, made_at
from server.backups.refusals import BackupRefused
from server.crypto.streams import Source

_MB: Final = 1024 * 1024
_PART_BYTES: Final = 8 * _MB
_PARTS_OF_A_SIZE: Final = 1000
"""A bucket takes 10,000 parts of one file; they grow, so that 440 GB fit."""


class Bucket:
    """A bucket and a prefix in it, as `s3://bucket/prefix`."""

    def __init__(self, place: str) -> None:
        try:
            import boto3  # noqa: PLC0415 (an extra: who keeps backups in a folder lacks it)
        except ImportError:
            raise BackupRefused("no_boto3", place=place) from None
        self.place = place
        bucket, _, prefix = place.removeprefix(S3).partition("/")
        self._bucket, self._prefix = bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        with _refusing(place):
            self._client = boto3.client("s3")

    def begin(self, name: str) -> _BucketDraft:
        """Begin to send a backup. Raises `BackupRefused`."""
        with _refusing(self.place):
            return _BucketDraft(self._client, self._bucket, self._prefix + name, self.place)

    @contextmanager
    def open(self, name: str) -> Iterator[Source]:
        """Read a backup. Raises `BackupRefused("missing" | "bucket")`."""
        with _refusing(self.place, name):
            body = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
        try:
            yield _Body(body, self.place)
        finally:
            body.close()

    def list(self) -> Sequence[Stored]:
        """Every whole backup, the newest first."""
        found = []
        with _refusing(self.place):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Contents", ()):
                    name = each["Key"].removeprefix(self._prefix)
                    at = made_at(name)
                    if at is not None:
                        found.append(Stored(name, each["Size"], at))
        return sorted(found, key=lambda stored: stored.name, reverse=True)

    def drop(self, name: str) -> None:
        """Delete a backup; one that is gone is no fault."""
        with _refusing(self.place):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def sweep(self) -> int:
        """Give up what was cut off on its way; nobody may be sending meanwhile."""
        left = 0
        with _refusing(self.place):
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for each in page.get("Uploads", ()):
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=each["Key"], UploadId=each["UploadId"]
                    )
                    left += 1
        return left


class _BucketDraft:
    def __init__(self, client: Any, bucket: str, key: str, place: str) -> None:
        self._client, self._place = client, place
        self._of: dict[str, str] = {"Bucket": bucket, "Key": key}
        self._of["UploadId"] = client.create_multipart_upload(**self._of)["UploadId"]
        self._parts: list[dict[str, Any]] = []
        self._waiting = bytearray()

    def write(self, data: bytes, /) -> None:
        self._waiting += data
        if len(self._waiting) >= _PART_BYTES * (1 + len(self._parts) // _PARTS_OF_A_SIZE):
            self._send()

    def commit(self) -> None:
        if self._waiting or not self._parts:
            self._send()
        with _refusing(self._place):
            self._client.complete_multipart_upload(
                **self._of, MultipartUpload={"Parts": self._parts}
            )

    def abandon(self) -> None:
        self._waiting.clear()
        with suppress(BackupRefused), _refusing(self._place):
            self._client.abort_multipart_upload(**self._of)

    def _send(self) -> None:
        number = len(self._parts) + 1
        with _refusing(self._place):
            sent = self._client.upload_part(
                **self._of, PartNumber=number, Body=bytes(self._waiting)
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._waiting.clear()


class _Body:
    """What a bucket sends; a link that breaks is a refusal, no end."""

    def __init__(self, body: Any, place: str) -> None:
        self._body, self._place = body, place

    def read(self, size: int, /) -> bytes:
        with _refusing(self._place):
            data: bytes = self._body.read(size)
            return data


@contextmanager
def _refusing(place: str, name: str = "") -> Iterator[None]:
    """Turn what a bucket says into a refusal that names its code and nothing else."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (an extra)

    try:
        yield
    except BackupRefused:
        raise
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        if name and code in {"NoSuchKey", "404"}:
            raise BackupRefused("missing", name=name) from None
        raise BackupRefused("bucket", place=place, code=code) from fault
    except (BotoCoreError, OSError, ValueError) as fault:
        raise BackupRefused("bucket", place=place, code=type(fault).__name__) from fault
