"""Rows of goals."""
