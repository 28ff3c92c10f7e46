"""Shows who buys again, makes lists of customers, and measures what asking them again brought."""
