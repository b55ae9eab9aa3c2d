"""Files lie sealed, are told by what they are, and are opened only within reach, with a trace."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.attachments import queries
from server.attachments.actions import AttachFile, attach_file, open_attachment
from server.attachments.models import Attachment
from server.attachments.queries import AttachmentLost, file_path
from server.database.models import AuditEntry
from server.desk.queries import customer_owner, loan_owner
from server.domain.errors import Invalid, NotAllowed, NotFound
from tests.server.bank import Bank, add_customer, add_loan

SignIn = Callable[[str], FlaskClient]
PNG = b"\x89PNG\r\n\x1a\n picture"
PDF = b"%PDF-1.7 contract"


@pytest.fixture
def folder(app: Flask) -> Path:
    """The data folder of the app."""
    place: Path = app.config["DATA_DIR"]
    return place


@pytest.fixture
def customer_id(bank: Bank, session: Session) -> str:
    """A customer of branch A."""
    made = add_customer(bank)
    session.commit()
    return made


def keep(
    bank: Bank, folder: Path, customer_id: str, content: bytes = PNG, username: str = "officer"
) -> str:
    actor = bank.actor(username)
    owner = customer_owner(bank.session, actor, customer_id)
    made = attach_file(bank.session, actor, AttachFile(owner, "身份证.png", content), folder)
    bank.session.commit()
    return made


def actions_of(session: Session, key: str) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.entity_id == key)
    return list(session.scalars(query.order_by(AuditEntry.number)))


def upload(client: FlaskClient, url: str, *files: tuple[bytes, str]) -> Any:
    data = {"file": [(io.BytesIO(content), name) for content, name in files]}
    return client.post(url, data=data, content_type="multipart/form-data")


def test_the_bytes_on_disk_are_sealed_and_come_back_whole(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    made = keep(bank, folder, customer_id)

    row = queries.attachment(bank.session, bank.actor("officer"), made)
    on_disk = file_path(folder, row.sha256).read_bytes()
    assert PNG not in on_disk
    assert b"picture" not in on_disk
    assert open_attachment(bank.session, bank.actor("officer"), row, folder) == PNG
    assert [each.name for each in file_path(folder, row.sha256).parent.iterdir()] == [row.sha256]


def test_adding_and_opening_stand_in_the_history_of_the_customer(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    made = keep(bank, folder, customer_id)
    row = queries.attachment(bank.session, bank.actor("risk"), made)
    open_attachment(bank.session, bank.actor("risk"), row, folder)
    bank.session.commit()

    assert actions_of(bank.session, customer_id)[-2:] == ["attachment.add", "attachment.open"]


def test_a_file_moved_to_another_name_does_not_open(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    rows = [
        queries.attachment(
            bank.session, bank.actor("officer"), keep(bank, folder, customer_id, content)
        )
        for content in (PNG, PDF)
    ]
    file_path(folder, rows[0].sha256).replace(file_path(folder, rows[1].sha256))

    for row in rows:
        with pytest.raises(AttachmentLost):
            open_attachment(bank.session, bank.actor("officer"), row, folder)


def test_the_same_file_twice_with_one_owner_is_refused(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    keep(bank, folder, customer_id)

    with pytest.raises(Invalid) as refused:
        keep(bank, folder, customer_id)

    assert refused.value.reason == "file_taken"


def test_the_same_file_with_two_owners_lies_once(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    keep(bank, folder, customer_id)
    keep(bank, folder, add_customer(bank, 2))

    files = [each for each in (folder / "attachments").rglob("*") if each.is_file()]
    assert len(files) == 1


def test_a_reader_may_not_add_files(bank: Bank, folder: Path, customer_id: str) -> None:
    with pytest.raises(NotAllowed):
        keep(bank, folder, customer_id, username="auditor")


def test_an_officer_of_another_branch_finds_neither_owner_nor_file(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    made = keep(bank, folder, customer_id)

    with pytest.raises(NotFound):
        customer_owner(bank.session, bank.actor("officer_b"), customer_id)
    with pytest.raises(NotFound):
        queries.attachment(bank.session, bank.actor("officer_b"), made)


def test_files_of_a_customer_and_of_the_loans_come_together(
    bank: Bank, folder: Path, customer_id: str
) -> None:
    actor = bank.actor("officer")
    loan_id = add_loan(bank, customer_id=customer_id)
    other = add_loan(bank, customer_id=customer_id)
    keep(bank, folder, customer_id)
    for each, content in ((loan_id, PDF), (other, b"%PDF-1.4 other")):
        owner = loan_owner(bank.session, actor, each)
        attach_file(bank.session, actor, AttachFile(owner, "合同", content), folder)

    rows = queries.attachments_of_customer(bank.session, actor, customer_id, [loan_id])

    assert [(row.owner_kind, row.file_name) for row in rows] == [
        ("loan", "合同.pdf"),
        ("customer", "身份证.png"),
    ]


def test_files_are_uploaded_seen_and_downloaded(
    bank: Bank, session: Session, customer_id: str, sign_in: SignIn
) -> None:
    officer = sign_in("officer")
    url = f"/customers/{customer_id}/attachments"
    answer = upload(officer, url, (PNG, "身份证.png"), (PDF, "合同.pdf"))
    assert answer.status_code == 303

    picture, contract = session.scalars(select(Attachment).order_by(Attachment.id)).all()
    page = officer.get(f"/attachments/{picture.id}").get_data(as_text=True)
    assert f'src="/attachments/{picture.id}/image"' in page
    image = officer.get(f"/attachments/{picture.id}/image")
    assert (image.data, image.mimetype) == (PNG, "image/png")
    saved = officer.get(f"/attachments/{contract.id}/file")
    assert saved.data == PDF
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert saved.headers["X-Content-Type-Options"] == "nosniff"
    assert saved.headers["Cache-Control"] == "no-store"
    assert "sandbox" in saved.headers["Content-Security-Policy"]
    assert actions_of(session, customer_id).count("attachment.open") == 2


def test_what_is_no_image_is_not_shown_as_one(
    bank: Bank, folder: Path, customer_id: str, sign_in: SignIn
) -> None:
    made = keep(bank, folder, customer_id, PDF)

    assert sign_in("officer").get(f"/attachments/{made}/image").status_code == 404


def test_of_several_files_one_refused_keeps_none(
    session: Session, customer_id: str, sign_in: SignIn
) -> None:
    officer = sign_in("officer")
    url = f"/customers/{customer_id}/attachments"

    answer = upload(officer, url, (PNG, "a.png"), (b"MZ program", "b.png"))

    assert answer.status_code == 303
    assert session.scalars(select(Attachment)).all() == []
    assert "只接受照片" in officer.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_form_without_a_file_says_so(customer_id: str, sign_in: SignIn) -> None:
    officer = sign_in("officer")
    answer = upload(officer, f"/customers/{customer_id}/attachments")

    assert "请选择文件" in officer.get(answer.headers["Location"]).get_data(as_text=True)


def test_more_files_than_a_form_takes_are_refused(
    session: Session, customer_id: str, sign_in: SignIn
) -> None:
    files = [(PNG + bytes([place]), "a.png") for place in range(21)]
    upload(sign_in("officer"), f"/customers/{customer_id}/attachments", *files)

    assert session.scalars(select(Attachment)).all() == []


def test_another_branch_asking_by_address_gets_404_and_is_audited(
    bank: Bank, session: Session, folder: Path, customer_id: str, sign_in: SignIn
) -> None:
    made = keep(bank, folder, customer_id)
    stranger = sign_in("officer_b")

    for path in ("", "/file", "/image"):
        assert stranger.get(f"/attachments/{made}{path}").status_code == 404
    assert upload(stranger, f"/customers/{customer_id}/attachments", (PDF, "x")).status_code == 404
    assert actions_of(session, made) == ["access.not_found"] * 3


def test_an_administrator_may_not_open_files(
    bank: Bank, folder: Path, customer_id: str, sign_in: SignIn
) -> None:
    made = keep(bank, folder, customer_id)

    assert sign_in("administrator").get(f"/attachments/{made}/file").status_code == 403


def test_the_files_of_a_loan_have_a_page(
    bank: Bank, session: Session, customer_id: str, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank, customer_id=customer_id)
    session.commit()
    officer = sign_in("officer")
    url = f"/loans/{loan_id}/attachments"

    assert upload(officer, url, (PDF, "借款合同.pdf")).status_code == 303

    assert "借款合同.pdf" in officer.get(url).get_data(as_text=True)
    assert sign_in("officer_b").get(url).status_code == 404
    auditor = sign_in("auditor")
    assert "借款合同.pdf" in auditor.get(url).get_data(as_text=True)
    assert upload(auditor, url, (PNG, "x.png")).status_code == 403
