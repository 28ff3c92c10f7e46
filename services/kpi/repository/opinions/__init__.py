"""Rows of polls and of what was answered."""
