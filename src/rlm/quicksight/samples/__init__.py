"""Rows made for a dashboard: its filters, defaults and formulas leave something to show."""

from rlm.quicksight.samples.tables import sample_data_sets

__all__ = ["sample_data_sets"]
