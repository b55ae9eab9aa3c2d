"""The pages of imports: a file goes in by upload, mapping, preview, start and result."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.models import AuditEntry
from server.intake.actions import work_next_run
from server.intake.models import HeaderMapping, ImportRun
from server.jobs.door import job_actor
from server.loans.models import Loan
from tests.server.bank import Bank
from tests.server.intake.sheets import HEADINGS, ledger_row, text_table, workbook

SignIn = Callable[[str], FlaskClient]
SELECT = re.compile(r'<select class="input"[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
ENCRYPTED = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le")


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def upload(browser: FlaskClient, content: bytes, name: str = "台账.xlsx") -> Any:
    return browser.post("/imports", data={"file": (io.BytesIO(content), name)})


def uploaded(browser: FlaskClient, content: bytes, name: str = "台账.xlsx") -> str:
    answer = upload(browser, content, name)
    assert answer.status_code == 303, text_of(answer)
    return str(answer.headers["Location"])


def mapping_form(browser: FlaskClient, url: str, **changes: str) -> dict[str, str]:
    """The mapping form as the page suggests it."""
    page = text_of(browser.get(f"{url}?step=mapping"))
    form = {}
    for name, body in re.findall(
        r'<select class="input"[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        form[name] = chosen[1] if chosen else ""
    form.pop("sheet", None)
    return {**form, "mode": "each", **changes}


def work(app: Flask, session: Session) -> int:
    zone = ZoneInfo("Asia/Shanghai")
    done = work_next_run(
        session, job_actor(zone), app.config["DATA_DIR"], lambda: dt.datetime.now(dt.UTC)
    )
    session.commit()
    return done


def previewed(
    app: Flask, session: Session, browser: FlaskClient, content: bytes, **changes: str
) -> str:
    url = uploaded(browser, content)
    form = mapping_form(browser, url, **changes)
    answer = browser.post(f"{url}/mapping", data=form)
    assert answer.status_code == 303, text_of(answer)
    assert work(app, session) == 1
    return url


def imported(
    app: Flask, session: Session, browser: FlaskClient, content: bytes, **changes: str
) -> str:
    url = previewed(app, session, browser, content, **changes)
    assert browser.post(f"{url}/start").status_code == 303
    assert work(app, session) == 1
    return url


def last_run(session: Session) -> ImportRun:
    session.rollback()
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()  # type: ignore[return-value]


def test_a_file_goes_from_upload_to_the_ledger(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser = sign_in("reviewer")
    assert "还没有导入过" in text_of(browser.get("/imports"))
    url = uploaded(browser, workbook([ledger_row(1), ledger_row(2, 姓名="")]))
    page = text_of(browser.get(url))
    assert "身份证号" in page
    assert ledger_row(1)[1] not in page, "samples of ID numbers are masked"

    assert browser.post(f"{url}/mapping", data=mapping_form(browser, url)).status_code == 303
    assert "every 2s" in text_of(browser.get(url))
    assert work(app, session) == 1
    page = text_of(browser.get(url))
    assert "这是预览" in page
    assert "every 2s" not in page
    assert "没有填写" in page
    assert session.scalar(select(func.count()).select_from(Customer)) == 0

    assert browser.post(f"{url}/start").status_code == 303
    assert work(app, session) == 1
    assert "导入完成" in text_of(browser.get(url))
    run = last_run(session)
    assert (run.status, run.counts["imported"]["created"], run.counts["imported"]["refused"]) == (
        "done",
        1,
        1,
    )
    loan = session.scalars(select(Loan)).one()
    assert (loan.contract_no, loan.principal, loan.branch_id) == (
        "HT00001",
        12_000_000,
        bank.branch_a,
    )
    acts = set(session.scalars(select(AuditEntry.action).where(AuditEntry.entity == "import")))
    assert acts >= {"import.upload", "import.map", "import.start", "import.finish"}
    by = session.scalars(select(AuditEntry).where(AuditEntry.action == "import.finish")).one()
    assert (by.actor_id, by.origin) == (bank.people["reviewer"], "job")


def test_the_same_file_again_changes_nothing(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser, content = sign_in("manager"), workbook([ledger_row(n) for n in range(1, 6)])
    imported(app, session, browser, content)
    url = previewed(app, session, browser, content)
    assert last_run(session).counts["preview"] == {"unchanged": 5}
    assert "没有要新增或更新的内容" in text_of(browser.get(url))


def test_refused_rows_come_back_as_a_workbook_with_the_reason(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser = sign_in("manager")
    rows = [ledger_row(1), ledger_row(2, 放款日期="2026-02-30"), ledger_row(3, 姓名="=1+1")]
    rows[2][5] = "乱写"
    url = imported(app, session, browser, workbook(rows))
    answer = browser.get(f"{url}/refused.xlsx")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    answer.close()
    assert sheet is not None
    read = list(sheet.iter_rows(values_only=True))
    assert read[0] == (*HEADINGS, "原行号", "原因")
    assert [row[-2] for row in read[1:]] == [3, 4]
    assert read[1][-1] == "放款日期：没有这一天"
    assert read[2][0] == "=1+1"
    assert sheet.cell(3, 1).data_type == "s"
    downloads = select(AuditEntry).where(AuditEntry.action == "import.download")
    assert session.scalars(downloads).one().changes == {"rows": [None, 2]}


def test_an_unknown_product_is_asked_for_and_may_be_mapped(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser = sign_in("manager")
    headings = (*HEADINGS, "产品名称", "状态说明")
    content = workbook([[*ledger_row(1), "老产品", "x"]], headings)
    url = previewed(app, session, browser, content)
    page = text_of(browser.get(url))
    assert "老产品" in page
    assert last_run(session).counts["preview"]["refused"] == 1
    form = mapping_form(browser, url)
    assert form["word.product.0"] == ""
    form["word.product.0"] = bank.product_id
    assert browser.post(f"{url}/mapping", data=form).status_code == 303
    work(app, session)
    assert last_run(session).counts["preview"]["created"] == 1
    assert mapping_form(browser, url)["word.product.0"] == bank.product_id


def test_taught_headings_are_known_the_next_time(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser = sign_in("manager")
    headings = ("我们的叫法", *HEADINGS[1:])
    content = workbook([ledger_row(1)], headings)
    url = uploaded(browser, content)
    form = mapping_form(browser, url, remember="1")
    assert form["column.0"] == ""
    form["column.0"] = "customer_name"
    assert browser.post(f"{url}/mapping", data=form).status_code == 303
    assert session.get_one(HeaderMapping, "我们的叫法").field == "customer_name"
    again = uploaded(browser, content)
    assert mapping_form(browser, again)["column.0"] == "customer_name"


def test_all_or_none_keeps_everything_out(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser = sign_in("manager")
    content = workbook([ledger_row(1), ledger_row(2, 姓名="")])
    url = previewed(app, session, browser, content, mode="all")
    page = text_of(browser.get(url))
    assert f"{url}/start" not in page
    answer = browser.post(f"{url}/start", follow_redirects=True)
    assert "有 1 行不能导入" in text_of(answer)
    assert last_run(session).status == "previewed"
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_two_columns_cannot_be_one_field(bank: Bank, sign_in: SignIn) -> None:
    browser = sign_in("manager")
    url = uploaded(browser, workbook([ledger_row(1)]))
    form = mapping_form(browser, url)
    form["column.1"] = "customer_name"
    answer = browser.post(f"{url}/mapping", data=form)
    assert answer.status_code == 422
    assert "已经选给另一列" in text_of(answer)


def test_a_made_up_field_or_branch_is_refused(bank: Bank, sign_in: SignIn) -> None:
    browser = sign_in("manager")
    url = uploaded(browser, workbook([ledger_row(1)]))
    for changes in ({"column.0": "password_hash"}, {"branch_id": bank.branch_b}):
        form = mapping_form(browser, url, **changes)
        assert browser.post(f"{url}/mapping", data=form).status_code == 422


@pytest.mark.parametrize("as_of", ["2026-02-30", "9999-01-01", "x" * 60_000])
def test_an_impossible_day_is_refused(bank: Bank, sign_in: SignIn, as_of: str) -> None:
    browser = sign_in("manager")
    url = uploaded(browser, workbook([ledger_row(1)]))
    answer = browser.post(f"{url}/mapping", data=mapping_form(browser, url, as_of=as_of))
    assert answer.status_code == 422


def test_another_sheet_may_be_chosen(bank: Bank, session: Session, sign_in: SignIn) -> None:
    stream = io.BytesIO()
    import xlsxwriter

    with xlsxwriter.Workbook(stream) as book:
        for name, rows in (("一月", 1), ("二月", 2)):
            sheet = book.add_worksheet(name)
            for index, row in enumerate([HEADINGS, *(ledger_row(n) for n in range(1, rows + 1))]):
                sheet.write_row(index, 0, row)
    browser = sign_in("manager")
    url = uploaded(browser, stream.getvalue())
    assert last_run(session).mapping["name"] == "一月"
    browser.post(f"{url}/sheet", data={"sheet": "二月"})
    assert last_run(session).mapping["name"] == "二月"
    answer = browser.post(f"{url}/sheet", data={"sheet": "没有"}, follow_redirects=True)
    assert "没有这张工作表" in text_of(answer)


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "空.xlsx", "请选择文件"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "图.xlsx", "不是表格文件"),
        (b"PK\x03\x04 broken", "坏.xlsx", "已损坏"),
        (workbook([]), "只有表头.xlsx", "没有数据行"),
        (workbook([], headings=("甲", "乙")), "别的.xlsx", "没有找到表头"),
        (bomb(), "炸弹.xlsx", "解压后过大"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "密.xlsx",
            "密码",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told_clearly(
    bank: Bank, session: Session, sign_in: SignIn, content: bytes, name: str, told: str
) -> None:
    answer = upload(sign_in("manager"), content, name)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert session.scalar(select(func.count()).select_from(ImportRun)) == 0


def test_a_file_beyond_the_limit_has_a_friendly_page(
    app: Flask, bank: Bank, sign_in: SignIn
) -> None:
    browser = sign_in("manager")
    app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = upload(browser, b"x" * 2000)
    assert answer.status_code == 413
    assert "文件太大" in text_of(answer)


def test_no_name_leads_out_of_the_folder(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    browser = sign_in("manager")
    uploaded(browser, text_table([ledger_row(1)]), "../../../../etc/pass\x00wd/..\\x.csv")
    run = last_run(session)
    assert run.file_name == "x.csv"
    folder: Path = app.config["DATA_DIR"] / "imports"
    assert [path.name for path in folder.iterdir()] == [run.id]
    assert "客户" not in (folder / run.id).read_bytes().decode("utf-8", "ignore")


def test_officers_and_auditors_may_not_import(bank: Bank, sign_in: SignIn) -> None:
    for username in ("officer", "auditor", "administrator"):
        browser = sign_in(username)
        assert browser.get("/imports").status_code == 403
        assert upload(browser, workbook([ledger_row(1)])).status_code == 403


def test_a_run_of_another_branch_does_not_exist(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    url = previewed(app, session, sign_in("reviewer"), workbook([ledger_row(1)]))
    other, chief = sign_in("reviewer2"), sign_in("chief")
    assert other.get(url).status_code == 404, "a colleague's run is not one's own"
    assert other.post(f"{url}/start").status_code == 404
    assert other.get(f"{url}/refused.xlsx").status_code == 404
    assert chief.get(url).status_code == 200
    assert sign_in("manager").get(url).status_code == 200
    missed = session.scalars(select(AuditEntry).where(AuditEntry.action == "access.not_found"))
    assert {entry.entity for entry in missed} == {"import"}


def test_staff_of_a_branch_import_into_their_own_alone(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn
) -> None:
    headings = (*HEADINGS, "经办机构")
    rows = [[*ledger_row(1), "城东支行"], [*ledger_row(2), "城西支行"]]
    imported(app, session, sign_in("reviewer"), workbook(rows, headings))
    run = last_run(session)
    assert run.counts["imported"]["created"] == 1
    assert run.counts["imported"]["refused"] == 1
    assert {loan.branch_id for loan in session.scalars(select(Loan))} == {bank.branch_a}


def test_a_page_costs_a_fixed_number_of_statements(
    app: Flask, bank: Bank, session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    browser = sign_in("manager")
    rows = [ledger_row(n, 姓名="" if n % 2 else "好名字") for n in range(1, 60)]
    url = previewed(app, session, browser, workbook(rows))
    for path, most in ((url, 12), ("/imports", 12)):
        statements.clear()
        assert browser.get(path).status_code == 200
        assert len(statements) <= most, statements
