"""Backups in a bucket, over HTTP against a server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from flask import Flask
from moto.server import ThreadedMotoServer

from server.backups import actions
from server.backups.actions import Wish, bucket
from server.backups.actions.bucket import Bucket
from server.backups.actions.stores import new_name
from tests.server.backups.test_making import refusal_of
from tests.server.backups.vault import OPERATOR, around_of, backed_up, fill, statements
from tests.server.bank import NOW, Bank

PLACE = "s3://vault/a-bank"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in (
        ("AWS_ENDPOINT_URL_S3", address),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", "cn-north-1"),
        ("AWS_DEFAULT_REGION", "cn-north-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(
        Bucket="vault", CreateBucketConfiguration={"LocationConstraint": "cn-north-1"}
    )
    yield client
    for each in client.list_objects_v2(Bucket="vault").get("Contents", ()):
        client.delete_object(Bucket="vault", Key=each["Key"])
    client.delete_bucket(Bucket="vault")
    client.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_backup_goes_to_a_bucket_and_comes_back(app: Flask, bank: Bank, client: Any) -> None:
    fill(bank, app)
    before = statements(bank)
    around = around_of(app, place=PLACE)
    row = backed_up(bank, around)
    (stored,) = actions.open_store(PLACE).list()
    assert (stored.name, stored.size) == (row.name, row.size)
    assert row.place == PLACE
    key = client.list_objects_v2(Bucket="vault")["Contents"][0]["Key"]
    assert key == f"a-bank/{row.name}"
    found = actions.verify_backup(bank.session, bank.actor("administrator"), around, row.name)
    assert found.how == "whole"
    store = actions.open_store(PLACE)
    wish = Wish(row.name, replace=True)
    actions.restore_backup(bank.session, OPERATOR, around, lambda: store.open(row.name), wish)
    assert statements(bank) == before
    store.drop(row.name)
    assert store.list() == []
    actor = bank.actor("administrator")
    gone = refusal_of(lambda: actions.verify_backup(bank.session, actor, around, row.name))
    assert gone == "missing"


def test_parts_become_a_backup_only_together(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "_PART_BYTES", 5 * 1024 * 1024)
    store, name = Bucket(PLACE), new_name(NOW)
    draft = store.begin(name)
    for _ in range(24):
        draft.write(b"x" * 512 * 1024)
    assert store.list() == []
    draft.commit()
    assert [each.size for each in store.list()] == [12 * 1024 * 1024]
    with store.open(name) as stream:
        assert stream.read(3) == b"xxx"
    broken = store.begin(new_name(NOW))
    broken.write(b"half")
    assert store.sweep() == 1
    assert refusal_of(broken.commit) == "bucket"
    given_up = store.begin(new_name(NOW))
    given_up.abandon()
    assert store.sweep() == 0
    assert len(store.list()) == 1


def test_a_bucket_that_is_not_there_is_a_refusal(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Bucket("s3://nobodys")
    assert refusal_of(other.list) == "bucket"
    assert refusal_of(lambda: other.begin(new_name(NOW))) == "bucket"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert refusal_of(Bucket(PLACE).list) == "bucket"
