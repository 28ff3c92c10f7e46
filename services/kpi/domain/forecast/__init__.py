"""Forecasts of a regular series, what their errors were in the past, and what opinions add."""
