"""The pages of imports: upload, mapping, preview, progress, result.

They read requests and render; what happens to a run stands in `actions/runs.py`.
"""
