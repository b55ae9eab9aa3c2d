"""Tests of the server, slice by slice, on both databases."""
