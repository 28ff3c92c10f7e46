"""Calendars of managers, without a database."""
