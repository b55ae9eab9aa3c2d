"""Tables of the replication."""
