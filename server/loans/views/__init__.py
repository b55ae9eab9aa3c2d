"""Pages of loans: the list, one loan, booking, amending."""

from server.loans.views import amending, booking, pages
from server.loans.views.pages import blueprint

__all__ = ["amending", "blueprint", "booking", "pages"]
