"""Photos and signatures: resumable, looked at, kept once, attached whenever their entry comes."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from server.attachments.models import ArrivedFile, Attachment
from server.attachments.queries import file_path, read_file
from server.database import new_id
from server.database.engine import begin_writing
from server.database.models import Change
from server.domain.files import MAX_FILE_BYTES
from server.repayments.actions import FieldRepayment, take_field_repayment
from server.replication.actions.blobs import sweep_blobs
from server.replication.models.blobs import BlobUpload
from server.replication.models.devices import Device
from server.replication.views.hello import BLOB_BYTES
from server.visits.actions import FromField, RecordVisit, record_visit
from server.visits.documents import visit_documents
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan
from tests.server.replication.pulling import enrolled

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
SHA256 = hashlib.sha256(PICTURE).hexdigest()
_TUS = {"Tus-Resumable": "1.0.0"}


class Uploader:
    """A device that sends files."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.device = enrolled(client).device

    def begin(self, content: bytes = PICTURE, **told: str) -> TestResponse:
        """Announce a file."""
        named = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "filetype": "image/png",
            "device": self.device,
            **told,
        }
        pairs = [
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in named.items()
        ]
        headers = {**_TUS, "Upload-Length": str(len(content)), "Upload-Metadata": ",".join(pairs)}
        return self.client.post("/sync/v1/blobs", headers=headers)

    def head(self, url: str) -> TestResponse:
        """Ask how much is there."""
        return self.client.head(url, headers=_TUS)

    def part(self, url: str, content: bytes, offset: int = 0, checksum: str = "") -> TestResponse:
        """Send a part."""
        headers = {**_TUS, "Upload-Offset": str(offset)}
        if checksum:
            headers["Upload-Checksum"] = checksum
        return self.client.patch(
            url, data=content, headers=headers, content_type="application/offset+octet-stream"
        )

    def send(self, content: bytes = PICTURE) -> TestResponse:
        """Send a whole file in one part; gives the last answer."""
        return self.part(self.begin(content).headers["Location"], content)


@pytest.fixture
def uploader(sign_in: SignIn) -> Uploader:
    return Uploader(sign_in("officer"))


@pytest.fixture
def customer_id(bank: Bank) -> str:
    begin_writing(bank.session)
    customer_id = add_customer(bank)
    bank.session.commit()
    return customer_id


def _visit(bank: Bank, customer_id: str, *photos: str) -> str:
    begin_writing(bank.session)
    source = FromField(new_id(), new_id(), NOW)
    command = RecordVisit(customer_id, "post_loan", NOW, photos=photos, field=source)
    visit_id = record_visit(bank.session, bank.actor("officer"), command)
    bank.session.commit()
    return visit_id


def _arrived(session: Session, visit_id: str) -> list[bool]:
    document = visit_documents(session, [visit_id], TODAY)[visit_id]
    return [each["arrived"] for each in document["photos"]]


def test_what_is_understood_is_said(uploader: Uploader) -> None:
    answer = uploader.client.options("/sync/v1/blobs")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(MAX_FILE_BYTES)
    assert "creation" in answer.headers["Tus-Extension"]


def test_a_file_in_three_parts_arrives_whole(
    session: Session, app: Flask, uploader: Uploader
) -> None:
    begun = uploader.begin()
    url = begun.headers["Location"]
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    assert begun.headers["Upload-Expires"].startswith("Tue, 17 Mar 2026")
    for start, end in ((0, 1000), (1000, 5000), (5000, len(PICTURE))):
        answer = uploader.part(url, PICTURE[start:end], start)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    assert read_file(app.config["DATA_DIR"], SHA256) == PICTURE
    assert session.get_one(ArrivedFile, SHA256).media_type == "image/png"
    assert session.scalars(select(BlobUpload)).all() == []
    assert list((app.config["DATA_DIR"] / "blobs").iterdir()) == []


def test_parts_under_way_are_sealed(app: Flask, uploader: Uploader) -> None:
    uploader.part(uploader.begin().headers["Location"], PICTURE[:5000])
    [part] = [each for each in (app.config["DATA_DIR"] / "blobs").rglob("*") if each.is_file()]
    assert bytes(range(256)) not in part.read_bytes()


def test_it_goes_on_where_it_was_cut_off(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    uploader.part(url, PICTURE[:3000])
    again = uploader.begin()
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (url, "3000")
    there = uploader.head(url)
    assert (there.headers["Upload-Offset"], there.headers["Upload-Length"]) == (
        "3000",
        str(len(PICTURE)),
    )
    assert uploader.part(url, PICTURE[3000:], 3000).status_code == 204


def test_a_part_that_was_cut_on_its_way_is_kept_as_far_as_it_came(
    session: Session, uploader: Uploader
) -> None:
    url = uploader.begin().headers["Location"]
    answer = uploader.client.patch(
        url,
        data=PICTURE[:700],
        headers={**_TUS, "Upload-Offset": "0", "Content-Length": "2000"},
        content_type="application/offset+octet-stream",
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "700")
    assert session.scalars(select(BlobUpload.arrived)).one() == 700


def test_a_part_in_the_wrong_place_is_refused_with_the_right_one(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    uploader.part(url, PICTURE[:1000])
    answer = uploader.part(url, PICTURE[:1000])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (409, "1000")
    assert answer.json == {"error": "offset", "expected": 1000}


def test_a_photo_after_its_visit_is_attached_and_told(
    session: Session, bank: Bank, uploader: Uploader, customer_id: str
) -> None:
    visit_id = _visit(bank, customer_id, SHA256)
    assert _arrived(session, visit_id) == [False]
    before = session.get_one(Change, ("visit", visit_id)).number
    uploader.send()
    session.expire_all()
    assert _arrived(session, visit_id) == [True]
    assert session.get_one(Change, ("visit", visit_id)).number > before


def test_a_photo_before_its_visit_is_attached_with_it(
    session: Session, bank: Bank, uploader: Uploader, customer_id: str
) -> None:
    uploader.send()
    assert _arrived(session, _visit(bank, customer_id, SHA256, "f" * 64)) == [True, False]


def test_a_photo_of_two_visits_is_sent_and_stored_once(
    session: Session, app: Flask, bank: Bank, uploader: Uploader, customer_id: str
) -> None:
    first = _visit(bank, customer_id, SHA256)
    uploader.send()
    second = _visit(bank, customer_id, SHA256)
    again = uploader.begin()
    assert again.headers["Upload-Offset"] == str(len(PICTURE))
    assert uploader.head(again.headers["Location"]).headers["Upload-Offset"] == str(len(PICTURE))
    owners = session.scalars(select(Attachment.owner_id).where(Attachment.sha256 == SHA256))
    assert set(owners) == {first, second}
    folder = file_path(app.config["DATA_DIR"], SHA256).parent
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
def test_a_signature_is_attached_to_its_payment(
    session: Session, bank: Bank, uploader: Uploader, customer_id: str, is_first: bool
) -> None:
    if is_first:
        uploader.send()
    begin_writing(session)
    loan_id = add_loan(bank, customer_id=customer_id)
    sent = FieldRepayment(
        new_id(), loan_id, 100, TODAY, "cash", "", "", "", "", SHA256, new_id(), NOW
    )
    take_field_repayment(session, bank.actor("officer"), sent)
    session.commit()
    if not is_first:
        uploader.send()
    kept = session.scalars(select(Attachment)).one()
    assert (kept.owner_kind, kept.owner_id, kept.sha256) == ("repayment", sent.id, SHA256)


def _refused(answer: TestResponse) -> tuple[int, str]:
    assert answer.json is not None
    return answer.status_code, answer.json["error"]


@pytest.mark.parametrize(
    "content",
    [b"just a text, whatever it is called", b"MZ\x90\x00" + bytes(500), b"PK\x03\x04" + bytes(99)],
    ids=["text", "program", "archive"],
)
def test_what_is_no_picture_is_refused_and_nothing_is_left(
    session: Session, app: Flask, uploader: Uploader, content: bytes
) -> None:
    answer = uploader.send(content)
    assert _refused(answer) == (415, "file_kind")
    assert session.scalars(select(BlobUpload)).all() == []
    assert session.scalars(select(ArrivedFile)).all() == []
    assert list((app.config["DATA_DIR"] / "blobs").iterdir()) == []


def test_another_file_than_was_announced_is_refused(session: Session, uploader: Uploader) -> None:
    url = uploader.begin(sha256="0" * 64).headers["Location"]
    assert _refused(uploader.part(url, PICTURE)) == (422, "sha256")
    assert uploader.head(url).status_code == 404


def test_a_part_of_another_checksum_is_refused_and_may_come_again(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    right = base64.b64encode(hashlib.sha256(PICTURE).digest()).decode()
    answer = uploader.part(url, PICTURE[:-1] + b"?", checksum=f"sha256 {right}")
    assert _refused(answer) == (460, "checksum")
    answer = uploader.part(url, PICTURE, checksum=f"sha256 {right}")
    assert answer.status_code == 204


def test_an_unknown_checksum_is_refused(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    answer = uploader.part(url, PICTURE, checksum="crc32 AAAA")
    assert _refused(answer) == (400, "checksum_algorithm")


def test_more_than_was_announced_is_refused(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    assert _refused(uploader.part(url, PICTURE + b"!")) == (413, "too_long")


def test_a_part_beyond_the_limit_is_refused(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    assert _refused(uploader.part(url, bytes(BLOB_BYTES + 1))) == (413, "too_long")


def test_a_file_beyond_the_limit_is_refused_before_it_comes(uploader: Uploader) -> None:
    answer = uploader.begin(bytes(MAX_FILE_BYTES + 1))
    assert _refused(answer) == (413, "file_too_large")


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"Tus-Resumable": "0.2.2"}, (412, "version")),
        ({"Upload-Length": "-5"}, (400, "upload_length")),
        ({"Upload-Length": ""}, (400, "upload_length")),
        ({"Upload-Length": "0"}, (422, "missing")),
        ({"Upload-Metadata": "sha256 ???"}, (400, "metadata")),
        ({"Upload-Metadata": ""}, (404, "not_found")),
        ({"Upload-Defer-Length": "1"}, (400, "length")),
    ],
)
def test_an_announcement_out_of_shape_is_refused(
    uploader: Uploader, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    sent = {**_TUS, "Upload-Length": "10", "Upload-Metadata": "", **headers}
    answer = uploader.client.post("/sync/v1/blobs", headers=sent)
    if refusal[0] == 422:
        assert _refused(uploader.begin(b"")) == refusal
    else:
        assert _refused(answer) == refusal


def test_a_name_that_is_no_hash_is_refused(uploader: Uploader) -> None:
    assert _refused(uploader.begin(sha256="../../etc/passwd")) == (422, "format")


def test_a_part_of_another_type_is_refused(uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    headers = {**_TUS, "Upload-Offset": "0"}
    answer = uploader.client.patch(url, data=b"x", headers=headers, content_type="text/plain")
    assert _refused(answer) == (415, "content_type")


def test_nobody_reaches_into_the_upload_of_another(sign_in: SignIn, uploader: Uploader) -> None:
    url = uploader.begin().headers["Location"]
    other = Uploader(sign_in("officer2"))
    assert other.part(url, PICTURE).status_code == 404
    assert other.head(url).status_code == 404
    assert other.head(f"/sync/v1/blobs/{SHA256}").status_code == 404
    assert _refused(other.begin(device=uploader.device)) == (404, "not_found")


def test_who_has_not_the_file_cannot_claim_it_by_its_name(
    sign_in: SignIn, uploader: Uploader
) -> None:
    uploader.send()
    assert Uploader(sign_in("officer2")).begin().headers["Upload-Offset"] == "0"


def _revoke(session: Session, device: str, kind: str, at: dt.datetime) -> None:
    begin_writing(session)
    values = {"revoked_kind": kind, "revoked_at": at}
    session.execute(update(Device).where(Device.id == device).values(values))
    session.commit()


def test_a_device_that_lost_its_access_still_brings_its_photos_for_a_week(
    session: Session, uploader: Uploader
) -> None:
    _revoke(session, uploader.device, "access", NOW - dt.timedelta(days=6))
    assert uploader.send().status_code == 204
    _revoke(session, uploader.device, "access", NOW - dt.timedelta(days=8))
    assert _refused(uploader.begin(PICTURE + b"2")) == (403, "revoked")


def test_a_lost_device_brings_nothing(session: Session, uploader: Uploader) -> None:
    _revoke(session, uploader.device, "lost", NOW)
    answer = uploader.begin()
    assert answer.json == {"error": "revoked", "order": "wipe"}


def test_what_stopped_long_ago_is_swept(
    session: Session, app: Flask, bank: Bank, uploader: Uploader
) -> None:
    url = uploader.begin().headers["Location"]
    uploader.part(url, PICTURE[:1000])
    folder: Path = app.config["DATA_DIR"]
    later: Any = bank.actor("chief", now=NOW + dt.timedelta(days=6))
    assert sweep_blobs(session, later, folder) == 0
    later = bank.actor("chief", now=NOW + dt.timedelta(days=8))
    assert sweep_blobs(session, later, folder) == 1
    session.commit()
    assert list((folder / "blobs").iterdir()) == []
    assert uploader.head(url).status_code == 404


def test_a_file_that_nothing_named_goes_after_three_months(
    session: Session, app: Flask, bank: Bank, uploader: Uploader, customer_id: str
) -> None:
    uploader.send()
    named = PICTURE + b"named"
    _visit(bank, customer_id, hashlib.sha256(named).hexdigest())
    uploader.send(named)
    folder: Path = app.config["DATA_DIR"]
    later = bank.actor("chief", now=NOW + dt.timedelta(days=91))
    assert sweep_blobs(session, later, folder) == 1
    assert not file_path(folder, SHA256).exists()
    assert file_path(folder, hashlib.sha256(named).hexdigest()).exists()
