"""Rows of managers who leave, and of the leads that are moved for it."""
