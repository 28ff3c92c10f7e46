"""Leases of leads: their terms, how they end, who is asked next, and leads that nobody owns."""
