"""Queries of visuals as SQL for DuckDB."""

from rlm.quicksight.sql.compiler import compile_query, compile_value
from rlm.quicksight.sql.coverage import Coverage, documented_functions

__all__ = ["Coverage", "compile_query", "compile_value", "documented_functions"]
