"""A dashboard as data: its files, its one definition, and what is wrong with it.

`files` splits and assembles, `lint` says what QuickSight would refuse or show wrongly,
`reviewers_text` is what a reviewer reads, `columns` and `inference` are what data sets offer.
"""
