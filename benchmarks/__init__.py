"""What `make bench` measures: each module here is one bench, run alone by its name.

A bench has a function `measure()` that yields `Figure`s; it makes its own data and its own floor
in the same run, for a figure alone says nothing of a busy machine. `figure` holds the shape and
the clock, `bank` a bank to measure on.
"""
