"""Reads for backups: the rows about them, and what a database says of itself."""
