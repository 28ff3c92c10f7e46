"""Sealing the timeline, and verifying it."""
