"""Asks people, takes their answers, and says what they come to."""
