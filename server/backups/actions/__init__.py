"""Making, verifying, keeping and restoring backups."""

from server.backups.actions.around import Around
from server.backups.actions.making import adopt, drop_old, make_backup
from server.backups.actions.nightly import back_up, verify_newest
from server.backups.actions.places import open_store
from server.backups.actions.restoring import Restored, Wish, restore_backup
from server.backups.actions.verifying import Verified, verify_backup, verify_file

__all__ = [
    "Around",
    "Restored",
    "Verified",
    "Wish",
    "adopt",
    "back_up",
    "drop_old",
    "make_backup",
    "open_store",
    "restore_backup",
    "verify_backup",
    "verify_file",
    "verify_newest",
]
