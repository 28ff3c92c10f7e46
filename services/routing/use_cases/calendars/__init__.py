"""Calendars of managers: changed, resolved, and duty and deadlines that follow them."""
