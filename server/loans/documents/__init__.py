"""What a loan looks like outside: its statement as JSON, and what a device holds of it."""

from server.loans.documents.devices import loan_documents
from server.loans.documents.statements import statement_document, statement_table

__all__ = [
    "loan_documents",
    "statement_document",
    "statement_table",
]
