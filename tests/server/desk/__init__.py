"""Tests of the pages that join slices."""
