"""Outgoing webhooks: configured, sent, and what came of each try."""
