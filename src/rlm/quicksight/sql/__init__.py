"""Queries of visuals as SQL for DuckDB."""

from rlm.quicksight.sql.compiler import compile_query, compile_value

__all__ = ["compile_query", "compile_value"]
