"""The only writes of the replication."""
