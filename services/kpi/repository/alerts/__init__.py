"""Rows of alerts and of their rules."""
