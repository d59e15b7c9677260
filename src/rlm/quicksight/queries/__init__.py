"""Definitions and what a viewer chose, asked of the data."""
