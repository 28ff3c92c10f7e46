"""Sales, what they are credited to, and what was spent for them."""
