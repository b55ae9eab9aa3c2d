"""Backups: made while the bank works, sealed, kept by a rule, tried out by restoring, restored.

A backup is one sealed file: a manifest, the database of one moment, and every file that this
database names. `actions/archive` is the form of the file, `actions/sqlite` and `actions/postgres`
what each database needs; `making`, `verifying`, `keeping` and `restoring` are the four acts. It may
import every slice. The neighbour to copy is `intake`, whose long work a worker does as well.
"""
