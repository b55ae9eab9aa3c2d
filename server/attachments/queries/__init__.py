"""Reads of attachments: what an owner has, one row, and the bytes behind it."""

from server.attachments.queries.files import AttachmentLost, file_path, read_file
from server.attachments.queries.owners import Owner
from server.attachments.queries.rows import (
    AttachmentRow,
    attachment,
    attachments_of,
    attachments_of_customer,
    file_names,
    ids_by_content,
)

__all__ = [
    "AttachmentLost",
    "AttachmentRow",
    "Owner",
    "attachment",
    "attachments_of",
    "attachments_of_customer",
    "file_names",
    "file_path",
    "ids_by_content",
    "read_file",
]
