"""Calendars of managers: who is on duty when, and how long something takes in working time."""
