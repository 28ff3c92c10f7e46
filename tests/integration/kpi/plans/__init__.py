"""Plans on a real database."""
