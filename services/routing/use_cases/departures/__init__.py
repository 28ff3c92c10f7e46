"""Managers who leave the company: their leads are moved, and given back if it is undone."""
