"""Rows of budgets."""
