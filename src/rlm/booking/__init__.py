"""What bookers and finance keep by hand in PostgreSQL, and how a generated world gets some of it.

`targets` makes targets of venues and events, `source_files` reads those from deliveries,
`tables` holds the statements, `commands` is `rlm targets`.
"""
