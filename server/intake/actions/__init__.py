"""The only writes of imports: a file brought in by the command, or by a run with its preview.

`opening` finds sheet, headings and fields, `surveying` looks the whole file over, `prepare` makes
customers and loans of rows, `laying` lays them beside what stands, `running` goes chunk by chunk.
"""

from server.intake.actions.choices import Choices, read_choices
from server.intake.actions.from_file import FromFile, Imported, import_file

__all__ = ["Choices", "FromFile", "Imported", "import_file", "read_choices"]
