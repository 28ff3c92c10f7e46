"""Sums of many days in few rows: blocks of days, and durations in classes."""
