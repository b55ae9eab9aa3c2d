"""Reads of attachments: what a customer or a loan has, one row, and the bytes behind it."""

from server.attachments.queries.files import AttachmentLost, file_path, read_file
from server.attachments.queries.owners import Owner, customer_owner, loan_owner
from server.attachments.queries.rows import (
    AttachmentRow,
    attachment,
    attachments_of,
    attachments_of_customer,
)

__all__ = [
    "AttachmentLost",
    "AttachmentRow",
    "Owner",
    "attachment",
    "attachments_of",
    "attachments_of_customer",
    "customer_owner",
    "file_path",
    "loan_owner",
    "read_file",
]
