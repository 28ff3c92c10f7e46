"""Leases of leads: how they end, who is asked next, and leads that nobody owns."""
