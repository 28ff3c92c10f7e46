"""Sums over the past for forecasts, and the forecasts that were made."""
