"""
On-call load, worked out from rows that are read already: no database.

Who was on call comes from the shifts that were written down, who was disturbed from the pages
that were delivered. Every figure keeps the intervals or rows that it came from.
"""
