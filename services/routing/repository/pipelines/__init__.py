"""Rows of pipelines, and of the ways that leads take through them."""
