"""The job `maintain_lake`: fewer files and less history, the same rows."""
