"""Rows of territories, of what is known of them, and of potentials."""
