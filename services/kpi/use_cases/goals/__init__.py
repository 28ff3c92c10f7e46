"""Sets goals, corrects them, and says how far they are."""
