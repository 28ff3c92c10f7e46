"""Segments: their conditions in SQL, their versions, and who is in them."""
