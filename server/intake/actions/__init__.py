"""The only writes of imports: a file brought in by the command, or by a run with its preview.

`opening` finds sheet, headings and fields, `surveying` looks the whole file over, `prepare` makes
customers and loans of rows, `laying` lays them beside what stands, `running` goes chunk by chunk;
`uploads` takes a file in, `runs` is what people decide of it, `working` what the worker does.
"""

from server.intake.actions.choices import Choices, read_choices
from server.intake.actions.from_file import FromFile, Imported, import_file
from server.intake.actions.runs import (
    MapRun,
    cancel_run,
    choose_sheet,
    map_run,
    note_download,
    reopen_run,
    start_run,
)
from server.intake.actions.uploads import (
    UploadLedger,
    look_over,
    open_run_file,
    require_import,
    sweep_uploads,
    upload_ledger,
)
from server.intake.actions.working import work_next_run

__all__ = [
    "Choices",
    "FromFile",
    "Imported",
    "MapRun",
    "UploadLedger",
    "cancel_run",
    "choose_sheet",
    "import_file",
    "look_over",
    "map_run",
    "note_download",
    "open_run_file",
    "read_choices",
    "reopen_run",
    "require_import",
    "start_run",
    "sweep_uploads",
    "upload_ledger",
    "work_next_run",
]
