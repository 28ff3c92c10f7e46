"""The customer base: which cards are due, how they are computed, and what was set on them."""
