"""Keeping files, of forms and of devices, and telling the audit who opened one."""

from server.attachments.actions.arriving import attach_arrived, file_arrived, sweep_arrived
from server.attachments.actions.keeping import (
    AttachFile,
    Upload,
    attach_file,
    keep_uploads,
    open_attachment,
    write_sealed,
)

__all__ = [
    "AttachFile",
    "Upload",
    "attach_arrived",
    "attach_file",
    "file_arrived",
    "keep_uploads",
    "open_attachment",
    "sweep_arrived",
    "write_sealed",
]
