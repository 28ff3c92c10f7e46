"""Alerts: rules and recipients are configured, indicators watched, and what is raised is told."""
