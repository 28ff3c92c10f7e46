"""Leads that managers hold, over time."""
