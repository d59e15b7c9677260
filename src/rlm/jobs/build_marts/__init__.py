"""The job `build_marts`: silver to gold, only what changed, audited before it is published."""
