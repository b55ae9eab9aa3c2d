"""What a device pulls, as the bytes that travel: rows of JSON, cut and compressed."""

from server.replication.documents.comparing import digest_of, rows_of_groups
from server.replication.documents.filling import Reader
from server.replication.documents.pulling import Chunk, NumberUnknown, pull
from server.replication.documents.rows import MadeRow

__all__ = ["Chunk", "MadeRow", "NumberUnknown", "Reader", "digest_of", "pull", "rows_of_groups"]
