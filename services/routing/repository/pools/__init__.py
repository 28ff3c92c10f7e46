"""Rows of pools, their versions and shadow policies, and what leads weigh in them."""
