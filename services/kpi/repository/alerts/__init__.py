"""Rows of alerts, of their rules and of those who are told."""
