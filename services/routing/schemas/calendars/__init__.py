"""Calendars as they are sent: JSON and iCalendar."""
