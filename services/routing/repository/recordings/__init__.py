"""Reads what happened in a span of time; nothing here writes."""
