"""Reads of the replication."""
