"""QuickSight as code: definitions that are checked, drawn here and deployed there.

`definitions` holds a dashboard as data, `expressions` its formula language, `queries` turns a
visual into SQL and its rows into a `VisualResult`, `drawing` turns that into what a browser shows.
Pure: definitions, parameter values, a moment called now and a DuckDB connection come in as
arguments; nothing here talks to AWS.
"""
