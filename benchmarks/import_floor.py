"""The floor of the import: `python import_floor.py LEDGER STORE` stores the rows of a ledger bare.

It imports nothing but the reader and sqlite3, so that what it costs is what they cost.
"""

import sqlite3
import sys

import python_calamine

rows = python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
names = ", ".join(f"c{place}" for place in range(len(rows[0])))
marks = ", ".join("?" * len(rows[0]))
with sqlite3.connect(sys.argv[2]) as database:
    database.execute(f"CREATE TABLE rows ({names})")
    database.executemany(f"INSERT INTO rows VALUES ({marks})", rows[1:])
database.close()
