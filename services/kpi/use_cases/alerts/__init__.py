"""Alerts: rules are configured, indicators watched, and what is raised is told."""
