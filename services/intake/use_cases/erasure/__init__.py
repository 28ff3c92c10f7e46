"""Erasing a person, confirming it, and giving a person what is stored of them."""
