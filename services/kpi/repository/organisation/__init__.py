"""Reads what a manager's day is worked out of."""
