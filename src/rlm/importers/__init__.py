"""Source files from data that others made: `rlm import`."""
