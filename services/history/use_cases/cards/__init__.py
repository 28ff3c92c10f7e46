"""The customer base: cards and what is set on them by hand."""
