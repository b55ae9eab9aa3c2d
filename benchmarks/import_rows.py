"""Importing fifty thousand rows: at most twelve times what reading and storing them must cost.

The floor reads the same file with python-calamine and inserts its rows into one table with bare
sqlite3, committed. The import is the command `flask import` into an empty bank. Both are processes
of their own, measured from their start to their end, the interpreter's start included; the floor
is the faster of two, one before and one after.

As on any server after its first start, the modules of the app are compiled: the command that makes
the tables compiles them, into the bench's own folder, whatever the environment says of that. The
memory is the system's figure for the larger of the two processes in which the import works.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from benchmarks.bank import mobile, resident_id
from benchmarks.figure import Figure
from server.config import new_secrets_text
from server.demo.customers import person_name
from server.domain.calendar import add_months
from server.domain.contacts import luhn_holds

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS: Final = 50_000
LIMIT_RATIO: Final = 12.0
LIMIT_MB: Final = 400
_MONTHS: Final = 36
_FLOOR: Final = Path(__file__).with_name("import_floor.py")
_HEADINGS: Final = (
    *("客户姓名", "证件号码", "性别", "出生日期", "手机号", "住址", "工作单位", "还款账号"),
    *("合同号", "贷款品种", "贷款用途", "贷款金额", "贷款余额", "年利率", "放款日", "到期日"),
    *("期限(月)", "还款方式", "担保方式", "贷款状态"),
)


def measure() -> Iterator[Figure]:
    """The time and the memory of one import into an empty bank."""
    with tempfile.TemporaryDirectory(prefix="taizhang-bench-") as name:
        folder = Path(name)
        path = folder / "台账.xlsx"
        write_ledger(path, ROWS)
        environment = _environment(folder)
        _flask("db", "upgrade", environment=environment)
        before = _floor(path, folder / "before.db", environment)
        done, spent, megabytes = _flask("import", str(path), "--json", environment=environment)
        floor = min(before, _floor(path, folder / "after.db", environment))
    counts = json.loads(done)
    if counts["created"] != ROWS:
        raise RuntimeError(
            f"only {counts['created']} of {ROWS} rows came in: {counts['reasons'][:3]}"
        )
    told = "calamine and bare sqlite3"
    yield Figure(f"import of {ROWS:,} rows", spent, "s", LIMIT_RATIO, floor, told, by_floor=True)
    yield Figure("its memory", megabytes, "MB", LIMIT_MB)


def write_ledger(path: Path, rows: int) -> None:
    """A ledger of new customers, each with one loan of three years, somewhere on its way."""
    draw = Random(1)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, _HEADINGS)
        for number in range(rows):
            sheet.write_row(number + 1, 0, _row(draw, number))


def _row(draw: Random, number: int) -> list[Any]:
    id_no, sex = resident_id(number), "MF"[number % 2]
    born = dt.date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    began = dt.date.today() - dt.timedelta(days=draw.randrange(1, 1000))  # noqa: DTZ011 (any day)
    months = (dt.date.today() - began).days // 31  # noqa: DTZ011
    principal = draw.randrange(20, 500) * 1000
    return [
        person_name(draw, sex),
        id_no,
        "男" if int(id_no[16]) % 2 else "女",
        born.isoformat(),
        mobile(number),
        f"浙江省杭州市西湖区文三路{number}号",
        f"杭州第{number % 997}商贸有限公司",
        _card(f"6228480{number:011d}"),
        f"HT{began.year}{number:06d}",
        "经营贷",
        "流动资金周转",
        principal,
        principal * (_MONTHS - months) // _MONTHS,
        "7.2%",
        began.isoformat(),
        add_months(began, _MONTHS).isoformat(),
        _MONTHS,
        "等额本息",
        ("信用", "保证", "抵押")[number % 3],
        "正常",
    ]


def _card(body: str) -> str:
    return next(body + last for last in "0123456789" if luhn_holds(body + last))


def _environment(folder: Path) -> dict[str, str]:
    secrets = dict(line.partition("=")[::2] for line in new_secrets_text().splitlines() if line)
    left_out = {"DATABASE_URL", "PYTHONDONTWRITEBYTECODE"}
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return {**inherited, **secrets, **compiled, "DATA_DIR": str(folder)}


def _flask(*words: str, environment: dict[str, str]) -> tuple[str, float, float]:
    return _run("-m", "flask", "--app", "server.wsgi", *words, environment=environment)


def _floor(path: Path, store: Path, environment: dict[str, str]) -> float:
    """Seconds to read the file and to insert its rows, committed."""
    _, spent, _ = _run(str(_FLOOR), str(path), str(store), environment=environment)
    return spent


def _run(*words: str, environment: dict[str, str]) -> tuple[str, float, float]:
    """Run Python; what it printed, its seconds, and its peak memory in megabytes."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        printed = process.stdout.read() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    spent = time.perf_counter() - begun
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} failed")
    return printed, spent, used.ru_maxrss / 1024
