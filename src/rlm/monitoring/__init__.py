"""What is measured and what goes off: one catalog for infrastructure, pages of help and tests.

Pure, but for `publisher`: an alarm is a value, and `infra/aws/stacks/monitoring.py` makes resources
of it.
"""
