"""Saved segments of the customer base: configured, kept up, exported."""
