"""Pure tests of the domain rules."""
