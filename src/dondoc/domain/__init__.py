"""Pure rules: no I/O, no clock, nothing that cannot be tested with values alone."""
