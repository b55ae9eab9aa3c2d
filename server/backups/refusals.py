"""What backups refuse, as a fact with a code."""

from __future__ import annotations

from server.domain.errors import Invalid


class BackupRefused(Invalid):
    """A backup cannot be made, read or restored.

    `reason` is a code: of the stream (`not_sealed`, `no_such_key`, `wrong_key`, `cut_short`,
    `damaged`), of the place (`disk_full`, `no_place`, `missing`, `bucket`, `no_boto3`), of the act
    (`busy`, `stopped`, `in_use`, `not_empty`, `no_key`), of what is in it (`too_new`,
    `other_database`, `other_keyring`, `counts_differ`, `chain_broken`, `rows_broken`,
    `files_differ`), of PostgreSQL's programs (`no_program`, `program_failed`, `no_right`).
    """

    def __init__(self, reason: str, **detail: object) -> None:
        super().__init__("backup", reason, **detail)
