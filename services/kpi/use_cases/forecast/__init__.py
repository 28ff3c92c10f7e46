"""Reads the past, says what of a season it shows, and forecasts from it."""
