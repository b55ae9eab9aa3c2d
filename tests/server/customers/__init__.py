"""Customers: made, changed, found, shown."""
