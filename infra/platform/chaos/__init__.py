"""`make chaos`: a platform under faults must end as one that nobody disturbed."""
