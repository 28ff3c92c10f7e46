"""Pipelines: configured, kept to, measured, and leads that go back into them."""
