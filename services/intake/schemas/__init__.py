"""What intake's callers may send, and what they receive."""
