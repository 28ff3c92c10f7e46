"""Budgets and advice as they are told and shown."""
