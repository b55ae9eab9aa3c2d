"""Reads of imports: files as sheets of cells (`files`, `archives`, `delimited`), the runs, and what
of a ledger stands already.

`files` imports no table: a process that only reads a file stays small.
"""
