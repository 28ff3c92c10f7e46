"""Calendars of managers: changed, resolved, and duty that follows them."""
