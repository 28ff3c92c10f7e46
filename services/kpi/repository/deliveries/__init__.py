"""Rows of those who are told, and of what is sent to them."""
