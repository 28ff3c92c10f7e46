"""Territories: their tree, what is known of each, and what can be sold there at most."""
