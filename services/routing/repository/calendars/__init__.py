"""Rows of calendars, of holidays and of duty."""
