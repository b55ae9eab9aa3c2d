"""A small world for the engine: an office, phones that copy and lose things, and a bad network."""
