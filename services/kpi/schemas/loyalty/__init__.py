"""Customers, cohorts, what goes together, and lists of customers, as they are shown."""
