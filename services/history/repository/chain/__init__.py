"""Chains over the timeline: what is sealed, and what is read again to verify it."""
