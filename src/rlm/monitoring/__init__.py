"""What is measured and what goes off: one catalog for infrastructure, pages of help and tests.

Pure: an alarm is a value. `infra/aws/stacks/monitoring.py` makes resources of it.
"""
