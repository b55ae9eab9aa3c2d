"""Reads across slices for what goes out."""
