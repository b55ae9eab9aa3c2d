"""Storage: engine and session, the declarative base, column types, change feed and audit chain.

flask_sqlalchemy is imported here alone (`extension.py`); slices import `Base`, the column types
and `Session` from here. It may import `crypto` and `config`, nothing above.
"""

from sqlalchemy.orm import Session

from server.database.base import Base, new_id, one_of
from server.database.types import Day, Fen, Json, Moment, Rate, Sealed, SealedText, Uuid, ordered

__all__ = [
    "Base",
    "Day",
    "Fen",
    "Json",
    "Moment",
    "Rate",
    "Sealed",
    "SealedText",
    "Session",
    "Uuid",
    "new_id",
    "one_of",
    "ordered",
]
