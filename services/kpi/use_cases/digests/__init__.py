"""Scheduled reports: configured, made when they are due, and sent."""
