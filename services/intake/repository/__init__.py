"""All SQL statements of intake."""
