"""Source files of any size with planted truths: `rlm generate`."""
