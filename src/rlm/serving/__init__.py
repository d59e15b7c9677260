"""Loads the serving tables: what changed, once, and never over something newer."""
