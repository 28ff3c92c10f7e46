"""Rows as routing's own events have them, for a database that is older than those."""
