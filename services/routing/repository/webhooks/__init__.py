"""Rows of webhooks, and of what waits for them."""
