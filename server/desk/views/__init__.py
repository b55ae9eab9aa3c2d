"""Pages that join slices. Importing them hangs those of customers on their blueprint."""

from server.desk.views import customers, files, finding, handing_over, today
from server.desk.views.blueprint import blueprint

__all__ = ["blueprint", "customers", "files", "finding", "handing_over", "today"]
