"""The HTTP side of the replication, under /sync/v1/."""
