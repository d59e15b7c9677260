"""One CloudFormation stack a subject."""
