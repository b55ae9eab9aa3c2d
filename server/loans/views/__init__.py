"""Pages of loans: the list, one loan, booking, editing, amending."""

from server.loans.views import amending, booking, editing, pages
from server.loans.views.pages import blueprint

__all__ = ["amending", "blueprint", "booking", "editing", "pages"]
